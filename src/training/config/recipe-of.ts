import type { ModelDefinition } from '../../../graphs/models/model.ts';
import type { Recipe } from '../../../graphs/models/recipe.ts';
import type { Context } from '../../context.ts';

/** What a model is trained with where nobody says otherwise. */
const defaultRecipe: Omit<Recipe, 'dropout'> = {
  epochs: 20,
  batchSize: 64,
  seed: 42,
  splitSeed: 42,
  optimizer: { name: 'adamw', lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 1e-2 },
  schedule: { name: 'cosine', warmupEpochs: 1, minLr: 0 },
  normalization: { mean: 0.5, std: 0.5 },
  augmentation: null,
  earlyStop: null,
};

/** A model's recipe: the experiment's, where it has one, else the default with the model's own dropout rates. */
export function recipeOf({ name, dropout }: ModelDefinition, { experiment }: Pick<Context, 'experiment'>): Recipe {
  return experiment?.models[name]?.recipe ?? { ...defaultRecipe, dropout };
}
