import { z } from 'zod';
import type { ScheduleRecipe } from '../../../graphs/models/recipe.ts';
import { plateau } from './plateau.ts';
import { constant, cosine, oneCycle, step } from './positional.ts';
import type { Scheduler, SchedulerState } from './scheduler.ts';

export type { Position, Scheduler, SchedulerState, Validation } from './scheduler.ts';

/** What a checkpoint's scheduler state must be: parse it through this before it goes back into a scheduler. */
export const schedulerStateSchema: z.ZodType<SchedulerState> = z.strictObject({
  lr: z.number().positive(),
  best: z.number().nullable(),
  badEpochs: z.int().min(0),
  cooldown: z.int().min(0),
});

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
