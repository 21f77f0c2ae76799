import type { PublishedClass, PublishedReport } from '../published.ts';
import type { EvaluatedRun } from './evaluated-run.ts';
import { type ClassEstimates, type Estimate, f1Estimate, proportion } from './intervals.ts';
import type { RunScores } from './run-scores.ts';

/** One number of a run beside the report's. */
export interface PublishedRow {
  readonly measure: 'accuracy' | 'macro F1' | 'weighted F1' | 'precision' | 'recall' | 'F1';
  /** Null where the measure is of all classes. */
  readonly className: string | null;
  readonly ours: number;
  readonly published: number;
  /** Ours less the report's. */
  readonly difference: number;
  /** Ours' 95 % interval; null where nothing was counted. */
  readonly interval: Estimate['interval'];
  /** Whether the report's number, as far as it was printed, lies in the interval. */
  readonly within: boolean;
}

/** A run beside what the report says of its model. */
export interface PublishedComparison {
  readonly label: string;
  readonly model: string;
  /** Over all classes, then class by class. */
  readonly rows: readonly PublishedRow[];
}

/**
 * Holds a run's numbers against the report's of the same model. The run must know the report's classes.
 *
 * @returns undefined where the report has no such model
 */
export function againstPublished(
  { label, config }: Pick<EvaluatedRun, 'label' | 'config'>,
  scores: RunScores,
  { models, rounding }: PublishedReport,
): PublishedComparison | undefined {
  const report = models[config.model];
  if (report === undefined) return undefined;
  const row = (
    measure: PublishedRow['measure'],
    className: string | null,
    { value, interval }: Estimate,
    theirs: number,
  ): PublishedRow => ({
    measure,
    className,
    ours: value,
    published: theirs,
    difference: value - theirs,
    interval,
    within: interval !== null && interval.low - rounding <= theirs && theirs <= interval.high + rounding,
  });
  const classRows = (ours: ClassEstimates, theirs: PublishedClass) => [
    row('precision', ours.name, ours.precision, theirs.precision),
    row('recall', ours.name, ours.recall, theirs.recall),
    row('F1', ours.name, ours.f1, theirs.f1),
  ];
  return {
    label,
    model: config.model,
    rows: [
      row('accuracy', null, scores.accuracy, report.accuracy),
      row('macro F1', null, scores.macroF1, report.macroF1),
      row('weighted F1', null, scores.weightedF1, report.weightedF1),
      ...report.classes.flatMap((theirs, index) => {
        const ours = scores.classes[index];
        return ours?.name === theirs.name ? classRows(ours, theirs) : [];
      }),
    ],
  };
}

/** Why runs cannot be held against the report; undefined where they can. */
export function publishedObstacle(
  runs: readonly EvaluatedRun[],
  { split, classes }: Pick<PublishedReport, 'split' | 'classes'>,
): string | undefined {
  const names = classes.join(', ');
  if (runs.some(({ metrics }) => metrics.split !== split)) {
    return `the report's numbers are of the ${split} images, these are not`;
  }
  if (runs.some(({ predictions }) => predictions.classNames.join(', ') !== names)) {
    return "these runs know other classes than the report's";
  }
  return undefined;
}

/**
 * The report's recall and F1 of a class with intervals: the counts behind them are whole numbers that can be read off its
 * rounded shares, as long as a class has no more images than the digits tell apart.
 */
export function publishedEstimates({ recall, precision, support }: PublishedClass): { recall: Estimate; f1: Estimate } {
  const right = Math.round(recall * support);
  const predicted = Math.round(right / precision);
  return {
    recall: proportion(right, support),
    f1: f1Estimate({ right, support, predicted }),
  };
}
