/** Tables in texts, made to fit a terminal. */
import { columnsOf, cutMiddle } from './width.ts';

/** Between the columns of `textTable`. */
const gap = '  ';
/** Below the heading of a table: a rule for each column. */
const rules = /^-+(?: {2}-+)+$/;

interface Span {
  readonly start: number;
  readonly end: number | undefined;
  readonly width: number;
}

/**
 * A text in which every table that is too wide is cut into several below each other, each with the first column, so that
 * rows stay rows and numbers whole.
 */
export function fittedTables(text: string, columns: number): string {
  const lines = text.split('\n');
  const fitted: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const [line = '', below = ''] = lines.slice(at, at + 2);
    const end = rules.test(below) ? lines.indexOf('', at) : at;
    const table = lines.slice(at, end < 0 ? lines.length : end);
    if (Math.max(0, ...table.map(columnsOf)) > columns) {
      fitted.push(...parts(table, spansOf(below), columns));
      at += table.length - 1;
    } else fitted.push(line);
  }
  return fitted.join('\n');
}

function spansOf(rule: string): readonly Span[] {
  const spans = [...rule.matchAll(/-+/g)].map(({ index, 0: { length } }) => ({ start: index, width: length }));
  return spans.map((span, i) => ({ ...span, end: spans[i + 1]?.start }));
}

function parts(table: readonly string[], [first, ...others]: readonly Span[], columns: number): readonly string[] {
  if (!first) return table;
  const widest = Math.max(...others.map(({ width }) => width));
  const names = table.map((line) => cell(line, first));
  const nameWidth = Math.min(first.width, Math.max(1, columns - widest - gap.length));
  const groups = grouped(others, columns - nameWidth);
  return groups.flatMap((group, i) => [
    ...(i === 0 ? [] : ['']),
    ...table.map((line, row) => {
      const name = cutMiddle((names[row] ?? '').trimEnd(), nameWidth);
      const space = ' '.repeat(Math.max(0, nameWidth - columnsOf(name)));
      return [name + space, ...group.map((span) => cell(line, span))].join(gap).trimEnd();
    }),
  ]);
}

/** Columns that stand beside each other. */
function grouped(spans: readonly Span[], columns: number): readonly (readonly Span[])[] {
  const groups: Span[][] = [];
  let left = 0;
  for (const span of spans) {
    const needed = span.width + gap.length;
    if (needed > left) {
      groups.push([]);
      left = columns;
    }
    groups.at(-1)?.push(span);
    left -= needed;
  }
  return groups;
}

function cell(line: string, { start, end, width }: Span): string {
  return line.slice(start, end).trimEnd().padEnd(width);
}
