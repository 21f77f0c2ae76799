import { defaultsOf } from './field.ts';
import { type Recipe, recipeFields, recipeSchema } from './schema.ts';

/** What a model is trained with that has no recipe of its own. */
export const defaultRecipe: Recipe = recipeSchema.parse(
  defaultsOf(recipeFields, { epochs: recipeFields.epochs.default, lr: recipeFields.optimizer.default.lr }),
);

/** The part of an experiment that holds recipes. */
export interface Recipes {
  /** The name of the data set that they are for. */
  readonly data: string;
  readonly models: Readonly<Record<string, { readonly recipe: Recipe }>>;
}

/**
 * The recipe that an experiment has for a model; the default one for every other model, and without an experiment. On other
 * data images are normalized by their own statistics.
 *
 * @param data the name of the data set that is trained on; the experiment's by default
 */
export function recipeFor(model: string, experiment: Recipes | null, data = experiment?.data): Recipe {
  const models = experiment?.models ?? {};
  const recipe = Object.hasOwn(models, model) ? (models[model]?.recipe ?? defaultRecipe) : defaultRecipe;
  return data === experiment?.data ? recipe : { ...recipe, normalization: null };
}
