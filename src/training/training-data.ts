import { epochBatches, evaluationBatch, sequentialBatches } from '../data/batches.ts';
import type { Dataset, DatasetDescription, SplitName } from '../data/dataset.ts';
import type { ImageShape, LabelledImages } from '../data/images.ts';
import type { SplitLimits } from '../data/split.ts';
import { partOf, type Selection, selectSplit, splitSizes } from '../data/splits.ts';
import { channelStatistics } from '../data/statistics.ts';
import { AtelierError } from '../errors.ts';
import type { RecipeLayers } from '../recipe/resolve.ts';
import { resolveForData } from '../recipe/resolve-for-data.ts';
import type { ModelRecipe, Recipe, ResolvedRecipe } from '../recipe/schema.ts';
import type { RunConfig } from './config/run-config.ts';
import type { TrainingData } from './fit.ts';

/** What a run's configuration says of its data set. */
export function recordedData(dataset: DatasetDescription): RunConfig['data'] {
  const { name, title, fingerprint, shape, classes, origin } = dataset;
  const images = splitSizes(dataset);
  return { name, title, fingerprint, shape, classes: [...classes], images, ...(origin && { origin }) };
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
 * A recipe with what the data say: the images' size, and where the recipe leaves the normalization open the statistics
 * of the images that are trained on, which are read for nothing else.
 *
 * @param layers what the recipe was resolved from, to name what does not fit
 * @throws RecipeError where the recipe does not fit the images
 */
export async function recipeForImages(
  recipe: ModelRecipe,
  shape: ImageShape,
  trainedOn: () => Promise<Selection>,
  layers?: RecipeLayers,
): Promise<ResolvedRecipe> {
  if (recipe.normalization !== null) return resolveForData(recipe, shape, layers);
  const { images, indices } = await trainedOn();
  return resolveForData(recipe, { ...shape, statistics: await channelStatistics(images, indices) }, layers);
}

/** The parts of a data set that hold what is trained on and what validates, by name. */
export type LoadedParts = ReadonlyMap<SplitName, LabelledImages>;

/**
 * The images of a split of the training images.
 *
 * @param parts those that `trainingParts` names
 * @throws UsageError for limits beyond what there is
 */
export function selectLoaded(
  dataset: Dataset,
  split: 'train' | 'validation',
  parts: LoadedParts,
  { splitSeed }: Pick<Recipe, 'splitSeed'>,
  limits: RunConfig['limits'],
): Selection {
  const images = parts.get(partOf(dataset, split));
  if (!images) throw new AtelierError(`internal: the ${split} images were not loaded`);
  return selectSplit(dataset, split, images, { seed: splitSeed, limits: splitLimits(limits) });
}

/**
 * What is trained on, and what validates.
 *
 * @param parts those that `trainingParts` names
 * @throws UsageError for limits beyond what there is
 */
export function trainingData(
  dataset: Dataset,
  parts: LoadedParts,
  recipe: Recipe,
  limits: RunConfig['limits'],
): TrainingData {
  const { batchSize, seed, augmentation } = recipe;
  const { images, indices } = selectLoaded(dataset, 'train', parts, recipe, limits);
  const validation = selectLoaded(dataset, 'validation', parts, recipe, limits);
  return {
    imagesPerEpoch: indices.length,
    stepsPerEpoch: Math.ceil(indices.length / batchSize),
    trainBatches: (epoch, startBatch) =>
      epochBatches({ dataset: images, indices, batchSize, seed, epoch, shuffle: true, augmentation, startBatch }),
    validationBatches: () => sequentialBatches(validation.images, validation.indices, evaluationBatch),
  };
}
