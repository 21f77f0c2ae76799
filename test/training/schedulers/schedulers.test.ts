import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ScheduleRecipe } from '../../../src/recipe/schema.ts';
import { type SchedulerState, schedulerOf, schedulerStateSchema } from '../../../src/training/schedulers/index.ts';

/*
 * Golden values are PyTorch 1.13.1's (Debian's python3-torch), printed by:
 *
 *   import torch
 *   from torch.optim.lr_scheduler import *
 *   def opt(lr=1e-3): return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr, momentum=0.9)
 *   def plateau(metrics, lr=1e-3, **k):
 *       o = opt(lr); s = ReduceLROnPlateau(o, **k); out = []
 *       for m in metrics: s.step(m); out.append(o.param_groups[0]['lr'])
 *       return out
 *   def rates(o, s, steps):
 *       out = []
 *       for t in range(steps):
 *           out.append(o.param_groups[0]['lr']); o.step()
 *           if t + 1 < steps: s.step()
 *       return out
 */

type PlateauRecipe = ScheduleRecipe & { readonly name: 'plateau' };

const torchPlateau: PlateauRecipe = {
  name: 'plateau',
  mode: 'min',
  factor: 0.1,
  patience: 10,
  threshold: 1e-4,
  thresholdMode: 'rel',
  cooldown: 0,
  minLr: 0,
};

/** The rate after each epoch. The state passes through JSON every time, as it does through a checkpoint. */
function plateauRates(options: Partial<PlateauRecipe>, metrics: readonly number[], lr = 1e-3): readonly number[] {
  const recipe = { ...torchPlateau, ...options };
  const scheduler = schedulerOf(recipe, lr);
  let state = scheduler.initial();
  return metrics.map((metric, index) => {
    const other = 1 / (index + 1); // moves on its own, and must not matter
    const validation =
      recipe.mode === 'min'
        ? { validationLoss: metric, validationAccuracy: other }
        : { validationLoss: other, validationAccuracy: metric };
    state = throughJson(scheduler.afterEpoch(state, validation));
    return scheduler.lrAt(state, { epoch: index + 1, stepInEpoch: 0, stepsPerEpoch: 1, epochs: metrics.length + 1 });
  });
}

function throughJson(state: SchedulerState): SchedulerState {
  return schedulerStateSchema.parse(JSON.parse(JSON.stringify(state)));
}

/** The rate of each step of a whole training. */
function stepRates(recipe: ScheduleRecipe, lr: number, epochs: number, stepsPerEpoch: number): readonly number[] {
  const scheduler = schedulerOf(recipe, lr);
  const state = scheduler.initial();
  return Array.from({ length: epochs * stepsPerEpoch }, (_, index) => {
    const epoch = Math.floor(index / stepsPerEpoch);
    return scheduler.lrAt(state, { epoch, stepInEpoch: index % stepsPerEpoch, stepsPerEpoch, epochs });
  });
}

/** Equal but for the last bits, where PyTorch computes a rate from the one before. */
function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  for (const [index, value] of expected.entries()) {
    expect(Math.abs((actual[index] ?? Number.NaN) / value - 1), `step ${index}`).toBeLessThan(1e-12);
  }
}

describe('plateau equals ReduceLROnPlateau bit for bit', () => {
  const accuracies = [0.8, 0.85, 0.85, 0.8501, 0.849, 0.86, 0.86, 0.861, 0.859, 0.861, 0.9];

  it('as Model 2 uses it', () => {
    // plateau(losses, factor=.5, patience=2)
    const losses = [
      0.52, 0.41, 0.4, 0.39999, 0.3999, 0.41, 0.4, 0.3998, 0.35, 0.36, 0.36, 0.36, 0.36, 0.34, 0.35, 0.35, 0.35, 0.3499,
    ];
    expect(plateauRates({ factor: 0.5, patience: 2 }, losses)).toEqual([
      0.001, 0.001, 0.001, 0.001, 0.001, 0.001, 0.001, 0.001, 0.001, 0.001, 0.001, 0.0005, 0.0005, 0.0005, 0.0005,
      0.0005, 0.00025, 0.00025,
    ]);
  });

  it('with a cooldown', () => {
    // plateau([1, .9] + [.95] * 10, factor=.1, patience=1, cooldown=2)
    const losses = [1, 0.9, ...Array.from({ length: 10 }, () => 0.95)];
    expect(plateauRates({ patience: 1, cooldown: 2 }, losses)).toEqual([
      0.001, 0.001, 0.001, 0.0001, 0.0001, 0.0001, 0.0001, 1e-5, 1e-5, 1e-5, 1e-5, 1.0000000000000002e-6,
    ]);
  });

  it('in mode max, with absolute and relative thresholds and a floor', () => {
    // plateau(acc, mode='max', factor=.3, patience=0, threshold=.005, threshold_mode='abs', min_lr=1e-4)
    const absolute = { mode: 'max', factor: 0.3, patience: 0, threshold: 0.005, thresholdMode: 'abs' } as const;
    expect(plateauRates({ ...absolute, minLr: 1e-4 }, accuracies)).toEqual([
      0.001, 0.001, 0.0003, 0.0001, 0.0001, 0.0001, 0.0001, 0.0001, 0.0001, 0.0001, 0.0001,
    ]);
    // plateau(acc, mode='max', factor=.5, patience=1, threshold=.01, threshold_mode='rel')
    expect(plateauRates({ mode: 'max', factor: 0.5, patience: 1, threshold: 0.01 }, accuracies)).toEqual([
      0.001, 0.001, 0.001, 0.0005, 0.0005, 0.0005, 0.0005, 0.00025, 0.00025, 0.000125, 0.000125,
    ]);
  });

  it('with an absolute threshold in mode min', () => {
    // plateau([...], factor=.2, patience=1, threshold=.05, threshold_mode='abs')
    const losses = [1, 0.97, 0.94, 0.93, 0.925, 0.92, 0.8, 0.81, 0.79];
    expect(plateauRates({ factor: 0.2, patience: 1, threshold: 0.05, thresholdMode: 'abs' }, losses)).toEqual([
      0.001, 0.001, 0.001, 0.001, 0.0002, 0.0002, 0.0002, 0.0002, 4e-5,
    ]);
  });

  it('makes no change below 1e-8', () => {
    // plateau([1] * 8, lr=4e-8, factor=.5, patience=0)
    const losses = Array.from({ length: 8 }, () => 1);
    expect(plateauRates({ factor: 0.5, patience: 0 }, losses, 4e-8)).toEqual([
      4e-8, 2e-8, 2e-8, 2e-8, 2e-8, 2e-8, 2e-8, 2e-8,
    ]);
  });

  it('counts NaN and infinity as bad epochs', () => {
    // plateau([1, nan, nan, .5, inf, .6], factor=.5, patience=1)
    const losses = [1, Number.NaN, Number.NaN, 0.5, Number.POSITIVE_INFINITY, 0.6];
    expect(plateauRates({ factor: 0.5, patience: 1 }, losses)).toEqual([0.001, 0.001, 0.0005, 0.0005, 0.0005, 0.00025]);
    expect(
      schedulerOf(torchPlateau, 1).afterEpoch(
        { lr: 1, best: null, badEpochs: 0, cooldown: 0 },
        { validationLoss: Number.POSITIVE_INFINITY, validationAccuracy: 0 },
      ).best,
    ).toBeNull();
  });
});

describe('schedules by position', () => {
  it('constant', () => {
    expect(new Set(stepRates({ name: 'constant' }, 1e-3, 2, 3))).toEqual(new Set([1e-3]));
  });

  it('step equals StepLR bit for bit', () => {
    // o = opt(); rates(o, StepLR(o, 3, gamma=.1), 10), one step an epoch
    expect(stepRates({ name: 'step', stepSize: 3, gamma: 0.1 }, 1e-3, 10, 1)).toEqual([
      0.001, 0.001, 0.001, 0.0001, 0.0001, 0.0001, 1e-5, 1e-5, 1e-5, 1.0000000000000002e-6,
    ]);
    expect(stepRates({ name: 'step', stepSize: 1, gamma: 0.5 }, 1, 2, 2)).toEqual([1, 1, 0.5, 0.5]);
  });

  it('cosine equals CosineAnnealingLR where there is no warm-up', () => {
    // o = opt(); rates(o, CosineAnnealingLR(o, T_max=8, eta_min=1e-5), 8)
    expectClose(
      stepRates({ name: 'cosine', warmupEpochs: 0, minLr: 1e-5 }, 1e-3, 2, 4),
      [
        0.001, 0.000962320368593087, 0.000855017856687341, 0.0006944282990207195, 0.000505, 0.0003155717009792806,
        0.00015498214331265898, 4.7679631406913064e-5,
      ],
    );
  });

  it('cosine with warm-up equals LinearLR followed by CosineAnnealingLR', () => {
    // o = opt(); W, T = 4, 12
    // rates(o, SequentialLR(o, [LinearLR(o, 1/W, 1, total_iters=W-1), CosineAnnealingLR(o, T_max=T-W)], [W]), T)
    expectClose(
      stepRates({ name: 'cosine', warmupEpochs: 1, minLr: 0 }, 1e-3, 3, 4),
      [
        0.00025, 0.0005, 0.00075, 0.001, 0.001, 0.0009619397662556434, 0.0008535533905932738, 0.0006913417161825451,
        0.0005000000000000001, 0.0003086582838174552, 0.0001464466094067263, 3.8060233744356646e-5,
      ],
    );
  });

  const oneCycle = { name: 'one-cycle', maxLr: 0.01, pctStart: 0.3, divFactor: 25, finalDivFactor: 1e4 } as const;

  it("one-cycle equals OneCycleLR, PyTorch's defaults", () => {
    // o = opt(); rates(o, OneCycleLR(o, max_lr=.01, epochs=3, steps_per_epoch=4), 12)
    expectClose(
      stepRates(oneCycle, 1e-3, 3, 4),
      [
        0.0003999999999999993, 0.0034978965421958302, 0.008792851591221286, 0.009944154354509118, 0.009330129698414118,
        0.00811745653949763, 0.006473789976951033, 0.00462637102666975, 0.0028306099820869924, 0.001334775301888306,
        0.0003456698742539522, 4e-8,
      ],
    );
  });

  it('one-cycle equals OneCycleLR, other factors', () => {
    // o = opt()
    // rates(o, OneCycleLR(o, .1, epochs=2, steps_per_epoch=5, pct_start=.5, div_factor=10, final_div_factor=100), 10)
    const recipe = { name: 'one-cycle', maxLr: 0.1, pctStart: 0.5, divFactor: 10, finalDivFactor: 100 } as const;
    expectClose(
      stepRates(recipe, 1e-3, 2, 5),
      [
        0.009999999999999995, 0.023180194846605356, 0.055, 0.08681980515339464, 0.1, 0.09046039886902862,
        0.06548539886902863, 0.03461460113097138, 0.00963960113097138, 0.0001,
      ],
    );
  });

  it('one-cycle at the edges: no rise, only a rise, a single step', () => {
    // rates(o, OneCycleLR(o, .01, total_steps=7, pct_start=0.), 7), then pct_start=1., then OneCycleLR(o, .01, 1)
    expectClose(
      stepRates({ ...oneCycle, pctStart: 0 }, 1e-3, 1, 7),
      [
        0.009504846320134737, 0.008117456539497631, 0.0061126202193628925, 0.003887419780637108, 0.00188258346050237,
        0.0004951936798652628, 4e-8,
      ],
    );
    expectClose(
      stepRates({ ...oneCycle, pctStart: 1 }, 1e-3, 7, 1),
      [
        0.0003999999999999993, 0.001043078061834693, 0.0027999999999999995, 0.0052, 0.007599999999999999,
        0.009356921938165307, 0.01,
      ],
    );
    expectClose(stepRates(oneCycle, 1e-3, 1, 1), [4e-8]);
    // pct_start * total_steps = 1 divides by zero in PyTorch.
    expect(stepRates({ ...oneCycle, pctStart: 0.5 }, 1e-3, 1, 2)).toEqual([0.01, 0.01 / 25 / 1e4]);
  });

  it('never leaves its bounds, whatever the lengths', () => {
    const count = fc.integer({ min: 1, max: 12 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(count, count, share, (epochs, stepsPerEpoch, fraction) => {
        const warmupEpochs = fraction * (epochs - 1);
        const recipes: readonly ScheduleRecipe[] = [
          { ...oneCycle, pctStart: fraction },
          { name: 'cosine', warmupEpochs, minLr: 1e-6 },
        ];
        for (const recipe of recipes) {
          for (const rate of stepRates(recipe, 0.01, epochs, stepsPerEpoch)) {
            expect(rate).toBeGreaterThan(0);
            expect(rate).toBeLessThanOrEqual(0.01 * (1 + 1e-15));
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});
