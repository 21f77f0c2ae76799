import type { Recipe } from '../../graphs/models/recipe.ts';
import { epochBatches, evaluationBatch, sequentialBatches } from '../data/batches.ts';
import type { Dataset, DatasetDescription, SplitName } from '../data/dataset.ts';
import type { LabelledImages } from '../data/images.ts';
import type { SplitLimits } from '../data/split.ts';
import { partOf, selectSplit, splitSizes } from '../data/splits.ts';
import { AtelierError } from '../errors.ts';
import type { RunConfig } from './config/run-config.ts';
import type { TrainingData } from './fit.ts';

/** What a run's configuration says of its data set. */
export function recordedData(dataset: DatasetDescription): RunConfig['data'] {
  const { name, title, fingerprint, shape, classes } = dataset;
  return { name, title, fingerprint, shape, classes: [...classes], images: splitSizes(dataset) };
}

/** A run's limits as the split takes them. */
export function splitLimits({ train, validation }: RunConfig['limits']): SplitLimits {
  return { train: train ?? undefined, validation: validation ?? undefined };
}

/** The parts of a data set that hold what is trained on and what validates. */
export function trainingParts(dataset: Dataset): readonly SplitName[] {
  return [...new Set([partOf(dataset, 'train'), partOf(dataset, 'validation')])];
}

/**
 * What is trained on, and what validates.
 *
 * @param parts those that `trainingParts` names
 * @throws UsageError for limits beyond what there is
 */
export function trainingData(
  dataset: Dataset,
  parts: ReadonlyMap<SplitName, LabelledImages>,
  { splitSeed, batchSize, seed, augmentation }: Recipe,
  limits: RunConfig['limits'],
): TrainingData {
  const select = (split: 'train' | 'validation') => {
    const images = parts.get(partOf(dataset, split));
    if (!images) throw new AtelierError(`internal: the ${split} images were not loaded`);
    return selectSplit(dataset, split, images, { seed: splitSeed, limits: splitLimits(limits) });
  };
  const [train, validation] = [select('train'), select('validation')];
  const { images, indices } = train;
  return {
    imagesPerEpoch: indices.length,
    stepsPerEpoch: Math.ceil(indices.length / batchSize),
    trainBatches: (epoch, startBatch) =>
      epochBatches({ dataset: images, indices, batchSize, seed, epoch, shuffle: true, augmentation, startBatch }),
    validationBatches: () => sequentialBatches(validation.images, validation.indices, evaluationBatch),
  };
}
