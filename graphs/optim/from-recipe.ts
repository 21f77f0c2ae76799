import { adam, adamw, type Optimizer, sgd } from './optimizer.ts';
import type { OptimizerRecipe } from './optimizer-recipe.ts';

/** The optimizer that a recipe names. */
export function optimizerOf(recipe: OptimizerRecipe): Optimizer {
  switch (recipe.name) {
    case 'sgd':
      return sgd(recipe);
    case 'adam':
      return adam(recipe);
    case 'adamw':
      return adamw(recipe);
  }
}
