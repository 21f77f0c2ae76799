/** Whole runs in their folders, made by one step and by several steps in a call: the same bytes and the same history. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { InterruptedError } from '../../src/errors.ts';
import type { Ending, TrainingObserver } from '../../src/training/fit.ts';
import { readHistory } from '../../src/training/history.ts';
import { prepareRun } from '../../src/training/training-run.ts';
import { sha256, workFolder } from '../cli/folders.ts';
import { checkpointOf } from '../cli/settings.ts';
import { context } from '../models.ts';

interface Part {
  readonly stepsPerCall?: number;
  readonly resume?: boolean;
  readonly checkpointEvery?: number;
  readonly maxSteps?: number;
  readonly observer?: (stop: () => void) => TrainingObserver;
}

/** Two epochs of seven steps on the processor, the last of each with 3 images; a rate of its own for each step. */
async function train(run: string, part: Part): Promise<Ending> {
  const { stepsPerCall, resume = false, checkpointEvery, maxSteps, observer } = part;
  const fresh = { epochs: 2, batchSize: 16, schedule: { name: 'cosine' } };
  const training = await prepareRun(
    {
      model: 'm1',
      options: resume ? {} : fresh,
      run,
      resume,
      limitTrain: resume ? undefined : 99,
      limitValidation: resume ? undefined : 40,
      threads: 1,
      device: 'cpu',
      // That a call of several steps does the same in every target is tested with the engines.
      target: resume ? undefined : 'portable',
      stepsPerCall,
      checkpointEvery,
      maxSteps,
    },
    context,
  );
  const controller = new AbortController();
  try {
    const { ending } = await training.train(observer?.(() => controller.abort()) ?? {}, controller.signal);
    return ending;
  } finally {
    await training.release();
  }
}

/** All that a run leaves but the clock's times. */
async function resultOf(run: string) {
  const history = await readHistory(join(run, 'history.jsonl'));
  return {
    last: sha256(checkpointOf(run, 'last')),
    best: sha256(checkpointOf(run, 'best')),
    history: history.map(({ seconds: _, images_per_second: __, ...record }) => record),
  };
}

const folder = workFolder();
const single = join(folder, 'single');
let expected: Awaited<ReturnType<typeof resultOf>>;
beforeAll(async () => {
  expect(await train(single, { stepsPerCall: 1 })).toBe('finished');
  expected = await resultOf(single);
  expect(expected.history).toHaveLength(2);
}, 120_000);

describe('a run with several steps in a call', () => {
  it.each<readonly [string, Part]>([
    ['4 in a call', { stepsPerCall: 4 }],
    ['as many as are usual', {}],
    ['more than an epoch has', { stepsPerCall: 100 }],
    ['3 in a call, with checkpoints that come between', { stepsPerCall: 3, checkpointEvery: 4 }],
  ])('of %s ends as one of single steps', async (name, part) => {
    const run = join(folder, name);
    expect(await train(run, part)).toBe('finished');
    expect(await resultOf(run)).toEqual(expected);
  });

  it.each([
    [4, 1],
    [1, 3],
  ])('of %i in a call stopped after 5 steps, and resumed with %i in a call, likewise', async (first, second) => {
    const run = join(folder, `stopped ${first} ${second}`);
    expect(await train(run, { stepsPerCall: first, maxSteps: 5 })).toBe('max-steps');
    expect(await train(run, { stepsPerCall: second, resume: true })).toBe('finished');
    expect(await resultOf(run)).toEqual(expected);
  });

  it('interrupted within a call saves the end of that call; resumed, it ends the same', async () => {
    const run = join(folder, 'interrupted');
    const told: number[] = [];
    const observer = (stop: () => void): TrainingObserver => ({
      step: ({ step }) => {
        told.push(step);
        if (step === 2) stop();
      },
    });
    const stopped = train(run, { stepsPerCall: 4, observer });
    await expect(stopped).rejects.toThrow(new InterruptedError('interrupted after step 4; the state is saved'));
    expect(told).toEqual([1, 2, 3, 4]);
    expect(await train(run, { stepsPerCall: 4, resume: true })).toBe('finished');
    expect(await resultOf(run)).toEqual(expected);
  });
});
