import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AtelierError, InterruptedError } from '../../src/errors.ts';
import type { ResolvedRecipe } from '../../src/recipe/schema.ts';
import { endingOf, stopReason, type TrainingData } from '../../src/training/fit.ts';
import { initialProgress, type Progress } from '../../src/training/progress.ts';
import { schedulerOf } from '../../src/training/schedulers/index.ts';
import { entryOf } from '../models.ts';
import { batchOf, data, prepare } from './fit-fakes.ts';

const plateau: ResolvedRecipe['schedule'] = {
  name: 'plateau',
  mode: 'min',
  factor: 0.5,
  patience: 0,
  threshold: 1e-4,
  thresholdMode: 'rel',
  cooldown: 0,
  minLr: 0,
};

describe('an epoch', () => {
  it('saves the best checkpoint, then its history, then the last checkpoint, which claims both', async () => {
    const { engine, store, run } = prepare({});
    expect(await run()).toMatchObject({ ending: 'finished', progress: { epoch: 2, step: 6, stepInEpoch: 0 } });
    expect(store.events).toEqual(['best 3', 'history 1', 'last 3', 'best 6', 'history 2', 'last 6']);
    expect(engine.steps.map(({ step, count }) => [step, count])).toEqual([
      [1, 4],
      [2, 4],
      [3, 2],
      [4, 4],
      [5, 4],
      [6, 2],
    ]);
  });

  it('does not save a best checkpoint where validation became worse or no better', async () => {
    const { store, run } = prepare({ recipe: { epochs: 3 }, validations: (epoch) => [1, 1, 2][epoch - 1] ?? 0 });
    expect((await run()).progress.best).toEqual({ epoch: 1, loss: 1, accuracy: 0.5 });
    expect(store.events.filter((event) => event.startsWith('best'))).toEqual(['best 3']);
  });

  it('weighs each batch by its images in the means of the history', async () => {
    const { store, run } = prepare({ recipe: { epochs: 1 }, losses: (step) => step });
    await run();
    expect(store.records).toMatchObject([{ epoch: 1, train: { loss: (4 * 1 + 4 * 2 + 2 * 3) / 10, accuracy: 0.3 } }]);
  });

  it('tells the observer of each step and epoch, the latter once all is saved', async () => {
    const told: string[] = [];
    const { store, run } = prepare({
      recipe: { epochs: 1 },
      observer: {
        step: ({ step }, rate) => void told.push(`step ${step} at ${rate}`),
        epoch: ({ epoch }, isBest) => void told.push(`epoch ${epoch} ${isBest} after ${store.events.at(-1)}`),
      },
    });
    await run();
    expect(told).toEqual(['step 1 at 0.001', 'step 2 at 0.001', 'step 3 at 0.001', 'epoch 1 true after last 3']);
  });

  it('lowers the learning rate as the schedule says', async () => {
    const { engine, store, run } = prepare({ recipe: { epochs: 4, schedule: plateau }, validations: () => 1 });
    await run();
    const rates = engine.steps.map(({ learningRate }) => learningRate);
    expect(rates).toEqual([1e-3, 5e-4, 2.5e-4].flatMap((rate, i) => Array(i === 0 ? 6 : 3).fill(rate)));
    expect(store.records.map(({ lr }) => lr)).toEqual([1e-3, 1e-3, 5e-4, 2.5e-4]);
  });
});

describe('checkpoints within an epoch', () => {
  it('every second step of the whole run, beside those after the epochs', async () => {
    const { store, run } = prepare({ checkpointEvery: 2 });
    await run();
    const saved = store.events.filter((event) => event.startsWith('last'));
    expect(saved).toEqual(['last 2', 'last 3', 'last 4', 'last 6', 'last 6']);
  });
});

describe('a loss that is not finite', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    '%s in training stops the run before anything is saved',
    async (loss) => {
      const { engine, store, run } = prepare({ losses: (step) => (step === 5 ? loss : 1), checkpointEvery: 1 });
      const told = `the training loss became ${loss} at step 5 (epoch 2) with learning rate 0.001. The last good checkpoint is the checkpoint after step 4. Start again with a lower 'optimizer.lr'.`;
      await expect(run()).rejects.toMatchObject({ code: 'not-finite', message: told });
      expect(engine.steps).toHaveLength(5);
      expect(store.events.slice(-2)).toEqual(['last 4', 'diverged 4']);
    },
  );

  it('in validation likewise', async () => {
    const { store, run } = prepare({ validations: (epoch) => (epoch === 2 ? Number.NaN : 1) });
    const told =
      /^the validation loss became NaN after step 6 \(epoch 2\) with learning rate 0\.001\. .* after step 3\./;
    await expect(run()).rejects.toThrow(told);
    expect(store.events).toEqual(['best 3', 'history 1', 'last 3', 'diverged 6']);
  });
});

describe('early stopping', () => {
  const setting = { recipe: { epochs: 9, earlyStop: 2 }, validations: (epoch: number) => Math.abs(epoch - 3) + 1 };

  it('ends the run that many epochs after the best', async () => {
    const { store, run } = prepare(setting);
    expect(await run()).toMatchObject({ ending: 'early-stop', progress: { epoch: 5, best: { epoch: 3 } } });
    expect(store.events.slice(-2)).toEqual(['history 5', 'last 15']);
  });

  it('is remembered: a run resumed from its last checkpoint is not trained on', async () => {
    const first = prepare(setting);
    const { progress } = await first.run();
    const resumed = prepare({ ...setting, start: progress });
    expect(await resumed.run()).toEqual({ ending: 'early-stop', progress });
    expect(resumed.engine.steps).toEqual([]);
    expect(resumed.store.events).toEqual([]);
  });

  it('with more patience, it goes on', async () => {
    const { progress } = await prepare(setting).run();
    const patient = prepare({ ...setting, recipe: { epochs: 9, earlyStop: 3 }, start: progress });
    expect(await patient.run()).toMatchObject({ ending: 'early-stop', progress: { epoch: 6 } });
  });

  it('endingOf tells it from the recipe and the progress alone', async () => {
    const { progress } = await prepare(setting).run();
    const recipe = { ...entryOf('m1').recipe, ...setting.recipe };
    const withRecipe = (change: Partial<ResolvedRecipe>) => endingOf({ ...recipe, ...change }, progress);
    expect(withRecipe({})).toBe('early-stop');
    expect(withRecipe({ earlyStop: null })).toBeUndefined();
    expect(withRecipe({ epochs: 5 })).toBe('finished');
  });
});

describe('maxSteps', () => {
  it('saves and ends after that step, without a validation', async () => {
    const { engine, store, run } = prepare({ maxSteps: 3 });
    expect(await run()).toMatchObject({ ending: 'max-steps', progress: { step: 3, epoch: 0, stepInEpoch: 3 } });
    expect(engine.steps).toHaveLength(3);
    expect(store.events).toEqual(['last 3']);
  });

  it.each([1, 3, 4])('makes no step where %i are made already', async (maxSteps) => {
    const { progress } = await prepare({ maxSteps: 4 }).run();
    const again = prepare({ maxSteps, start: progress });
    expect(await again.run()).toEqual({ ending: 'max-steps', progress });
    expect(again.engine.steps).toEqual([]);
  });
});

describe('an interruption', () => {
  it('ends the run after the step at work, its state saved', async () => {
    const controller = new AbortController();
    const observer = {
      step: ({ step }: Progress) => {
        if (step === 4) controller.abort();
      },
    };
    const { engine, store, run } = prepare({ observer, signal: controller.signal });
    await expect(run()).rejects.toThrow(new InterruptedError('interrupted after step 4; the state is saved'));
    expect(engine.steps).toHaveLength(4);
    expect(store.events.at(-1)).toBe('last 4');
    expect(store.last).toMatchObject({ epoch: 1, stepInEpoch: 1, step: 4, images: 4 });
  });

  it('before the first step makes none and writes nothing: a run without a checkpoint begins at its beginning', async () => {
    const { engine, store, run } = prepare({ signal: AbortSignal.abort() });
    await expect(run()).rejects.toThrow(new InterruptedError('interrupted after step 0; the state is saved'));
    expect(engine.steps).toEqual([]);
    expect(store.events).toEqual([]);
  });

  it('of the validation does not wait for its end; the resumed run validates again and ends as if nothing had been', async () => {
    const controller = new AbortController();
    const validated = (stopAt?: number): TrainingData => ({
      ...data,
      *validationBatches() {
        for (let index = 0; index < 4; index++) {
          if (index === stopAt) controller.abort();
          yield batchOf(index, 4);
        }
      },
    });
    const setting = { recipe: { epochs: 2, schedule: plateau } };
    const whole = prepare({ ...setting, data: validated() });
    const expected = await whole.run();
    const stopped = prepare({ ...setting, data: validated(1), signal: controller.signal });
    await expect(stopped.run()).rejects.toThrow(new InterruptedError('interrupted after step 3; the state is saved'));
    expect(stopped.engine.evaluated).toEqual([0]);
    expect(stopped.store.events).toEqual(['last 3']);
    const start = stopped.store.last;
    if (!start) throw new Error('nothing was saved');
    expect(start).toMatchObject({ epoch: 0, stepInEpoch: 3, step: 3 });
    const resumed = prepare({ ...setting, data: validated(), start });
    expect(await resumed.run()).toEqual(expected);
    expect([...stopped.engine.steps, ...resumed.engine.steps]).toEqual(whole.engine.steps);
    expect(resumed.engine.evaluated).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
  });

  it('after the last validation batch comes after the epoch, which is saved whole', async () => {
    const controller = new AbortController();
    const { store, run } = prepare({
      observer: { epoch: () => controller.abort() },
      signal: controller.signal,
    });
    await expect(run()).rejects.toThrow(new InterruptedError('interrupted after step 3; the state is saved'));
    expect(store.events).toEqual(['best 3', 'history 1', 'last 3']);
  });

  it('wherever it falls, the resumed run makes the same steps and the same history', async () => {
    const setting = {
      recipe: { epochs: 4, schedule: plateau },
      losses: (step: number) => 1 + 1 / step,
      validations: (epoch: number) => [1, 3, 2, 0.5][epoch - 1] ?? 0,
    };
    const whole = prepare(setting);
    const { progress: expected } = await whole.run();
    const summary = (store: typeof whole.store) =>
      store.records.map(({ epoch, train, validation, lr }) => ({ epoch, train, validation, lr }));

    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 5 }), async (stops) => {
        let start: Progress | undefined;
        const steps: unknown[] = [];
        const records: unknown[] = [];
        for (const maxSteps of [...stops.toSorted((a, b) => a - b), undefined]) {
          const part = prepare({ ...setting, ...(maxSteps && { maxSteps }), ...(start && { start }) });
          const { progress } = await part.run();
          start = progress;
          steps.push(...part.engine.steps);
          records.push(...summary(part.store));
        }
        expect(start).toEqual(expected);
        expect(steps).toEqual(whole.engine.steps);
        expect(records).toEqual(summary(whole.store));
      }),
      { numRuns: 30 },
    );
  });
});

describe('stopReason', () => {
  const recipe = { ...entryOf('m1').recipe, epochs: 2, earlyStop: null };
  const scheduler = schedulerOf(recipe.schedule, recipe.optimizer.lr);
  const at = (step: number, epoch: number) => ({ ...initialProgress(scheduler.initial()), step, epoch });

  it.each([
    ['nothing', 3, 1, null, false, undefined],
    ['the last epoch', 6, 2, null, false, 'finished'],
    ['the limit of steps', 3, 1, 3, false, 'max-steps'],
    ['a limit that is passed', 4, 1, 3, false, 'max-steps'],
    ['a limit to come', 2, 0, 3, false, undefined],
    ['a signal', 3, 1, null, true, 'interrupted'],
    // Whoever interrupts wants to hear of it; a run that is done is done.
    ['a signal at the limit', 3, 1, 3, true, 'interrupted'],
    ['a signal at the end', 6, 2, null, true, 'finished'],
  ] as const)('after %s', (_what, step, epoch, maxSteps, isInterrupted, expected) => {
    expect(stopReason({ recipe, maxSteps }, at(step, epoch), isInterrupted)).toBe(expected);
  });
});

describe('the batches of an epoch', () => {
  it('that end too soon are an error of ours, not an epoch', async () => {
    const short: TrainingData = {
      ...data,
      *trainBatches() {
        yield batchOf(0, 4);
      },
    };
    const { store, run } = prepare({ data: short });
    await expect(run()).rejects.toThrow('internal: an epoch of 3 steps was given 1 batches only');
    expect(store.events).toEqual([]);
  });

  it('are let go where training fails', async () => {
    let closed = 0;
    const guarded: TrainingData = {
      ...data,
      *trainBatches() {
        try {
          yield* [batchOf(0, 4), batchOf(1, 4), batchOf(2, 2)];
        } finally {
          closed += 1;
        }
      },
    };
    const { run } = prepare({ data: guarded, losses: () => Number.NaN });
    await expect(run()).rejects.toThrow(AtelierError);
    expect(closed).toBe(1);
  });

  it('of the next call are prepared while the engine is at work', async () => {
    const events: string[] = [];
    const told: TrainingData = {
      ...data,
      *trainBatches() {
        for (const [index, count] of [4, 4, 2].entries()) {
          events.push(`batch ${index}`);
          yield batchOf(index, count);
        }
      },
    };
    const { engine, run } = prepare({ data: told, recipe: { epochs: 1 } });
    const { trainSteps } = engine;
    engine.trainSteps = async (inputs) => {
      events.push(`begin ${inputs[0]?.step}`);
      for (let i = 0; i < 5; i++) await new Promise(setImmediate);
      events.push(`end ${inputs[0]?.step}`);
      return trainSteps.call(engine, inputs);
    };
    await run();
    expect(events).toEqual([
      'batch 0',
      ...['begin 1', 'batch 1', 'end 1'],
      ...['begin 2', 'batch 2', 'end 2'],
      ...['begin 3', 'end 3'],
    ]);
  });
});
