import type { ScheduleRecipe } from '../../recipe/schema.ts';
import { positional, type Scheduler, stepsBefore } from './scheduler.ts';

/** The same rate in every step. */
export function constant(lr: number): Scheduler {
  return positional(lr, () => lr);
}

/** PyTorch's StepLR: the rate is multiplied by `gamma` after every `stepSize` epochs. */
export function step({ stepSize, gamma }: ScheduleRecipe & { readonly name: 'step' }, lr: number): Scheduler {
  return positional(lr, ({ epoch }) => {
    // Multiplied one by one as PyTorch does; `gamma ** n` differs from it in the last bits.
    let rate = lr;
    for (let decays = Math.floor(epoch / stepSize); decays > 0; decays -= 1) rate *= gamma;
    return rate;
  });
}

/**
 * Linear warm-up over `warmupEpochs`, whose last step has the full rate (Goyal et al., 2017, section 2.2), then half a
 * cosine over the remaining steps (Loshchilov and Hutter, 2017, equation 5). Without warm-up it is PyTorch's
 * CosineAnnealingLR with T_max = all steps. No step is wasted on a rate of 0: warm-up starts one increment above it,
 * and the cosine would reach `minLr` in the step after the last.
 */
export function cosine({ warmupEpochs, minLr }: ScheduleRecipe & { readonly name: 'cosine' }, lr: number): Scheduler {
  return positional(lr, (position) => {
    const done = stepsBefore(position);
    const warmup = warmupEpochs * position.stepsPerEpoch;
    if (done < warmup) return lr * Math.min((done + 1) / warmup, 1);
    const total = position.epochs * position.stepsPerEpoch;
    return annealed(lr, minLr, (done - warmup) / (total - warmup));
  });
}

/**
 * The rate of PyTorch's OneCycleLR (Smith and Topin, 2018; cosine annealing, two phases): from `maxLr / divFactor` up to
 * `maxLr` in the first `pctStart` of all steps, then down to `maxLr / divFactor / finalDivFactor`. The optimizer's own
 * rate takes no part, and momentum is not cycled.
 */
export function oneCycle(recipe: ScheduleRecipe & { readonly name: 'one-cycle' }): Scheduler {
  const { maxLr, pctStart, divFactor, finalDivFactor } = recipe;
  const first = maxLr / divFactor;
  const last = first / finalDivFactor;
  return positional(first, (position) => {
    const done = stepsBefore(position);
    const total = position.epochs * position.stepsPerEpoch;
    const peak = pctStart * total - 1;
    // A rise of no length has no progress to speak of (0 / 0): its only step is the peak.
    if (done <= peak) return annealed(first, maxLr, peak === 0 ? 1 : done / peak);
    return annealed(maxLr, last, (done - peak) / (total - 1 - peak));
  });
}

/** From `start` to `end` on half a cosine; `progress` 1 and beyond is the end. */
function annealed(start: number, end: number, progress: number): number {
  if (progress >= 1) return end;
  return end + ((start - end) / 2) * (Math.cos(Math.PI * progress) + 1);
}
