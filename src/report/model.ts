import { entryOf, type ModelName } from '../../graphs/models/catalogue.ts';
import { type ModelSummary, summarize } from '../../graphs/programs/summary.ts';
import { AtelierError } from '../errors.ts';
import { classificationReport } from '../evaluation/classification-report.ts';
import { type Comparison, compareRuns } from '../evaluation/comparison/compare.ts';
import {
  bestEpoch,
  type EvaluatedRun,
  incompleteness,
  type RateChange,
  rateChanges,
} from '../evaluation/comparison/evaluated-run.ts';
import { type HyperParameter, hyperParameters } from '../evaluation/comparison/hyper-parameters.ts';
import type { ComparisonOptions } from '../evaluation/comparison/pair.ts';
import { type RunScores, runScores } from '../evaluation/comparison/scores.ts';
import { normaliseByTrueClass } from '../evaluation/confusion.ts';
import type { Metrics } from '../evaluation/metrics.ts';
import { type Calibration, calibration } from '../evaluation/statistics-calibration.ts';
import type { EpochRecord } from '../training/history.ts';
import { type EnvironmentRow, environmentRows } from './environment.ts';
import { type ConfusedExamples, confidentMistakes, confusedExamples, type Mistake } from './mistakes.ts';
import { type ReproductionStep, reproductionSteps } from './reproduce.ts';

/** Everything that a report shows, as plain data: it survives JSON, and whoever draws or writes it computes nothing. */
export interface Report {
  readonly dataset: {
    readonly name: string;
    readonly fingerprint: string;
    readonly classes: readonly string[];
    readonly split: Metrics['split'];
    /** Images of the split. */
    readonly count: number;
  };
  /** Model 1's before Model 2's. */
  readonly runs: readonly ReportedRun[];
  /** Null with a single run. */
  readonly comparison: Comparison | null;
  readonly environment: readonly EnvironmentRow[];
  readonly reproduce: readonly ReproductionStep[];
}

/** One run of the report. */
export interface ReportedRun {
  /** As in the comparison: `Model 1`. */
  readonly label: string;
  /** The folder's name: keys the run's figures. */
  readonly name: string;
  readonly path: string;
  readonly model: ModelName;
  /** `Model 1, baseline`. */
  readonly title: string;
  readonly checkpoint: string;
  /** What keeps it from being a whole run; null for nothing. */
  readonly lacking: string | null;
  readonly hyperParameters: readonly HyperParameter[];
  readonly summary: ModelSummary;
  readonly history: readonly EpochRecord[];
  /** Null without a history. */
  readonly bestEpoch: EpochRecord | null;
  readonly rateChanges: readonly RateChange[];
  readonly metrics: Metrics;
  /** The metrics' main numbers with 95 % intervals. */
  readonly scores: RunScores;
  /** scikit-learn's text. */
  readonly classificationReport: string;
  /** The confusion matrix, each row divided by its sum. */
  readonly confusionShares: readonly (readonly number[])[];
  readonly calibration: Calibration;
  readonly confusedPairs: readonly ConfusedExamples[];
  readonly confidentMistakes: readonly Mistake[];
}

export interface ReportOptions extends ComparisonOptions {
  /** Pairs of confused classes to list, default 8. */
  readonly pairs?: number;
  /** Example images of each pair, default 8. */
  readonly examples?: number;
  /** Confident mistakes to list, default 24. */
  readonly mistakes?: number;
}

/**
 * Gathers a report's data from runs as `loadRuns` gives them. Reads no file and no clock.
 *
 * @param runs at least one
 * @throws AtelierError where the runs answered to different images
 */
export function gatherReport(runs: readonly EvaluatedRun[], options: ReportOptions = {}): Report {
  const [first] = runs;
  if (first === undefined) throw new AtelierError('internal: a report of no run, expected at least one');
  const { config, metrics, predictions } = first;
  return {
    dataset: {
      ...config.dataset,
      classes: predictions.classNames,
      split: metrics.split,
      count: metrics.count,
    },
    runs: runs.map((run) => reportedRun(run, options)),
    comparison: runs.length < 2 ? null : compareRuns(runs, options),
    environment: environmentRows(runs),
    reproduce: reproductionSteps(runs),
  };
}

function reportedRun(run: EvaluatedRun, { pairs = 8, examples = 8, mistakes = 24 }: ReportOptions): ReportedRun {
  const { label, name, path, config, history, metrics, predictions } = run;
  const { title, build } = entryOf(config.model);
  return {
    label,
    name,
    path,
    model: config.model,
    title,
    checkpoint: metrics.checkpoint,
    lacking: incompleteness(run) ?? null,
    hyperParameters: hyperParameters(config),
    summary: summarize(build(config.recipe.dropout)),
    history,
    bestEpoch: bestEpoch(history) ?? null,
    rateChanges: rateChanges(history),
    metrics,
    scores: runScores(metrics),
    classificationReport: classificationReport(metrics),
    confusionShares: normaliseByTrueClass(metrics.confusion),
    calibration: calibration(predictions),
    confusedPairs: confusedExamples(predictions, metrics.confusion, { pairs, examples }),
    confidentMistakes: confidentMistakes(predictions, mistakes),
  };
}
