/** The three parts of a run: what it trains on, validates with and is tested on. */
import { UsageError } from '../errors.ts';
import { naturalOrder } from '../random/sampling.ts';
import type { Dataset, SplitName } from './dataset.ts';
import type { LabelledImages } from './images.ts';
import { type SplitLimits, splitCounts, splitIndices, takeFirst } from './split.ts';

/** Some images of a part of a data set. */
export interface Selection {
  /** The part that holds them. */
  readonly images: LabelledImages;
  /** Their positions in it, in the split's order. */
  readonly indices: Uint32Array;
}

/** The part of a data set that holds the images of a split: training images may have to serve for validation, too. */
export function partOf({ counts }: Pick<Dataset, 'counts'>, split: SplitName): SplitName {
  return split === 'validation' && counts.validation === undefined ? 'train' : split;
}

/** Images of each split, before any limit; null where a data set has no test images. */
export function splitSizes({ counts }: Pick<Dataset, 'counts'>): Readonly<Record<'train' | 'validation', number>> & {
  readonly test: number | null;
} {
  const { train, validation, test = null } = counts;
  return validation === undefined ? { ...splitCounts(train), test } : { train, validation, test };
}

/**
 * The images of a split.
 *
 * @param images the part that holds them, `partOf`
 * @param seed of the division of the training images, where the data set has no validation images
 * @throws UsageError for a limit below 1 or above what there is
 */
export function selectSplit(
  dataset: Pick<Dataset, 'counts'>,
  split: SplitName,
  images: LabelledImages,
  { seed, limits = {} }: { readonly seed: number; readonly limits?: SplitLimits },
): Selection {
  if (split === 'test') return { images, indices: naturalOrder(images.count) };
  if (dataset.counts.validation === undefined)
    return { images, indices: splitIndices(images.count, seed, limits)[split] };
  return { images, indices: takeFirst(naturalOrder(images.count), limits[split], split) };
}

/** Throws UsageError where a data set has no images of a split. */
export function requireSplit(dataset: Pick<Dataset, 'counts' | 'title'>, split: SplitName): void {
  if (split !== 'test' || dataset.counts.test !== undefined) return;
  throw new UsageError(`${dataset.title} has no test images. Take those of another split: validation or train.`, {
    code: 'unknown-name',
  });
}
