import type { ScheduleRecipe } from '../../recipe/schema.ts';
import type { Scheduler, SchedulerState } from './scheduler.ts';

type PlateauRecipe = ScheduleRecipe & { readonly name: 'plateau' };

/** A smaller change of the rate is not made at all: PyTorch's `eps`. */
const smallestChange = 1e-8;

/**
 * PyTorch's ReduceLROnPlateau: after more than `patience` epochs without a better metric, the rate is multiplied by
 * `factor`. The metric is the validation loss in mode 'min' and the validation accuracy in mode 'max'.
 */
export function plateau(recipe: PlateauRecipe, lr: number): Scheduler {
  return {
    initial: () => ({ lr, best: null, badEpochs: 0, cooldown: 0 }),
    lrAt: (state) => state.lr,
    afterEpoch: (state, { validationLoss, validationAccuracy }) =>
      advance(recipe, state, recipe.mode === 'min' ? validationLoss : validationAccuracy),
  };
}

function advance(recipe: PlateauRecipe, state: SchedulerState, metric: number): SchedulerState {
  const better = isBetter(recipe, metric, state.best);
  const best = better ? metric : state.best;
  const cooling = state.cooldown > 0;
  const cooldown = cooling ? state.cooldown - 1 : 0;
  const badEpochs = better || cooling ? 0 : state.badEpochs + 1;
  if (badEpochs <= recipe.patience) return { lr: state.lr, best, badEpochs, cooldown };
  return { lr: reduced(recipe, state.lr), best, badEpochs: 0, cooldown: recipe.cooldown };
}

function reduced({ factor, minLr }: PlateauRecipe, lr: number): number {
  const next = Math.max(lr * factor, minLr);
  return lr - next > smallestChange ? next : lr;
}

/** NaN and infinities are never better, so a diverging run has its rate reduced. */
function isBetter({ mode, threshold, thresholdMode }: PlateauRecipe, metric: number, best: number | null): boolean {
  if (!Number.isFinite(metric)) return false;
  if (best === null) return true;
  if (mode === 'min') return metric < (thresholdMode === 'rel' ? best * (1 - threshold) : best - threshold);
  return metric > (thresholdMode === 'rel' ? best * (threshold + 1) : best + threshold);
}
