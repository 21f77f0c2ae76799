import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { removeRun } from '../../src/training/run-summary.ts';
import { scratchFolder } from '../files/scratch.ts';

describe('removing a run', () => {
  it('finishes removals that were killed, and leaves those under way and everything else', async () => {
    const folder = scratchFolder();
    const gone = spawnSync(process.execPath, ['--version']).pid;
    const [killed, underWay] = [`.removed-a-${gone}`, `.removed-b-${process.ppid}`];
    for (const name of [killed, underWay, 'run', 'other']) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'config.json'), '{}');
    }
    await removeRun(join(folder, 'run'));
    expect(readdirSync(folder).sort()).toEqual([underWay, 'other']);
  });
});
