import { defaultsOf } from './field.ts';
import { type Recipe, recipeFields, recipeSchema } from './schema.ts';

/** What a model is trained with that has no recipe of its own. */
export const defaultRecipe: Recipe = recipeSchema.parse(
  defaultsOf(recipeFields, { epochs: recipeFields.epochs.default, lr: recipeFields.optimizer.default.lr }),
);

/** Models of the catalogue that need another, whatever the data. */
const modelRecipes: Readonly<Record<string, Recipe>> = {
  // Transformers start slowly and want more decay (Touvron et al., 2021: AdamW, 5e-4 for 512 images, 0.05, 5 epochs of warm-up).
  'vit-tiny': {
    ...defaultRecipe,
    optimizer: { name: 'adamw', lr: 5e-4, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0.05 },
    schedule: { name: 'cosine', warmupEpochs: 5, minLr: 0 },
  },
};

/** The part of an experiment that holds recipes. */
export interface Recipes {
  /** The name of the data set that they are for. */
  readonly data: string;
  readonly models: Readonly<Record<string, { readonly recipe: Recipe }>>;
}

/**
 * The recipe that an experiment has for a model, else the one that the model needs, else the default one. On other
 * data images are normalized by their own statistics, and augmented only where that is asked for: whether a mirrored image
 * is still one of its class (clothes are, digits are not), and how much of it may be cut off, the experiment does not know.
 *
 * @param data the name of the data set that is trained on; the experiment's by default
 */
export function recipeFor(model: string, experiment: Recipes | null, data = experiment?.data): Recipe {
  const models = experiment?.models ?? {};
  const own = Object.hasOwn(modelRecipes, model) ? modelRecipes[model] : undefined;
  const recipe = (Object.hasOwn(models, model) ? models[model]?.recipe : own) ?? defaultRecipe;
  return data === experiment?.data ? recipe : { ...recipe, normalization: null, augmentation: null };
}
