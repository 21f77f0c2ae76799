import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Recipe } from '../../graphs/models/recipe.ts';
import { AtelierError, InterruptedError } from '../../src/errors.ts';
import { endingOf } from '../../src/training/fit.ts';
import type { Progress } from '../../src/training/progress.ts';
import { entryOf } from '../models.ts';
import { prepare } from './fit-fakes.ts';

const plateau: Recipe['schedule'] = {
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
      const told = `the training loss became ${loss} at step 5 (epoch 2) with learning rate 0.001. The last good checkpoint is the checkpoint after step 4. Start again with a lower --lr.`;
      await expect(run()).rejects.toThrow(new AtelierError(told));
      expect(engine.steps).toHaveLength(5);
      expect(store.events.at(-1)).toBe('last 4');
    },
  );

  it('in validation likewise', async () => {
    const { store, run } = prepare({ validations: (epoch) => (epoch === 2 ? Number.NaN : 1) });
    const told =
      /^the validation loss became NaN after step 6 \(epoch 2\) with learning rate 0\.001\. .* after step 3\./;
    await expect(run()).rejects.toThrow(told);
    expect(store.events).toEqual(['best 3', 'history 1', 'last 3']);
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
    const withRecipe = (change: Partial<Recipe>) => endingOf({ ...recipe, ...change }, progress);
    expect(withRecipe({})).toBe('early-stop');
    expect(withRecipe({ earlyStop: null })).toBeUndefined();
    expect(withRecipe({ epochs: 5 })).toBe('finished');
  });
});

describe('--max-steps', () => {
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
