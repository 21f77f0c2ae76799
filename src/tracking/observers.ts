import type { TrainingObserver } from '../training/fit.ts';

/** Several observers as one; each is told in turn. */
export function together(...observers: readonly TrainingObserver[]): TrainingObserver {
  return {
    step: (progress, learningRate) => {
      for (const observer of observers) observer.step?.(progress, learningRate);
    },
    epoch: async (record, isBest) => {
      for (const observer of observers) await observer.epoch?.(record, isBest);
    },
  };
}
