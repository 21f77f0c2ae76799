/** The report's tables as cells of text. */
import { duration, intervalCell, majorityName, type Table } from '../../evaluation/comparison/tables.ts';
import { score } from '../../evaluation/comparison/words.ts';
import { formatRate } from '../../rendering/charts/rate-panel.ts';
import type { Mistake } from '../mistakes.ts';
import type { Report, ReportedRun } from '../model.ts';

/** What a run was trained with. */
export function hyperParameterTable({ hyperParameters }: ReportedRun): Table {
  return { header: ['hyper-parameter', 'value'], rows: hyperParameters.map(({ name, value }) => [name, value]) };
}

/** What each epoch came to. */
export function epochTable({ history }: ReportedRun): Table {
  return {
    header: ['epoch', 'training loss', 'accuracy', 'validation loss', 'accuracy', 'learning rate', 'seconds'],
    rows: history.map(({ epoch, train, validation, lr, seconds }) => [
      String(epoch),
      score(train.loss),
      score(train.accuracy),
      score(validation.loss),
      score(validation.accuracy),
      formatRate(lr),
      seconds.toFixed(1),
    ]),
  };
}

/** Layers with output shapes, parameters and multiply-adds. */
export function layerTable({ summary }: ReportedRun): Table {
  return {
    header: ['layer', 'type', 'output', 'parameters', 'multiply-adds'],
    rows: summary.layers.map(({ name, description, outputShape, parameters, macs }) => [
      name,
      description,
      outputShape.join(' x '),
      parameters.toLocaleString('en'),
      macs.toLocaleString('en'),
    ]),
  };
}

/**
 * The scores over all classes, and what the most frequent class alone comes to; the original's numbers stand beside where they
 * are about the same images.
 */
export function scoresTable(report: Report): Table {
  return report.runs.length > mostScoreColumns ? leaderBoard(report) : scoreColumns(report);
}

/** Runs that stand beside each other; more stand below each other. */
const mostScoreColumns = 2;

/** A run in each row, the most accurate first. */
function leaderBoard({ runs, dataset, publishedSplit }: Report): Table {
  const original = dataset.split === publishedSplit && runs.some(({ published }) => published !== null);
  const majority = runs[0]?.metrics.majority;
  const row = ({ label, scores, metrics, summary, history, bestEpoch, published }: ReportedRun) => [
    label,
    score(scores.accuracy.value),
    intervalCell(scores.accuracy),
    ...(original ? [published === null ? '-' : score(published.accuracy)] : []),
    score(scores.balancedAccuracy.value),
    score(scores.macroF1.value),
    score(scores.weightedF1.value),
    score(metrics.loss),
    summary.parameters.toLocaleString('en'),
    bestEpoch === null ? '-' : `${bestEpoch.epoch} of ${history.length}`,
    trainingTime(history),
  ];
  const header = [
    'run',
    'accuracy',
    '95 % interval',
    ...(original ? ['original report'] : []),
    'balanced accuracy',
    'macro F1',
    'weighted F1',
    'loss',
    'parameters',
    'best epoch',
    'time',
  ];
  return {
    header,
    rows: [
      ...runs.toSorted((a, b) => b.scores.accuracy.value - a.scores.accuracy.value).map(row),
      ...(majority === undefined
        ? []
        : [[majorityName(majority), score(majority.accuracy), ...header.slice(2).map(() => '-')]]),
    ],
  };
}

/** The time of all epochs together. */
function trainingTime(history: ReportedRun['history']): string {
  return history.length === 0 ? '-' : duration(history.reduce((total, { seconds }) => total + seconds, 0));
}

function scoreColumns({ runs, dataset, publishedSplit }: Report): Table {
  const beside = (run: ReportedRun) => (dataset.split === publishedSplit ? run.published : null);
  const measures = [
    { name: 'accuracy', key: 'accuracy', printed: 'accuracy' },
    { name: 'balanced accuracy', key: 'balancedAccuracy', printed: null },
    { name: 'macro F1', key: 'macroF1', printed: 'macroF1' },
    { name: 'weighted F1', key: 'weightedF1', printed: 'weightedF1' },
  ] as const;
  const majority = runs[0]?.metrics.majority;
  return {
    header: [
      '',
      ...runs.flatMap((run) => [run.label, '95 % interval', ...(beside(run) === null ? [] : ['original report'])]),
    ],
    rows: [
      ...measures.map(({ name, key, printed }) => [
        name,
        ...runs.flatMap((run) => {
          const original = beside(run);
          const estimate = run.scores[key];
          const theirs = printed === null || original === null ? '-' : score(original[printed]);
          return [score(estimate.value), intervalCell(estimate), ...(original === null ? [] : [theirs])];
        }),
      ]),
      ...(majority === undefined
        ? []
        : [
            [
              `accuracy, ${majorityName(majority)}`,
              ...runs.flatMap((run) => [score(majority.accuracy), '-', ...(beside(run) === null ? [] : ['-'])]),
            ],
          ]),
    ],
  };
}

/** scikit-learn's classification report. */
export function classificationTable({ metrics }: ReportedRun): Table {
  const { classes, accuracy, macro, weighted, count } = metrics;
  const images = count.toLocaleString('en');
  return {
    header: ['class', 'precision', 'recall', 'F1', 'support'],
    rows: [
      ...classes.map(({ name, precision, recall, f1, support }) => [
        name,
        score(precision),
        score(recall),
        score(f1),
        support.toLocaleString('en'),
      ]),
      ['accuracy', '', '', score(accuracy), images],
      ['macro average', score(macro.precision), score(macro.recall), score(macro.f1), images],
      ['weighted average', score(weighted.precision), score(weighted.recall), score(weighted.f1), images],
    ],
  };
}

/** The most frequent confusions of a run, with its surest examples by their index. */
export function confusedTable({ confusedPairs }: ReportedRun): Table {
  return {
    header: ['true class', 'taken for', 'images', 'of the class', 'surest examples'],
    rows: confusedPairs.map(({ truth, predicted, count, share, examples }) => [
      truth,
      predicted,
      count.toLocaleString('en'),
      percent(share),
      examples
        .slice(0, 4)
        .map(({ index }) => index)
        .join(', '),
    ]),
  };
}

/** Wrong answers, the surest first. */
export function mistakeTable(mistakes: readonly Mistake[]): Table {
  return {
    header: ['image', 'true class', 'answer', 'confidence', 'of the true class'],
    rows: mistakes.map(({ index, truth, predicted, confidence, truthProbability }) => [
      String(index),
      truth,
      predicted,
      percent(confidence),
      percent(truthProbability),
    ]),
  };
}

/** The bins of a run's calibration. */
export function binTable({ calibration }: ReportedRun): Table {
  const share = (value: number | null) => (value === null ? '-' : score(value));
  return {
    header: ['confidence', 'predictions', 'mean confidence', 'accuracy'],
    rows: calibration.bins.map(({ low, high, count, confidence, accuracy }) => [
      `${low.toFixed(3)} to ${high.toFixed(3)}`,
      count.toLocaleString('en'),
      share(confidence),
      share(accuracy),
    ]),
  };
}

/** A share in per cent with sensible digits: 12.3 %, 99.98 %, < 0.01 %. */
function percent(share: number): string {
  if (share > 0 && share < 1e-4) return '< 0.01 %';
  if (share < 1 && share > 0.9999) return '> 99.99 %';
  const digits = share > 0.99 || share < 0.01 ? 2 : 1;
  return `${(100 * share).toFixed(share === 0 || share === 1 ? 0 : digits)} %`;
}
