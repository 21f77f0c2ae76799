import { UsageError } from '../errors.ts';
import { said, setting } from '../message.ts';
import { Mt19937, randperm } from '../random/mt19937.ts';

/** The share of the training images that validates, where a data set has no validation images of its own. */
export const validationShare = 0.1;

/** How many of so many images train, and how many validate. */
export function splitCounts(count: number): { readonly train: number; readonly validation: number } {
  const validation = Math.round(count * validationShare);
  return { train: count - validation, validation };
}

export interface Split {
  /** Positions in the images that are divided, uint32, in random order. */
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
}

export interface SplitLimits {
  /** Keep only the first so many of them; undefined keeps all. */
  readonly train?: number | undefined;
  readonly validation?: number | undefined;
}

/**
 * PyTorch's `random_split(dataset, [train, validation], torch.Generator().manual_seed(seed))`, index by index: the first
 * nine tenths of `randperm(count)` train, the last tenth validates.
 *
 * @throws UsageError for a seed that is not a non-negative whole number, and for limits below 1 or above what there is
 */
export function splitIndices(count: number, seed: number, limits: SplitLimits = {}): Split {
  const { train } = splitCounts(count);
  const order = randperm(count, new Mt19937(seed));
  return {
    train: takeFirst(order.subarray(0, train), limits.train, 'train'),
    validation: takeFirst(order.subarray(train), limits.validation, 'validation'),
  };
}

/**
 * The first so many of the indices of a split; all of them without a limit.
 *
 * @throws UsageError for a limit below 1 or above what there is
 */
export function takeFirst(indices: Uint32Array, limit: number | undefined, split: 'train' | 'validation'): Uint32Array {
  if (limit === undefined) return indices;
  if (Number.isInteger(limit) && limit >= 1 && limit <= indices.length) return indices.subarray(0, limit);
  const [name, kind] =
    split === 'train' ? (['limitTrain', 'training'] as const) : (['limitValidation', 'validation'] as const);
  throw new UsageError(
    said`${setting(name)}: expected a whole number from 1 to ${indices.length}, the number of ${kind} images, got ${limit}. Leave it out to use them all.`,
    { code: 'invalid-setting' },
  );
}
