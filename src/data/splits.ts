/** The three parts of a run: what it trains on, validates with and is tested on. */
import { UsageError } from '../errors.ts';
import { naturalOrder } from '../random/sampling.ts';
import type { Dataset, SplitName } from './dataset.ts';
import { divideByClass, dividedCounts } from './division.ts';
import type { LabelledImages } from './images.ts';
import { type SplitLimits, splitCounts, splitIndices, takeFirst } from './split.ts';

/** Some images of a part of a data set. */
export interface Selection {
  /** The part that holds them. */
  readonly images: LabelledImages;
  /** Their positions in it, in the split's order. */
  readonly indices: Uint32Array;
}

/** What a split is taken from: the parts of a data set, and what is held out of its training images. */
type Divided = Pick<Dataset, 'counts' | 'division'>;

/** The part of a data set that holds the images of a split: training images may have to serve for the others, too. */
export function partOf({ counts, division }: Divided, split: SplitName): SplitName {
  if (split === 'train' || counts[split] !== undefined) return split;
  return split === 'validation' || (division?.test ?? 0) > 0 ? 'train' : split;
}

/** Images of each split, before any limit; null where a data set has no test images. */
export function splitSizes({ counts, division }: Divided): Readonly<Record<'train' | 'validation', number>> & {
  readonly test: number | null;
} {
  const { train, validation, test } = counts;
  if (division) {
    const divided = dividedCounts(division);
    return {
      train: divided.train,
      validation: validation ?? divided.validation,
      test: test ?? (division.test > 0 ? divided.test : null),
    };
  }
  if (validation !== undefined) return { train, validation, test: test ?? null };
  return { ...splitCounts(train), test: test ?? null };
}

/**
 * The images of a split.
 *
 * @param images the part that holds them, `partOf`
 * @param seed of the division of the training images, where the data set has no validation images
 * @throws UsageError for a limit below 1 or above what there is
 */
export function selectSplit(
  dataset: Divided,
  split: SplitName,
  images: LabelledImages,
  { seed, limits = {} }: { readonly seed: number; readonly limits?: SplitLimits },
): Selection {
  const indices = indicesOf(dataset, split, images, seed);
  if (split === 'test') return { images, indices };
  return { images, indices: takeFirst(indices, limits[split], split) };
}

function indicesOf(dataset: Divided, split: SplitName, images: LabelledImages, seed: number): Uint32Array {
  const { counts, division } = dataset;
  const isWhole = partOf(dataset, split) === split && (split !== 'train' || isUndivided(dataset));
  if (isWhole) return naturalOrder(images.count);
  if (division) return divideByClass(images.labels, division, seed)[split];
  if (split === 'test') throw new Error(`internal: ${counts.train} images without a division have no test images`);
  return splitIndices(images.count, seed)[split];
}

/** Whether all training images train. */
function isUndivided({ counts, division }: Divided): boolean {
  return division === undefined ? counts.validation !== undefined : division.validation + division.test === 0;
}

/** Throws UsageError where a data set has no images of a split. */
export function requireSplit(dataset: Divided & Pick<Dataset, 'title'>, split: SplitName): void {
  if (split !== 'test' || splitSizes(dataset).test !== null) return;
  throw new UsageError(`${dataset.title} has no test images. Take those of another split: validation or train.`, {
    code: 'unknown-name',
  });
}
