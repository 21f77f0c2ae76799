import type { RunConfig } from '../../training/config/run-config.ts';
import { bestEpoch, type EpochRecord } from '../../training/history.ts';
import type { Metrics } from '../metrics.ts';
import type { Predictions } from '../predictions.ts';

/** A run with what it was trained with, how that went and what it answers: all that comparisons and reports read. */
export interface EvaluatedRun {
  /** Short and unlike any other of the same comparison: `Model 1`, or with the run's name where a model has several. */
  readonly label: string;
  /** The folder's name. */
  readonly name: string;
  /** The folder, as it was given. */
  readonly path: string;
  readonly config: RunConfig;
  /** Empty where the folder has none. */
  readonly history: readonly EpochRecord[];
  readonly metrics: Metrics;
  readonly predictions: Predictions;
}

/** An epoch that began at another learning rate than the one before it. */
export interface RateChange {
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
}

/** Where the learning rate changed, by the history's `lr` column. */
export function rateChanges(history: readonly EpochRecord[]): readonly RateChange[] {
  return history.flatMap(({ epoch, lr }, index) => {
    const before = history[index - 1];
    return before === undefined || before.lr === lr ? [] : [{ epoch, from: before.lr, to: lr }];
  });
}

/** What keeps a run from being a whole one, in words; undefined where nothing does. */
export function incompleteness({ config, history }: EvaluatedRun): string | undefined {
  const { recipe, limits } = config;
  const last = history.at(-1);
  const waited = (last?.epoch ?? 0) - (bestEpoch(history)?.epoch ?? 0);
  const stopped = recipe.earlyStop !== null && waited >= recipe.earlyStop;
  const parts = [
    ...(last && last.epoch < recipe.epochs && !stopped
      ? [`unfinished: ${last.epoch} of ${recipe.epochs} epochs trained`]
      : []),
    ...(limits.train === null ? [] : [`trained on ${limits.train.toLocaleString('en')} images only`]),
    ...(limits.maxSteps === null ? [] : [`stopped after at most ${limits.maxSteps.toLocaleString('en')} steps`]),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
}
