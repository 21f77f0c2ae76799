import type { ModelDefinition } from '../../graphs/models/model.ts';
import { type Context, modelNames } from '../context.ts';
import type { Dataset } from '../data/dataset.ts';
import { partOf } from '../data/splits.ts';
import { recipeFor } from '../recipe/defaults.ts';
import { type RecipeLayers, resolveRecipe } from '../recipe/resolve.ts';
import type { ResolvedRecipe } from '../recipe/schema.ts';
import { recipeForImages, selectLoaded } from './training-data.ts';

/** All images that there are. */
const unlimited = { train: null, validation: null, maxSteps: null } as const;

/**
 * How a model would be trained on all of a data set: the experiment's recipe for it, or the default one, under some
 * layers.
 *
 * @throws RecipeError where it cannot be
 */
export async function recipeOfModel(
  definition: ModelDefinition,
  dataset: Dataset,
  context: Pick<Context, 'models' | 'experiment'>,
  layers: RecipeLayers,
): Promise<ResolvedRecipe> {
  const base = recipeFor(definition.name, context.experiment);
  const recipe = resolveRecipe({ model: definition, base, knownModels: modelNames(context) }, layers);
  const trainedOn = async () => {
    const part = partOf(dataset, 'train');
    const images = await dataset.load(part);
    return selectLoaded(dataset, 'train', new Map([[part, images]]), recipe, unlimited);
  };
  return recipeForImages(recipe, dataset.shape, trainedOn, layers);
}
