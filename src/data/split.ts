import { UsageError } from '../errors.ts';
import { Mt19937, randperm } from '../random/mt19937.ts';

/** How the 60,000 published training images are divided, and the seed of the division (SPEC.md: the same for all models). */
export const trainCount = 54_000;
export const validationCount = 6_000;
export const splitSeed = 42;

export interface Split {
  /** Positions in the published training images, uint32, in random order. */
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
}

export interface SplitLimits {
  /** Keep only the first so many (`--limit-train`, `--limit-val`); undefined keeps all. */
  readonly train?: number | undefined;
  readonly validation?: number | undefined;
}

/**
 * PyTorch's `random_split(dataset, [54000, 6000], torch.Generator().manual_seed(seed))`, index by index: the first 54,000
 * of `randperm(60000)` train, the last 6,000 validate.
 *
 * @throws UsageError for a seed that is not a non-negative whole number, and for limits below 1 or above what there is
 */
export function splitIndices(seed: number = splitSeed, limits: SplitLimits = {}): Split {
  const order = randperm(trainCount + validationCount, new Mt19937(seed));
  return {
    train: takeFirst(order.subarray(0, trainCount), limits.train, '--limit-train', 'training'),
    validation: takeFirst(order.subarray(trainCount), limits.validation, '--limit-val', 'validation'),
  };
}

function takeFirst(indices: Uint32Array, limit: number | undefined, option: string, kind: string): Uint32Array {
  if (limit === undefined) return indices;
  if (Number.isInteger(limit) && limit >= 1 && limit <= indices.length) return indices.subarray(0, limit);
  throw new UsageError(
    `${option}: expected a whole number from 1 to ${indices.length}, the number of ${kind} images, got ${limit}. Leave it out to use them all.`,
  );
}
