import { expect, it } from 'vitest';
import { afterEpoch, afterStep, initialProgress, progressSchema, trainingMeans } from '../../src/training/progress.ts';

const scheduler = { lr: 1e-3, best: null, badEpochs: 0, cooldown: 0 };

it('adds up the steps of an epoch, each weighed by its images', () => {
  const first = afterStep(initialProgress(scheduler), { loss: 2, correct: 1 }, 4);
  const second = afterStep(first, { loss: 1, correct: 2 }, 2);
  expect(second).toEqual({
    ...initialProgress(scheduler),
    stepInEpoch: 2,
    step: 2,
    lossSum: 10,
    correct: 3,
    images: 6,
  });
  expect(trainingMeans(second)).toEqual({ loss: 10 / 6, accuracy: 0.5 });
});

it('begins the next epoch with empty sums; steps, schedule and best go on', () => {
  const done = afterStep(initialProgress(scheduler), { loss: 2, correct: 1 }, 4);
  const lowered = { ...scheduler, lr: 1e-4, best: 0.5 };
  const best = { epoch: 1, loss: 0.5, accuracy: 0.9 };
  expect(afterEpoch(done, lowered, best)).toEqual({ ...initialProgress(lowered), epoch: 1, step: 1, best });
});

it('is plain JSON', () => {
  const progress = afterStep(initialProgress(scheduler), { loss: 1 / 3, correct: 1 }, 3);
  expect(progressSchema.parse(JSON.parse(JSON.stringify(progress)))).toEqual(progress);
});

it.each([
  { step: -1 },
  { epoch: 0.5 },
  { lossSum: null },
  { best: { epoch: 0, loss: 1, accuracy: 1 } },
  { surplus: 1 },
])('refuses %j', (change) => {
  expect(progressSchema.safeParse({ ...initialProgress(scheduler), ...change }).success).toBe(false);
});
