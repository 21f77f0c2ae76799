import type { ScheduleRecipe } from '../../recipe/schema.ts';
import { plateau } from './plateau.ts';
import { constant, cosine, oneCycle, step } from './positional.ts';
import type { Scheduler } from './scheduler.ts';

export {
  type Position,
  type Scheduler,
  type SchedulerState,
  schedulerStateSchema,
  type Validation,
} from './scheduler.ts';

/**
 * The scheduler of a recipe.
 *
 * @param lr the optimizer's learning rate, from which the schedule starts (`one-cycle` has its own `maxLr`)
 */
export function schedulerOf(recipe: ScheduleRecipe, lr: number): Scheduler {
  switch (recipe.name) {
    case 'constant':
      return constant(lr);
    case 'plateau':
      return plateau(recipe, lr);
    case 'step':
      return step(recipe, lr);
    case 'cosine':
      return cosine(recipe, lr);
    case 'one-cycle':
      return oneCycle(recipe);
  }
}
