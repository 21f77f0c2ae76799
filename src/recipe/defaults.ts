import { defaultsOf } from './field.ts';
import { type Recipe, recipeFields, recipeSchema } from './schema.ts';

/** What a model is trained with that has no recipe of its own. */
export const defaultRecipe: Recipe = recipeSchema.parse(
  defaultsOf(recipeFields, { epochs: recipeFields.epochs.default, lr: recipeFields.optimizer.default.lr }),
);

/** The part of an experiment that holds recipes. */
export interface Recipes {
  readonly models: Readonly<Record<string, { readonly recipe: Recipe }>>;
}

/** The recipe that an experiment has for a model; the default one for every other model, and without an experiment. */
export function recipeFor(model: string, experiment: Recipes | null): Recipe {
  const models = experiment?.models ?? {};
  return Object.hasOwn(models, model) ? (models[model]?.recipe ?? defaultRecipe) : defaultRecipe;
}
