/** The table that grows by a row an epoch. */

import { percent, perSecond } from '../../text/numbers.ts';
import type { EpochRecord } from '../../training/history.ts';
import { duration } from './live-line.ts';
import { padded } from './width.ts';

const names = ['epoch', 'trainLoss', 'trainAccuracy', 'loss', 'accuracy', 'rate', 'speed', 'time', 'best'] as const;
type ColumnName = (typeof names)[number];

interface Column {
  /** What stands above the heading, maybe above the next ones too, and how far from the left of this column. */
  readonly above?: readonly [text: string, at: number];
  readonly heading: string;
  readonly width: number;
  cell(record: EpochRecord, isBest: boolean): string;
}

const columns: Readonly<Record<ColumnName, Column>> = {
  epoch: { heading: 'epoch', width: 5, cell: ({ epoch }) => String(epoch) },
  trainLoss: { above: ['training', 2], heading: 'loss', width: 6, cell: ({ train }) => lossText(train.loss) },
  trainAccuracy: { heading: 'accuracy', width: 8, cell: ({ train }) => percent(train.accuracy, 2) },
  loss: { above: ['validation', 2], heading: 'loss', width: 6, cell: ({ validation }) => lossText(validation.loss) },
  accuracy: { heading: 'accuracy', width: 8, cell: ({ validation }) => percent(validation.accuracy, 2) },
  rate: { above: ['learning', 0], heading: 'rate', width: 8, cell: ({ lr }) => rateText(lr) },
  speed: { heading: 'images/s', width: 9, cell: (record) => perSecond(record.images_per_second) },
  time: { heading: 'time', width: 8, cell: ({ seconds }) => duration(seconds) },
  best: { heading: '', width: 4, cell: (_record, isBest) => (isBest ? 'best' : '') },
};

/** What gives way where the screen is narrow, the least important first. */
const dispensable: readonly (readonly ColumnName[])[] = [
  ['speed'],
  ['time'],
  ['rate'],
  ['trainLoss', 'trainAccuracy'],
  ['best'],
  ['loss'],
];
const gap = '  ';

/** The columns that fit. */
export function columnsFor(width: number): readonly ColumnName[] {
  for (let dropped = 0; ; dropped++) {
    const gone = dispensable.slice(0, dropped).flat();
    const kept = names.filter((name) => !gone.includes(name));
    const needed = kept.reduce((sum, name) => sum + columns[name].width + gap.length, -gap.length);
    if (needed <= width || dropped === dispensable.length) return kept;
  }
}

/** Two lines above the rows. */
export function headingLines(chosen: readonly ColumnName[]): readonly string[] {
  let above = '';
  let left = 0;
  for (const name of chosen) {
    const { above: [text, at] = ['', 0], width } = columns[name];
    if (text !== '') above = above.padEnd(left + at) + text;
    left += width + gap.length;
  }
  return [above, line(chosen, (name) => columns[name].heading)];
}

export function rowLine(chosen: readonly ColumnName[], record: EpochRecord, isBest: boolean): string {
  return line(chosen, (name) => columns[name].cell(record, isBest));
}

function line(chosen: readonly ColumnName[], text: (name: ColumnName) => string): string {
  return chosen
    .map((name) => padded(text(name), columns[name].width, 'right'))
    .join(gap)
    .trimEnd();
}

/** A rate in eight columns: '0.00100', '5.23e-5'. */
function rateText(rate: number): string {
  const text = rate.toPrecision(3);
  return text.length <= columns.rate.width ? text : rate.toExponential(2);
}

/** A loss in six columns: '0.4321', '123.46', '1.2e+5'. */
export function lossText(loss: number): string {
  if (loss < 10) return loss.toFixed(4);
  return loss < 1000 ? loss.toPrecision(5) : loss.toExponential(1);
}
