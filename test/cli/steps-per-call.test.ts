/** `train --steps-per-call`: how many steps share a call is nobody's business but the clock's. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readHistory } from '../../src/training/history.ts';
import { sha256, workFolder } from './folders.ts';
import { atelier, expectRefusal, succeed } from './program.ts';
import { checkpointOf, machine } from './settings.ts';

const work = workFolder();
const sizes = [...machine, '--limit-train', '100', '--limit-val', '40', '--batch-size', '16'];

// Model 1's runs are made in process: test/training/steps-per-call-run.test.ts.
it('train m2 with 1 and with 4 leaves the same checkpoints and history', async () => {
  const resultOf = async (count: string) => {
    const run = `m2-${count}`;
    await succeed(['train', 'm2', ...sizes, '--epochs', '2', '--steps-per-call', count, '--run', run], work);
    const history = await readHistory(join(work, run, 'history.jsonl'));
    return {
      last: sha256(checkpointOf(join(work, run), 'last')),
      best: sha256(checkpointOf(join(work, run), 'best')),
      history: history.map(({ seconds: _, images_per_second: __, ...record }) => record),
    };
  };
  expect(await resultOf('4')).toEqual(await resultOf('1'));
});

describe('train --steps-per-call refuses', () => {
  it.each(['0', '-1', '2.5', 'four'])('%s', async (count) => {
    const args = ['train', 'm1', ...sizes, `--steps-per-call=${count}`, '--run', 'refused'];
    expectRefusal(await atelier(args, work), 2, /--steps-per-call: expected a (whole )?number/);
    expect(existsSync(join(work, 'refused'))).toBe(false);
  });

  it('an engine that has no calls', async () => {
    const args = ['train', 'm1', ...sizes, '--engine', 'ort-training', '--steps-per-call', '2', '--run', 'refused'];
    expectRefusal(await atelier(args, work), 2, '--steps-per-call: the ort-training engine makes one step at a time');
    expect(existsSync(join(work, 'refused'))).toBe(false);
  });
});
