import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chdir, cwd } from 'node:process';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { libraryWording } from '../../src/message.ts';
import { writeCheckpoint } from '../../src/training/checkpoint.ts';
import type { RunConfig } from '../../src/training/config/run-config.ts';
import { defaultThreads, threadsOf } from '../../src/training/environment.ts';
import { createRunFolder, emptyFolder, findRun } from '../../src/training/open-run.ts';
import { initialProgress } from '../../src/training/progress.ts';
import { RunFolder, requireRun } from '../../src/training/run-folder.ts';
import { scratchFolder } from '../files/scratch.ts';
import { entryOf } from '../models.ts';
import { sampleConfig } from './sample-config.ts';

/** Runs lie below the current folder. */
function inScratchFolder(): string {
  const before = cwd();
  const folder = scratchFolder();
  chdir(folder);
  onTestFinished(() => chdir(before));
  return folder;
}

const config = sampleConfig('m1', { recipe: { ...entryOf('m1').recipe, epochs: 3 } });

/** A run with a configuration and, if it stands anywhere, a checkpoint without tensors. */
async function putRun(name: string, change: Partial<RunConfig>, epoch?: number, best = 1): Promise<string> {
  const folder = new RunFolder(join('artifacts', 'runs', name));
  mkdirSync(folder.checkpoints, { recursive: true });
  writeFileSync(folder.config, JSON.stringify({ ...config, ...change }));
  if (epoch === undefined) return folder.path;
  const progress = {
    ...initialProgress({ lr: 1e-3, best: null, badEpochs: 0, cooldown: 0 }),
    epoch,
    best: { epoch: best, loss: 1, accuracy: 0.5 },
  };
  await writeCheckpoint(folder.checkpoint('last'), { model: 'm1', seed: 42, progress, state: new Map() });
  return folder.path;
}

describe('the run to be resumed where none is named', () => {
  const warnings: string[] = [];
  const logger = pino({ level: 'warn', base: null }, { write: (line: string) => void warnings.push(line) });
  const find = async () =>
    (await findRun({ model: 'm1', options: {}, resume: true }, { logger, wording: libraryWording })).folder.path;

  it('is the newest of the model that is not finished, whatever its name', async () => {
    inScratchFolder();
    await putRun('z', { created: '2026-01-01T10:00:00.000Z' }, 1);
    const newest = await putRun('a', { created: '2026-01-01T12:00:00.000+01:00' }, 2);
    await putRun('b', { created: '2026-01-01T13:00:00.000Z' }, 3);
    await putRun('c', { created: '2026-01-02T00:00:00.000Z', model: 'm2' }, 1);
    expect(await find()).toBe(newest);
  });

  it('may be one that has no checkpoint yet', async () => {
    inScratchFolder();
    expect(await find().catch((error: unknown) => error)).toBeInstanceOf(UsageError);
    const begun = await putRun('a', {});
    expect(await find()).toBe(begun);
  });

  it('is not one that was stopped early', async () => {
    inScratchFolder();
    const recipe = { ...config.recipe, earlyStop: 1 };
    await putRun('stopped', { recipe, created: '2026-01-02T00:00:00.000Z' }, 2, 1);
    const open = await putRun('open', { recipe }, 2, 2);
    expect(await find()).toBe(open);
  });

  it('is found though another run is broken', async () => {
    inScratchFolder();
    writeFileSync(join(await putRun('broken', {}), 'config.json'), '{');
    const whole = await putRun('whole', {});
    warnings.length = 0;
    expect(await find()).toBe(whole);
    expect(warnings.join()).toMatch(/passing over artifacts\/runs\/broken/);
  });
});

describe('the folder of a new run', () => {
  it('is another for each run, also at the same second', async () => {
    inScratchFolder();
    const folders = await Promise.all(Array.from({ length: 5 }, () => createRunFolder('m1')));
    expect(new Set(folders.map(({ path }) => path)).size).toBe(5);
    for (const { path } of folders) expect(path).toMatch(/^artifacts\/runs\/m1-\d{8}-\d{6}(-\d)?$/);
  });

  it('may be what a run left behind that was killed before its configuration was written', async () => {
    const folder = scratchFolder();
    mkdirSync(join(folder, 'checkpoints'));
    writeFileSync(join(folder, '.lock'), '');
    writeFileSync(join(folder, 'config.json.12-1.partial'), '{');
    expect((await emptyFolder(folder, 'm1')).path).toBe(folder);
    expect((await emptyFolder(join(folder, 'new'), 'm1')).path).toBe(join(folder, 'new'));
  });

  it('must not hold anything else', async () => {
    const folder = scratchFolder();
    for (const name of ['a', 'b', 'c', 'd']) writeFileSync(join(folder, name), '');
    await expect(emptyFolder(folder, 'm1')).rejects.toThrow(
      /not empty: it holds a, b, c, …\. Choose another folder\.$/,
    );
  });
});

it('a path that is no run is refused with the runs there are', async () => {
  inScratchFolder();
  await expect(requireRun('nowhere')).rejects.toThrow(/Train one first/);
  const run = await putRun('a', {});
  await expect(requireRun('nowhere')).rejects.toThrow(new RegExp(`There are: ${run}\\.`));
  expect((await requireRun(run)).path).toBe(run);
});

it.each([0, -1, 1.5, Number.NaN, 257, 1e6])('%d threads are refused', (threads) => {
  expect(() => threadsOf(threads)).toThrow(UsageError);
});

it('all processors compute where nobody says how many', () => {
  expect(threadsOf(undefined)).toBe(defaultThreads());
  expect(threadsOf(3)).toBe(3);
});
