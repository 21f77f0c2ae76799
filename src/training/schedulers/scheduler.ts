import { z } from 'zod';

/** Where training stands when a step is about to be made. Both counts start at 0. */
export interface Position {
  readonly epoch: number;
  readonly stepInEpoch: number;
  /** Steps of a whole epoch, the short last batch included. */
  readonly stepsPerEpoch: number;
  /** Epochs of the whole training, as the recipe has them. */
  readonly epochs: number;
}

/** What an epoch showed on the validation images: mean loss, and accuracy from 0 to 1. */
export interface Validation {
  readonly validationLoss: number;
  readonly validationAccuracy: number;
}

/**
 * What a scheduler remembers between epochs: plain JSON, kept in a checkpoint, so that a resumed run goes on with the
 * same bits. Only `plateau` ever changes it; the learning rates of all others are functions of the position.
 */
export const schedulerStateSchema = z.strictObject({
  /** The learning rate before any change within an epoch. */
  lr: z.number().positive(),
  /** Best metric so far; null before the first finite one (PyTorch's infinity, which JSON cannot hold). */
  best: z.number().nullable(),
  /** Epochs in a row without improvement. */
  badEpochs: z.int().nonnegative(),
  /** Epochs left in which bad ones do not count. */
  cooldown: z.int().nonnegative(),
});
export type SchedulerState = Readonly<z.infer<typeof schedulerStateSchema>>;

/** A learning-rate schedule: pure functions, the state goes in and comes out. */
export interface Scheduler {
  initial(): SchedulerState;
  /** The learning rate of the step at this position. */
  lrAt(state: SchedulerState, position: Position): number;
  /** The state after an epoch and its validation. */
  afterEpoch(state: SchedulerState, validation: Validation): SchedulerState;
}

/** Steps made before this position. */
export function stepsBefore({ epoch, stepInEpoch, stepsPerEpoch }: Position): number {
  return epoch * stepsPerEpoch + stepInEpoch;
}

/** A schedule whose rate depends on the position alone; `lr` is the rate it starts from. */
export function positional(lr: number, lrAt: (position: Position) => number): Scheduler {
  return {
    initial: () => ({ lr, best: null, badEpochs: 0, cooldown: 0 }),
    lrAt: (_state, position) => lrAt(position),
    afterEpoch: (state) => state,
  };
}
