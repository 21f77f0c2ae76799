/** What commands and the library leave on the machine beside what they were asked for: nothing. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, inject, it } from 'vitest';
import { packageRoot } from '../../src/files/package-root.ts';
import { copyFolder, workFolder } from './folders.ts';
import { atelier } from './program.ts';
import { quick } from './settings.ts';

const base = workFolder();
const run = copyFolder(join(inject('runs'), 'm1'), join(base, 'run'));
let count = 0;
let home: string;
let temporary: string;
let work: string;
/** Without what keeps the runtime quiet: the program has to say it. The caches' folder is then below the home folder. */
const { ORT_DISABLE_TELEMETRY: _, XDG_CACHE_HOME: __, ...environment } = process.env;

beforeEach(() => {
  count += 1;
  const folder = (name: string) => {
    const path = join(base, `${name}-${count}`);
    mkdirSync(path);
    return path;
  };
  [home, temporary, work] = [folder('home'), folder('tmp'), folder('work')];
});

/** Runs Node in the folder `work`, with these folders of a user's. Returns what it left. */
function left(args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const env = { ...environment, HOME: home, TMPDIR: temporary, ...more };
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: work, env, encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  return { stderr, home: readdirSync(home), temporary: readdirSync(temporary), work: readdirSync(work) };
}

const entry = join(packageRoot(), 'dist', 'src', 'cli', 'main.js');

describe('nothing is left below the home folder, the temporary one or the current one', () => {
  it.each([
    { args: ['train', 'm2', ...quick, '--epochs', '1', '--run', 'new'], made: ['new'] },
    { args: ['evaluate', run, '--split', 'validation'], made: [] },
    { args: ['predict', run, '0'], made: [] },
    { args: ['activations', run, '--images', '0', '--out', 'maps'], made: ['maps'] },
    { args: ['export', run, '--format', 'onnx', '--out', 'model', '--verify'], made: ['model'] },
  ])('by $args.0', ({ args, made }) => {
    expect(left([entry, ...args, '--quiet'])).toEqual({ stderr: '', home: [], temporary: [], work: made });
  });

  it('by the library', () => {
    const library = pathToFileURL(join(packageRoot(), 'dist', 'src', 'index.js')).href;
    const script = `
      import { predict } from '${library}';
      const { predictions } = await predict(${JSON.stringify(run)}, [0]);
      if (predictions.length !== 1) throw new Error('no prediction');`;
    const found = left(['--input-type=module', '-e', script]);
    expect(found).toEqual({ stderr: '', home: [], temporary: [], work: [] });
  });
});

describe('a home folder', () => {
  it('that cannot be written disturbs nobody', () => {
    const args = [entry, 'activations', run, '--out', 'maps', '--images', '0', '--quiet'];
    expect(left(args, { HOME: '/proc' })).toMatchObject({ stderr: '', temporary: [], work: ['maps'] });
  });

  it('is not needed', async () => {
    const { code, stderr } = await atelier(['predict', run, '0', '--quiet'], work, ['env', '-u', 'HOME']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(readdirSync(work)).toEqual([]);
  });
});
