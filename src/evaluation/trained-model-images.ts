import type { Context } from '../context.ts';
import type { SplitName } from '../data/dataset.ts';
import { imageShapeText, sameImageShape } from '../data/images.ts';
import { partOf, requireSplit, type Selection, selectSplit } from '../data/splits.ts';
import { UsageError } from '../errors.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { datasetOfRun, type RunDataPlace } from '../training/run-data.ts';
import { splitLimits } from '../training/training-data.ts';
import type { WorkObserver } from '../work-observer.ts';

/** The images of a split, with the names that the run knows their classes by. */
export interface SplitImages extends Selection {
  readonly split: SplitName;
  readonly classes: readonly string[];
}

export interface SplitRequest extends RunDataPlace {
  readonly split: SplitName;
  readonly observer?: WorkObserver | undefined;
}

/** The split that a run is judged by: its test images, or the validation images where its data set has no others. */
export function heldOutSplit({ data }: Pick<RunConfig, 'data'>): 'test' | 'validation' {
  return data.images.test === null ? 'validation' : 'test';
}

/**
 * The images that a run trained on, validated on or is tested on. Warns where the data set is not the run's.
 *
 * @throws UsageError where the data set has no such split, or its images are not the run's in size or classes;
 *   AtelierError where the data set cannot be had
 */
export async function imagesOfSplit(
  { recipe, limits, data }: RunConfig,
  { split, data: elsewhere, dataDirectory, observer }: SplitRequest,
  context: Pick<Context, 'datasets' | 'logger'>,
): Promise<SplitImages> {
  const dataset = await datasetOfRun({ data }, { data: elsewhere, dataDirectory, observer }, context);
  requireSplit(dataset, split);
  if (!sameImageShape(dataset.shape, data.shape) || dataset.classes.length !== data.classes.length)
    throw new UsageError(
      `the run was trained on ${imageShapeText(data.shape)} images of ${data.classes.length} classes; ${dataset.title} has ` +
        `${imageShapeText(dataset.shape)} images of ${dataset.classes.length}. Name the data set that it was trained on.`,
      { code: 'classes-mismatch' },
    );
  const images = await dataset.load(partOf(dataset, split));
  if (dataset.fingerprint !== data.fingerprint)
    context.logger.warn('the run was trained on another data set than the one it is evaluated on');
  const selection = selectSplit(dataset, split, images, { seed: recipe.splitSeed, limits: splitLimits(limits) });
  return { ...selection, split, classes: data.classes };
}
