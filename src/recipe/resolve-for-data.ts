import type { Problem } from './problems.ts';
import { RecipeError } from './recipe-error.ts';
import { locate, type RecipeLayers } from './resolve.ts';
import type { ModelRecipe, ResolvedRecipe } from './schema.ts';
import { show, valueAt } from './values.ts';

/** What a recipe must fit: the images' size, and the statistics of those that are trained on. */
export interface RecipeData {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Mean and standard deviation of each channel, of pixels in [0,1]; asked for where the recipe has none. */
  readonly statistics?: ResolvedRecipe['normalization'] | undefined;
}

/**
 * A recipe with what only the data can say: a normalization that is left open is that of the training images, one number
 * for all channels becomes one for each.
 *
 * @param layers what the recipe was resolved from, so that problems can be told where they were written
 * @throws RecipeError where the recipe does not fit: as many means or deviations as there are no channels, or a crop
 *   with more padding than the image is wide or high
 */
export function resolveForData(recipe: ModelRecipe, data: RecipeData, layers: RecipeLayers = {}): ResolvedRecipe {
  const { channels, height, width, statistics } = data;
  // A channel that is alike everywhere has no deviation to divide by.
  const ofImages = statistics && { ...statistics, std: statistics.std.map((std) => (Math.fround(std) > 0 ? std : 1)) };
  const normalization = recipe.normalization ?? ofImages;
  if (normalization === undefined)
    throw new Error('internal: a recipe without a normalization needs the statistics of the training images');
  const problems: Problem[] = [];
  const expect = (path: readonly string[], holds: boolean, text: string): void => {
    if (!holds) problems.push({ path, kind: 'value', text: `expected ${text}, got ${show(valueAt(recipe, path))}` });
  };
  const numbers =
    channels === 1 ? 'one number, for the one channel' : `one number, or ${channels}, one for each channel`;
  const { mean, std } = normalization;
  expect(['normalization', 'mean'], [1, channels].includes(mean.length), `${numbers} of the images`);
  expect(['normalization', 'std'], [1, channels].includes(std.length), `${numbers} of the images`);
  const side = Math.min(height, width);
  const padding = recipe.augmentation?.cropPadding ?? 0;
  const most = `at most ${side}, the smaller side of the images (${height} x ${width})`;
  expect(['augmentation', 'cropPadding'], padding <= side, most);
  if (problems.length > 0) throw new RecipeError(problems.map((problem) => locate(problem, { ...recipe }, layers)));
  return { ...recipe, normalization: { mean: perChannel(mean, channels), std: perChannel(std, channels) } };
}

/** One number stands for all channels. */
function perChannel(values: readonly number[], channels: number): readonly number[] {
  const [first = 0] = values;
  return values.length === 1 ? Array.from({ length: channels }, () => first) : values;
}
