/** Training where several steps share a call of the engine: where the groups end, and that nobody else can tell. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AtelierError, InterruptedError } from '../../src/errors.ts';
import type { ResolvedRecipe } from '../../src/recipe/schema.ts';
import type { StepInput } from '../../src/training/engines/engine.ts';
import type { TrainingData } from '../../src/training/fit.ts';
import type { Progress } from '../../src/training/progress.ts';
import { prepare, type Setting } from './fit-fakes.ts';

const cosine: ResolvedRecipe['schedule'] = { name: 'cosine', warmupEpochs: 0, minLr: 1e-5 };

/** Seven batches an epoch, the last of them smaller. Each image holds its step's number in the epoch. */
const counts = [4, 4, 4, 4, 4, 4, 2];
const numbered: TrainingData = {
  stepsPerEpoch: counts.length,
  imagesPerEpoch: 26,
  *trainBatches(epoch, startStep) {
    for (const [index, count] of counts.entries()) {
      if (index < startStep) continue;
      const images = new Uint8Array(count).fill(10 * epoch + index);
      yield { index, count, images, labels: BigInt64Array.from(images, BigInt) };
    }
  },
  validationBatches: () => [],
};

const prepared = (setting: Setting) =>
  prepare({
    data: numbered,
    stepsPerCall: 3,
    losses: (step) => 1 + 1 / step,
    ...setting,
    recipe: { schedule: cosine, ...setting.recipe },
  });

describe('groups', () => {
  it('are as large as the engine takes, and end with the epoch', async () => {
    const { engine, run } = prepared({});
    await run();
    expect(engine.calls).toEqual([[1, 2, 3], [4, 5, 6], [7], [8, 9, 10], [11, 12, 13], [14]]);
  });

  it('end where a checkpoint is due, counted over the whole run', async () => {
    const { engine, store, run } = prepared({ checkpointEvery: 5 });
    await run();
    expect(engine.calls).toEqual([[1, 2, 3], [4, 5], [6, 7], [8, 9, 10], [11, 12, 13], [14]]);
    expect(store.events.filter((event) => event.startsWith('last'))).toEqual([
      'last 5',
      'last 7',
      'last 10',
      'last 14',
    ]);
  });

  it('end at maxSteps', async () => {
    const { engine, store, run } = prepared({ maxSteps: 5 });
    expect(await run()).toMatchObject({ ending: 'max-steps', progress: { step: 5, epoch: 0, stepInEpoch: 5 } });
    expect(engine.calls).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
    expect(store.events).toEqual(['last 5']);
  });

  it('begin anew where a run is resumed', async () => {
    const { progress } = await prepared({ maxSteps: 5 }).run();
    const { engine, run } = prepared({ start: progress, recipe: { epochs: 1 } });
    await run();
    expect(engine.calls).toEqual([[6, 7]]);
  });

  it('hold the batches in their order, each once', async () => {
    const { engine, run } = prepared({});
    const seen: (readonly [number, readonly number[], readonly number[]])[] = [];
    const { trainSteps } = engine;
    engine.trainSteps = (inputs: readonly StepInput[]) => {
      for (const { step, batch } of inputs)
        seen.push([step, [...batch.images], Array.from(batch.labels, Number)] as const);
      return trainSteps.call(engine, inputs);
    };
    await run();
    const expected = [0, 1].flatMap((epoch) =>
      counts.map((count, index) => {
        const filled = Array<number>(count).fill(10 * epoch + index);
        return [7 * epoch + index + 1, filled, filled] as const;
      }),
    );
    expect(seen).toEqual(expected);
  });

  it('are told to the observer step by step, each with its rate', async () => {
    const told: unknown[] = [];
    const observer = { step: (progress: Progress, rate: number) => void told.push([progress, rate]) };
    await prepared({ observer }).run();
    const expected = told.splice(0);
    await prepared({ observer, stepsPerCall: 1 }).run();
    expect(told).toEqual(expected);
    expect(told).toHaveLength(14);
    expect(new Set(told.map((entry) => JSON.stringify(entry))).size).toBe(14);
  });
});

describe('whatever the size of a group', () => {
  const ofRun = async (setting: Setting) => {
    const { engine, store, run } = prepared(setting);
    const result = await run();
    const records = store.records.map(({ epoch, train, validation, lr }) => ({ epoch, train, validation, lr }));
    return { calls: engine.calls, seen: { result, steps: engine.steps, events: store.events, records } };
  };

  it('steps, rates, results, checkpoints and history are those of single steps, and no step is made too far', async () => {
    const optional = (max: number) => fc.option(fc.integer({ min: 1, max }), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 9 }), optional(8), optional(15), async (size, every, maxSteps) => {
        const limits = {
          ...(every === undefined ? {} : { checkpointEvery: every }),
          ...(maxSteps === undefined ? {} : { maxSteps }),
        };
        const single = await ofRun({ ...limits, stepsPerCall: 1 });
        const grouped = await ofRun({ ...limits, stepsPerCall: size });
        expect(grouped.seen).toEqual(single.seen);
        for (const call of grouped.calls) {
          const [first = 0, last = 0] = [call[0], call.at(-1)];
          expect(call.length).toBeLessThanOrEqual(size);
          // A step at which the state is wanted may only be the last of its call.
          if (every !== undefined) expect(Math.floor((last - 1) / every)).toBe(Math.floor((first - 1) / every));
          expect(last).toBeLessThanOrEqual(maxSteps ?? 14);
          expect(Math.floor((last - 1) / 7)).toBe(Math.floor((first - 1) / 7));
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('a loss that is not finite in the middle of a group', () => {
  it.each([4, 5, 6])(
    'is told of step %i, with its rate; the steps before it are heard of, no state is saved',
    async (at) => {
      const told: number[] = [];
      const rates: number[] = [];
      await prepared({ observer: { step: (_, rate) => void rates.push(rate) } }).run();
      const observer = { step: ({ step }: Progress) => void told.push(step) };
      const { engine, store, run } = prepared({ observer, losses: (step) => (step >= at ? Number.NaN : 1) });
      const message = `the training loss became NaN at step ${at} (epoch 1) with learning rate ${rates[at - 1]}.`;
      const failed = run();
      await expect(failed).rejects.toThrow(AtelierError);
      await expect(failed).rejects.toThrow(message);
      expect(told).toEqual([1, 2, 3, 4, 5].slice(0, at - 1));
      expect(engine.calls).toHaveLength(2);
      expect(store.events).toEqual([`diverged ${at - 1}`]);
    },
  );
});

describe('an interruption in the middle of a group', () => {
  it('ends the run after its last step, whose state is saved', async () => {
    const controller = new AbortController();
    const told: number[] = [];
    const observer = {
      step: ({ step }: Progress) => {
        told.push(step);
        if (step === 4) controller.abort();
      },
    };
    const { engine, store, run } = prepared({ observer, signal: controller.signal });
    await expect(run()).rejects.toThrow(new InterruptedError('interrupted after step 6; the state is saved'));
    expect(engine.calls).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(told).toEqual([1, 2, 3, 4, 5, 6]);
    expect(store.events).toEqual(['last 6']);
    expect(store.last).toMatchObject({ epoch: 0, stepInEpoch: 6, step: 6, images: 24 });
  });
});
