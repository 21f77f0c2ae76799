import type { PairComparison } from '../../evaluation/comparison/pair.ts';
import { calibrationChart } from '../../rendering/charts/calibration.ts';
import { classScoresChart } from '../../rendering/charts/class-scores.ts';
import { confusionChart } from '../../rendering/charts/confusion.ts';
import { differencesChart } from '../../rendering/charts/differences.ts';
import type { TopLevelSpec } from '../../rendering/charts/render.ts';
import { mostLegendModels, type ScoredValue, scoresChart } from '../../rendering/charts/scores.ts';
import { trainingCurves } from '../../rendering/charts/training-curves.ts';
import type { Theme } from '../../rendering/theme.ts';
import type { Report, ReportedRun } from '../model.ts';

/** The charts of one run, as specifications: PNG and page draw the same ones. */
export interface RunCharts {
  /** Undefined without a history. */
  readonly curves?: TopLevelSpec;
  readonly classificationReport: TopLevelSpec;
  readonly confusion: TopLevelSpec;
  readonly confusionCounts: TopLevelSpec;
  readonly calibration: TopLevelSpec;
}

/** The charts that hold all runs against each other. */
export interface ComparisonCharts {
  readonly scores: TopLevelSpec;
  readonly classScores: TopLevelSpec;
  /** Of the pair. */
  readonly recallDifferences: TopLevelSpec;
  readonly f1Differences: TopLevelSpec;
}

export interface ReportChartOptions {
  /** Whether curves can be zoomed: in a browser. Default no. */
  readonly interactive?: boolean;
}

/** A theme whose first colour is the run's own: a chart of one run alone has it there too. */
export function themeOfRun(theme: Theme, index: number): Theme {
  const { categories } = theme;
  const first = index % categories.length;
  return { ...theme, categories: [...categories.slice(first), ...categories.slice(0, first)] };
}

/** The charts of a run. */
export function runCharts(run: ReportedRun, { interactive = false }: ReportChartOptions = {}): RunCharts {
  const { label, history, bestEpoch, metrics, calibration } = run;
  const names = metrics.classes.map(({ name }) => name);
  const { confusion, classes } = metrics;
  return {
    ...(history.length > 0 && {
      curves: trainingCurves(history, {
        title: `Training of ${label}`,
        interactive,
        ...(bestEpoch && { bestEpoch: bestEpoch.epoch }),
      }),
    }),
    classificationReport: classScoresChart([{ name: label, classes }], { title: `Classification report of ${label}` }),
    confusion: confusionChart(confusion, names, { title: `Confusion matrix of ${label}`, numbers: 'shares' }),
    confusionCounts: confusionChart(confusion, names, { title: `Confusion matrix of ${label}`, numbers: 'counts' }),
    calibration: calibrationChart(calibration, { title: `Calibration of ${label}` }),
  };
}

/** The charts of a comparison: of all runs, and of one pair of them. */
export function comparisonCharts({ runs }: Report, pair: PairComparison): ComparisonCharts {
  const models = [pair.first, pair.second] as const;
  const differences = (measure: 'recall' | 'f1', title: string) =>
    differencesChart(
      pair.classes.map((one) => ({ name: one.name, difference: one[measure] })),
      { title, subtitle: '95 % intervals of the differences, paired bootstrap', models },
    );
  return {
    scores: scoresChart(
      (runs.length > mostLegendModels ? runs.toSorted(byAccuracy) : runs).flatMap((run) =>
        scoreValues(run, runs.length),
      ),
      { title: 'Accuracy and F1', subtitle: '95 % intervals' },
    ),
    classScores: classScoresChart(
      runs.map(({ label, metrics }) => ({ name: label, classes: metrics.classes })),
      { title: 'Precision, recall and F1 per class' },
    ),
    recallDifferences: differences('recall', 'Recall per class'),
    f1Differences: differences('f1', 'F1 per class'),
  };
}

/** The most accurate first, where each run has a row. */
function byAccuracy(one: ReportedRun, other: ReportedRun): number {
  return other.scores.accuracy.value - one.scores.accuracy.value;
}

/** Of many runs two measures: four would be rows without end. */
function scoreValues({ label, scores }: ReportedRun, count: number): readonly ScoredValue[] {
  const { accuracy, balancedAccuracy, macroF1, weightedF1 } = scores;
  const few = [
    { measure: 'accuracy', estimate: accuracy },
    { measure: 'macro F1', estimate: macroF1 },
  ];
  const all = [
    { measure: 'accuracy', estimate: accuracy },
    { measure: 'balanced accuracy', estimate: balancedAccuracy },
    { measure: 'macro F1', estimate: macroF1 },
    { measure: 'weighted F1', estimate: weightedF1 },
  ];
  return (count > mostLegendModels ? few : all).map(({ measure, estimate: { value, interval } }) => ({
    measure,
    model: label,
    value,
    ...(interval && { low: interval.low, high: interval.high }),
  }));
}
