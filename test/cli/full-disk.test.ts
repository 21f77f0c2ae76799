import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/training/checkpoint.ts';
import { readHistory } from '../../src/training/history.ts';
import { contentOf, sha256, workFolder } from './folders.ts';
import { atelier, expectRefusal, succeed } from './program.ts';
import { checkpointOf, quick } from './settings.ts';

const work = workFolder();
const disk = join(work, 'disk');
mkdirSync(disk);

function mount(...args: readonly string[]): boolean {
  return spawnSync('mount', [...args]).status === 0;
}

// Two checkpoints of Model 2 (3.7 MB each) and the graphs fit, a third checkpoint does not.
const mounted = mount('-t', 'tmpfs', '-o', 'size=9m', 'atelier-test', disk);
afterAll(() => {
  if (mounted) spawnSync('umount', [disk]);
});

function fill(path: string): void {
  const file = openSync(path, 'w');
  const block = Buffer.alloc(4096);
  try {
    for (;;) writeSync(file, block);
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  } finally {
    closeSync(file);
  }
}

describe.skipIf(!mounted)('a full disk (skipped where nothing can be mounted: it takes root)', () => {
  const args = ['train', 'm2', ...quick, '--epochs', '2'];
  const run = join(disk, 'a');

  it('ends a training with one message, the checkpoint before it whole', async () => {
    const outcome = await atelier([...args, '--run', run], work);
    expectRefusal(outcome, 1, 'cannot write the checkpoint', 'the disk is full', 'What was there before is unchanged');
    const { progress } = await readCheckpoint(checkpointOf(run));
    expect(progress).toMatchObject({ epoch: 1, step: 3 });
    expect(readdirSync(join(run, 'checkpoints')).sort()).toEqual(['best.safetensors', 'last.safetensors']);
    expect((await readHistory(join(run, 'history.jsonl')))[0]?.epoch).toBe(1);
  });

  it('refuses to go on without touching anything', async () => {
    fill(join(disk, 'filler'));
    const before = contentOf(run);
    const outcome = await atelier(['train', 'm2', '--resume', '--run', run], work);
    expectRefusal(outcome, 1, 'the disk is full', 'Free some space');
    expect(contentOf(run)).toEqual(before);
    expectRefusal(
      await atelier(['evaluate', run, '--split', 'validation', '--threads', '1'], work),
      1,
      'the disk is full',
    );
    const { evaluation: _, ...rest } = Object.fromEntries(readdirSync(run).map((name) => [name, true]));
    expect(Object.keys(rest).sort()).toEqual(['checkpoints', 'config.json', 'graphs', 'history.jsonl', 'log.ndjson']);
    rmSync(join(disk, 'filler'));
  });

  it('goes on, once there is space, to where a training without trouble ends', async () => {
    expect(mount('-o', 'remount,size=64m', disk)).toBe(true);
    await succeed(['train', 'm2', '--resume', '--run', run], work);
    await succeed([...args, '--run', 'untroubled'], work);
    for (const which of ['last', 'best'] as const)
      expect(sha256(checkpointOf(run, which))).toBe(sha256(checkpointOf(join(work, 'untroubled'), which)));
  });
});
