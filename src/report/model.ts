import type { ImageShape } from '../../graphs/models/model.ts';
import { type ModelSummary, summarize } from '../../graphs/models/summary.ts';
import { type Context, modelLabel, modelTitle } from '../context.ts';
import { AtelierError } from '../errors.ts';
import { classificationReport } from '../evaluation/classification-report.ts';
import { appliedExperiment, experimentModel } from '../evaluation/comparison/applied-experiment.ts';
import {
  type ApartGroup,
  type Comparison,
  type ComparisonOptions,
  compareRuns,
} from '../evaluation/comparison/compare.ts';
import { departuresOf } from '../evaluation/comparison/departures.ts';
import {
  type EvaluatedRun,
  incompleteness,
  type RateChange,
  rateChanges,
} from '../evaluation/comparison/evaluated-run.ts';
import { groupRuns } from '../evaluation/comparison/groups.ts';
import { type HyperParameter, hyperParameters } from '../evaluation/comparison/hyper-parameters.ts';
import { type RunScores, runScores } from '../evaluation/comparison/run-scores.ts';
import { normaliseByTrueClass } from '../evaluation/confusion.ts';
import type { Metrics } from '../evaluation/metrics.ts';
import { modelOfRun } from '../evaluation/model-of-run.ts';
import type { PublishedModel } from '../evaluation/published.ts';
import { type Calibration, calibration } from '../evaluation/statistics-calibration.ts';
import type { Experiment, Introduction, LayerFigure } from '../experiment.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { bestEpoch, type EpochRecord } from '../training/history.ts';
import { type EnvironmentRow, environmentRows } from './environment.ts';
import { type ConfusedExamples, confidentMistakes, confusedExamples, type Mistake } from './mistakes.ts';

/** Everything that a report shows, as plain data: it survives JSON, and whoever draws or writes it computes nothing. */
export interface Report {
  readonly dataset: {
    readonly name: string;
    readonly title: string;
    readonly fingerprint: string;
    readonly shape: ImageShape;
    readonly classes: readonly string[];
    /** How many the data set has of each kind, used or not. */
    readonly images: { readonly train: number; readonly validation: number; readonly test: number | null };
    readonly split: Metrics['split'];
    /** Images of the split. */
    readonly count: number;
  };
  /** In their one order: those that answered to the same images; of several such groups, the largest. */
  readonly runs: readonly ReportedRun[];
  /** Null with a single run. */
  readonly comparison: Comparison | null;
  /** Runs of other data or images, which the others cannot be held against. */
  readonly apart: readonly ReportedGroup[];
  /** The images that published numbers are about; null where nothing is published on these runs. */
  readonly publishedSplit: Metrics['split'] | null;
  /** The experiment's own sentences; null where a run is none of it. */
  readonly introduction: Introduction | null;
  readonly environment: readonly EnvironmentRow[];
  /** Empty where nobody said how. */
  readonly reproduce: readonly ReproductionStep[];
}

/** A group of runs that stands apart: told of in numbers. */
export interface ReportedGroup extends ApartGroup {
  /** The call that draws its figures; null where nobody said. */
  readonly ownReport: string | null;
}

/** One thing to do, and the commands that do it. */
export interface ReproductionStep {
  readonly purpose: string;
  readonly commands: readonly string[];
}

/** One run of the report. */
export interface ReportedRun {
  /** As in the comparison: `Model 1`. */
  readonly label: string;
  /** The folder's name: keys the run's figures. */
  readonly name: string;
  readonly path: string;
  /** The model's name in the catalogue. */
  readonly model: string;
  /** What the model is called: `Model 1`. */
  readonly modelLabel: string;
  /** `Model 1, baseline`. */
  readonly title: string;
  readonly checkpoint: string;
  /** In what it differs from the experiment's recipe of its model; empty for a run of that recipe, and for other models. */
  readonly departures: readonly string[];
  /** What keeps it from being a whole run; null for nothing. */
  readonly lacking: string | null;
  /** What somebody said it is. */
  readonly labels: Pick<RunConfig, 'name' | 'tags' | 'note'>;
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
  /** What an original report prints of the model; null where nothing is known, or the run is not of its recipe. */
  readonly published: Omit<PublishedModel, 'classes'> | null;
  /** Figures of activation maps, in their order. */
  readonly activationFigures: readonly LayerFigure[];
}

export interface ReportOptions extends Omit<ComparisonOptions, 'models'> {
  /** Pairs of confused classes to list, default 8. */
  readonly pairs?: number;
  /** Example images of each pair, default 8. */
  readonly examples?: number;
  /** Confident mistakes to list, default 24. */
  readonly mistakes?: number;
  /** How runs are made again: whoever took the commands knows what they are called. Default: nothing is said of it. */
  readonly reproduce?: (runs: readonly EvaluatedRun[]) => readonly ReproductionStep[];
  /** The call that gives runs which stand apart a report of their own; `number` counts the groups from 0. */
  readonly ownReport?: (paths: readonly string[], number: number) => string;
}

/**
 * Gathers a report's data from runs as `loadRuns` gives them. Reads no file and no clock.
 *
 * @param runs at least one
 * @param context the models that they are runs of, and the experiment that may tell of them
 * @throws AtelierError without a run; UsageError where the baseline is none of them
 */
export async function gatherReport(
  given: readonly EvaluatedRun[],
  context: Pick<Context, 'models' | 'experiment'>,
  options: ReportOptions = {},
): Promise<Report> {
  const { experiment, models } = context;
  const [runs = []] = groupRuns(given);
  const [first] = runs;
  if (first === undefined) throw new AtelierError('internal: a report of no run, expected at least one');
  const { config, metrics, predictions } = first;
  const applied = appliedExperiment(runs, experiment);
  const reported = await Promise.all(runs.map((run) => reportedRun(run, context, applied, options)));
  // The introduction says how runs of the experiment's recipes were trained.
  const known = reported.every(
    ({ model, departures }) => experimentModel(applied, model) !== undefined && departures.length === 0,
  );
  const comparison = given.length < 2 ? null : await compareRuns(given, experiment, { ...options, models });
  return {
    dataset: {
      ...config.data,
      classes: predictions.classNames,
      split: metrics.split,
      count: metrics.count,
    },
    runs: reported,
    comparison: runs.length < 2 ? null : comparison,
    apart: (comparison?.apart ?? []).map((group, number) => {
      const paths = group.runs.map(({ path }) => path);
      return { ...group, ownReport: options.ownReport?.(paths, number) ?? null };
    }),
    publishedSplit: applied?.published?.split ?? null,
    introduction: (known ? applied?.introduction : undefined) ?? null,
    environment: environmentRows(runs),
    reproduce: options.reproduce?.(given) ?? [],
  };
}

async function reportedRun(
  run: EvaluatedRun,
  context: Pick<Context, 'models' | 'experiment'>,
  applied: Experiment | null,
  { pairs = 8, examples = 8, mistakes = 24 }: ReportOptions,
): Promise<ReportedRun> {
  const { label, name, path, config, history, metrics, predictions } = run;
  const model = await modelOfRun(path, config, context);
  const own = experimentModel(context.experiment, config.model);
  const departures = applied === null ? [] : departuresOf(run, applied);
  const original = departures.length > 0 ? undefined : applied?.published?.models[config.model];
  return {
    label,
    name,
    path,
    model: config.model,
    modelLabel: modelLabel(context, config),
    title: modelTitle(context, config),
    checkpoint: metrics.checkpoint,
    departures,
    lacking: incompleteness(run) ?? null,
    labels: { name: config.name, tags: config.tags, note: config.note },
    hyperParameters: hyperParameters(config),
    summary: summarize(model),
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
    published: original
      ? { accuracy: original.accuracy, macroF1: original.macroF1, weightedF1: original.weightedF1 }
      : null,
    activationFigures: own?.figures ?? model.figureLayers.map((layer) => ({ layers: [layer], caption: layer })),
  };
}
