/** Pipes, devices, folders and links in circles where a file is expected: named at once, and nothing waits for them. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { lockFileName } from '../../src/files/lock.ts';
import { copyFolder, workFolder } from './folders.ts';
import { atelier, expectRefusal, succeed, warningsOf } from './program.ts';
import { tiny } from './settings.ts';

const work = workFolder();
const one = ['--threads', '1'];
let copies = 0;

/** A run of which one part is something else than a file. */
function runWith(part: string, put: (path: string) => void): string {
  copies += 1;
  const name = `run-${copies}`;
  const path = join(copyFolder(join(inject('runs'), 'm2'), join(work, name)), part);
  rmSync(path, { recursive: true, force: true });
  put(path);
  return name;
}

const pipe = (path: string) => execFileSync('mkfifo', [path]);
const device = (path: string) => symlinkSync('/dev/zero', path);
const circle = (path: string) => symlinkSync(path, path);
const folder = (path: string) => mkdirSync(path);

describe.skipIf(process.platform === 'win32')('where a file is expected', () => {
  beforeAll(() => {
    pipe(join(work, 'pipe.png'));
    device(join(work, 'device.json'));
    circle(join(work, 'circle.safetensors'));
    folder(join(work, 'folder.png'));
    copyFolder(join(inject('runs'), 'm2'), join(work, 'm2'));
  });

  it.each([
    [['predict', 'm2', 'pipe.png', ...one], 1, 'pipe.png', 'it is a pipe'],
    [['predict', 'm2', 'folder.png', ...one], 1, 'folder.png', 'it is a folder'],
    [['predict', 'm2', '/dev/zero', ...one], 1, '/dev/zero', 'it is a device'],
    [['train', 'm2', '--config', 'pipe.png'], 2, '--config', 'it is a pipe'],
    [['train', 'm2', '--config', 'device.json'], 2, '--config', 'it is a device'],
    [['train', 'm2', ...tiny, '--init-from', 'circle.safetensors'], 1, 'circle.safetensors', 'links lead in a circle'],
  ] as const)('%j says so', async (args, code, file, text) => {
    expectRefusal(await atelier(args, work), code, file, text);
  });

  it.each([
    ['config.json', pipe, ['evaluate'], 'it is a pipe'],
    ['config.json', device, ['evaluate'], 'it is a device'],
    ['checkpoints/best.safetensors', pipe, ['evaluate'], 'it is a pipe'],
    ['checkpoints/best.safetensors', folder, ['export'], 'it is a folder'],
    ['checkpoints/last.safetensors', pipe, ['train', 'm2', '--resume', '--run'], 'it is a pipe'],
    ['history.jsonl', pipe, ['train', 'm2', '--resume', '--epochs', '2', '--run'], 'it is a pipe'],
    ['log.ndjson', pipe, ['train', 'm2', '--resume', '--epochs', '2', '--run'], 'it is a pipe'],
    ['log.ndjson', circle, ['train', 'm2', '--resume', '--epochs', '2', '--run'], 'links lead in a circle'],
    [lockFileName, pipe, ['train', 'm2', '--resume', '--epochs', '2', '--run'], 'it is a pipe'],
  ] as const)('%s as part of a run, too', async (part, put, command, text) => {
    const run = runWith(part, put);
    expectRefusal(await atelier([...command, run, ...one], work), 1, part.split('/').at(-1) ?? part, text);
  });

  it('a circle of links among the runs is passed over', async () => {
    const runs = join(work, 'place', 'artifacts', 'runs');
    mkdirSync(runs, { recursive: true });
    circle(join(runs, 'm2-circle'));
    copyFolder(join(inject('runs'), 'm2'), join(runs, 'm2-done'));
    const refused = await atelier(['train', 'm2', '--resume'], join(work, 'place'));
    expect(refused.code).toBe(2);
    expect(warningsOf(refused)).toEqual([expect.stringMatching(/passing over .*m2-circle: .*links lead in a circle/)]);
    const listed = await atelier(['runs', '--json'], join(work, 'place'));
    expect([listed.code, JSON.parse(listed.stdout).length]).toEqual([1, 1]);
    expect((await succeed(['runs', join(runs, 'm2-done'), '--paths'], work)).stdout).toContain('m2-done');
  });
});
