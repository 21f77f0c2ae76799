import { z } from 'zod';
import { type SchedulerState, schedulerStateSchema } from './schedulers/scheduler.ts';

const count = z.int().nonnegative();

/** Where a run stands, between two steps. Plain JSON; with the tensors it is all that a resumed run needs. */
export const progressSchema = z.strictObject({
  /** The epoch that the next step belongs to, from 0. */
  epoch: count,
  /** Steps made within it. */
  stepInEpoch: count,
  /** Steps made in all. */
  step: count,
  /** Sums over the images seen in this epoch. */
  lossSum: z.number(),
  correct: count,
  images: count,
  scheduler: schedulerStateSchema,
  /** The epoch (from 1) with the lowest validation loss so far. */
  best: z.strictObject({ epoch: z.int().positive(), loss: z.number(), accuracy: z.number() }).nullable(),
});
/** Where a run stands, between two steps: what the observer of {@link train} is told. */
export type Progress = z.infer<typeof progressSchema>;

/** Before the first step. */
export function initialProgress(scheduler: SchedulerState): Progress {
  return { epoch: 0, stepInEpoch: 0, step: 0, lossSum: 0, correct: 0, images: 0, scheduler, best: null };
}

/** After a step over `count` images with this mean loss. */
export function afterStep(progress: Progress, result: { loss: number; correct: number }, count: number): Progress {
  return {
    ...progress,
    stepInEpoch: progress.stepInEpoch + 1,
    step: progress.step + 1,
    lossSum: progress.lossSum + result.loss * count,
    correct: progress.correct + result.correct,
    images: progress.images + count,
  };
}

/** At the start of the next epoch. */
export function afterEpoch(progress: Progress, scheduler: SchedulerState, best: Progress['best']): Progress {
  return { ...initialProgress(scheduler), epoch: progress.epoch + 1, step: progress.step, best };
}

/** Mean training loss and accuracy of the epoch so far. */
export function trainingMeans({ lossSum, correct, images }: Progress): { loss: number; accuracy: number } {
  return { loss: lossSum / images, accuracy: correct / images };
}
