import { oneLine } from '../text/printable.ts';
import type { Averages, Metrics } from './metrics.ts';

/**
 * The text that scikit-learn's classification_report prints (version 0.22 and later), final newline included.
 *
 * @param digits after the point; scikit-learn's own default is 2
 */
export function classificationReport(metrics: Metrics, digits = 4): string {
  const { count, accuracy, macro, weighted } = metrics;
  const classes = metrics.classes.map((one) => ({ ...one, name: oneLine(one.name) }));
  const lastHeading = 'weighted avg';
  const nameWidth = Math.max(lastHeading.length, digits, ...classes.map(({ name }) => [...name].length));
  const line = (heading: string, ...cells: readonly string[]): string =>
    `${' '.repeat(nameWidth - [...heading].length)}${heading} ${cells.map((cell) => ` ${cell.padStart(9)}`).join('')}\n`;
  const row = (heading: string, { precision, recall, f1 }: Averages, support: number): string =>
    line(heading, ...[precision, recall, f1].map((value) => toFixedHalfEven(value, digits)), String(support));
  return [
    line('', 'precision', 'recall', 'f1-score', 'support'),
    '\n',
    ...classes.map((one) => row(one.name, one, one.support)),
    '\n',
    line('accuracy', '', '', toFixedHalfEven(accuracy, digits), String(count)),
    row('macro avg', macro, count),
    row(lastHeading, weighted, count),
  ].join('');
}

/**
 * Python's `format(value, '.4f')`: rounds the exact binary value, halves to even. JavaScript's toFixed is exact, too, but
 * rounds halves up: 1/32 with four digits is 0.0312 there and 0.0313 here.
 *
 * @param value not negative
 * @param digits 0 to 20
 */
export function toFixedHalfEven(value: number, digits: number): string {
  const rounded = value.toFixed(digits);
  // A value that lies halfway has at most 21 binary places, so 100 decimal ones show it exactly.
  const [whole = '', fraction = ''] = value.toFixed(100).split('.');
  if (!/^50*$/.test(fraction.slice(digits))) return rounded;
  const down = digits === 0 ? whole : `${whole}.${fraction.slice(0, digits)}`;
  return /[02468]$/.test(down) ? down : rounded;
}
