import type { Logger } from 'pino';
import { type DatasetIdentity, loadDatasetPart } from '../data/dataset.ts';
import type { LabelledImages } from '../data/images.ts';
import { splitIndices } from '../data/split.ts';
import { naturalOrder } from '../random/sampling.ts';
import type { RunConfig } from '../training/config/run-config.ts';

export type SplitName = 'test' | 'validation' | 'train';

/** The images of a split. */
export interface SplitImages {
  readonly split: SplitName;
  /** The published half that holds them. */
  readonly dataset: LabelledImages & DatasetIdentity;
  /** Their positions in it, in the split's order. */
  readonly indices: Uint32Array;
}

/**
 * The images that a run trained on, validated on or is tested on. Warns where the data set is not the run's.
 *
 * @throws AtelierError where the data set cannot be had
 */
export async function imagesOfSplit(
  { recipe, limits, dataset: recorded }: RunConfig,
  { split, dataDirectory }: { readonly split: SplitName; readonly dataDirectory?: string | undefined },
  logger: Logger,
): Promise<SplitImages> {
  const dataset = await loadDatasetPart(split === 'test' ? 'test' : 'train', { dir: dataDirectory, logger });
  if (dataset.fingerprint !== recorded.fingerprint)
    logger.warn('the run was trained on another data set than the one it is evaluated on');
  if (split === 'test') return { split, dataset, indices: naturalOrder(dataset.count) };
  const parts = splitIndices(recipe.splitSeed, {
    train: limits.train ?? undefined,
    validation: limits.validation ?? undefined,
  });
  return { split, dataset, indices: parts[split] };
}
