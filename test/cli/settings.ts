import { join } from 'node:path';
import type { ModelName } from '../models.ts';

export { checkpointOf } from '../../soak/training.ts';

/** One thread and the processor: two test files run beside each other, and these tests compare bytes, not speed. */
export const machine = ['--device', 'cpu', '--threads', '1'] as const;

/** A training that takes a second: three steps an epoch, the last of them with a part of a batch. */
export const tiny = [...machine, '--limit-train', '100', '--limit-val', '40', '--batch-size', '40'] as const;

/** The same in portable graphs, where the target is not the point: nothing has to be compared before the first step. */
export const quick = [...tiny, '--target', 'portable'] as const;

/** Where Debian's package and a download put the data set; the program looks there by itself. */
export const debianFolder = '/usr/share/datasets/fashion-mnist';

/**
 * Options that make a tiny training of three epochs do what the model's own recipe has, and each epoch's learning rate.
 * Model 2's has augmentation, dropout and a plateau schedule: one epoch without a lower loss shall suffice for the rate to
 * change, and no loss is low enough, so that the schedule's state matters within three epochs.
 */
export const ownRecipe: Readonly<Record<ModelName, readonly [options: readonly string[], rates: readonly number[]]>> = {
  m1: [[], [1e-3, 1e-3, 1e-3]],
  m2: [
    ['--config', join(import.meta.dirname, 'plateau.json')],
    [1e-3, 1e-3, 5e-4],
  ],
};
