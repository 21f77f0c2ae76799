/** The comparison's numbers as cells of text, for whoever prints them: the command line, the Markdown, the page. */
import type { Majority } from '../metrics.ts';
import type { PublishedComparison } from './against-published.ts';
import type { ComparedRun, GroupComparison } from './compare.ts';
import type { Estimate } from './intervals.ts';
import { beyondImages, type CorrectedDifference, isReal, type PairComparison, type TestedDifference } from './pair.ts';
import { points, pValue, score } from './words.ts';

export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A leader board: each run in a row, the most accurate first, and at the end what the most frequent class alone comes to. */
export function scoreTable({ runs, majority }: Pick<GroupComparison, 'runs' | 'majority'>): Table {
  const columns: Readonly<Record<string, (run: ComparedRun) => string>> = {
    accuracy: ({ accuracy }) => score(accuracy.value),
    '95 % interval': ({ accuracy }) => intervalCell(accuracy),
    balanced: ({ balancedAccuracy }) => score(balancedAccuracy.value),
    'macro F1': ({ macroF1 }) => score(macroF1.value),
    loss: ({ loss }) => score(loss),
    parameters: ({ parameters }) => parameters?.toLocaleString('en') ?? '-',
    'best epoch': ({ bestEpoch, epochs }) => (bestEpoch === null ? '-' : `${bestEpoch} of ${epochs}`),
    time: ({ seconds }) => (seconds === null ? '-' : duration(seconds)),
    seed: ({ seed }) => String(seed),
  };
  const cells = Object.values(columns);
  return {
    header: ['run', ...Object.keys(columns)],
    rows: [
      ...runs
        .toSorted((a, b) => b.accuracy.value - a.accuracy.value)
        .map((run) => [run.label, ...cells.map((cell) => cell(run))]),
      [majorityName(majority), score(majority.accuracy), ...cells.slice(1).map(() => '-')],
    ],
  };
}

/** A time of training: `45 s`, `12 min`, `3 h 05 min`. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${seconds.toFixed(0)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** Each pair in a row: the second run's differences from the first, and what is to be made of that of the accuracy. */
export function pairsTable(pairs: readonly PairComparison[], baseline: string | null): Table {
  const cells = ({ difference, low, high, pValue: p }: TestedDifference) => [
    points(difference),
    `${points(low)} to ${points(high)}`,
    pValue(p),
  ];
  return {
    header: [
      baseline === null ? 'run, less another' : `run, less ${baseline}`,
      'accuracy',
      '95 % interval',
      'p',
      'macro F1',
      '95 % interval',
      'p',
      'more accurate',
    ],
    rows: pairs.map(({ first, second, accuracy, macroF1 }) => [
      baseline === null ? `${second} less ${first}` : second,
      ...cells(accuracy),
      ...cells(macroF1),
      betterCell(accuracy, [first, second]),
    ]),
  };
}

/** Which of two runs a difference speaks for, or why for neither. */
function betterCell(difference: TestedDifference, [first, second]: readonly [string, string]): string {
  if (isReal(difference)) return difference.difference > 0 ? second : first;
  return beyondImages(difference) ? 'within seeds' : 'cannot be told';
}

/** `always Bag`: the answer that a model must be better than. */
export function majorityName({ class: name }: Majority): string {
  return `always ${name}`;
}

/** The interval of an estimate: `0.9219 to 0.9321`. */
export function intervalCell({ interval }: Pick<Estimate, 'interval'>): string {
  return interval === null ? '-' : `${score(interval.low)} to ${score(interval.high)}`;
}

/** The tests of a pair over all classes. */
export function pairTable({ first, second, accuracy, macroF1 }: PairComparison): Table {
  return {
    header: ['measure', first, second, 'points', '95 % interval', 'p', 'test'],
    rows: [
      { name: 'accuracy', test: 'McNemar, exact', ...accuracy },
      { name: 'macro F1', test: 'randomization', ...macroF1 },
    ].map(({ name, test, ...of }) => [
      name,
      score(of.first),
      score(of.second),
      points(of.difference),
      `${points(of.low)} to ${points(of.high)}`,
      pValue(of.pValue),
      test,
    ]),
  };
}

/** Recall and F1 of each class of a pair; p-values corrected by Holm. */
export function classTable({ classes }: PairComparison): Table {
  const cells = ({ first, second, difference, low, high, adjustedPValue }: CorrectedDifference) => [
    `${score(first)} -> ${score(second)}`,
    points(difference),
    `${points(low)} to ${points(high)}`,
    pValue(adjustedPValue),
  ];
  return {
    header: ['class', 'recall', 'points', '95 % interval', 'p (Holm)', 'F1', 'points', '95 % interval', 'p (Holm)'],
    rows: classes.map(({ name, recall, f1 }) => [name, ...cells(recall), ...cells(f1)]),
  };
}

/** A run's scores over all classes beside the report's. */
export function publishedScoreTable({ rows }: PublishedComparison): Table {
  return {
    header: ['measure', 'this run', '95 % interval', 'report', 'points', 'report within'],
    rows: rows
      .filter(({ className }) => className === null)
      .map((row) => [
        row.measure,
        score(row.ours),
        intervalCell(row),
        score(row.published),
        points(row.difference),
        row.within ? 'yes' : 'no',
      ]),
  };
}

/** A run's classes beside the report's: each measure and, in points, what it has more than the report; `*`: outside. */
export function publishedClassTable({ rows }: PublishedComparison): Table {
  const names = [...new Set(rows.flatMap(({ className }) => className ?? []))];
  const measures = ['precision', 'recall', 'F1'] as const;
  return {
    header: ['class', ...measures.flatMap((measure) => [measure, 'report', 'points'])],
    rows: names.map((name) => [
      name,
      ...measures.flatMap((measure) => {
        const row = rows.find((one) => one.className === name && one.measure === measure);
        return row === undefined
          ? ['-', '-', '-']
          : [score(row.ours), score(row.published), `${points(row.difference)}${row.within ? '' : ' *'}`];
      }),
    ]),
  };
}

/** What the table of classes against the report comes to, in a sentence. */
export function publishedSentence({ label, rows }: PublishedComparison): string {
  const inside = rows.filter(({ within }) => within).length;
  return (
    `${inside} of the report's ${rows.length} numbers lie in the 95 % intervals of ${label}` +
    `${inside === rows.length ? '' : '; * marks those outside'}. Within means that the difference is no larger than the choice of ` +
    "images would make it, not that it is none. The report's predictions are not published, so no paired test is possible."
  );
}
