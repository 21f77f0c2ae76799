/** The only place that writes to standard output. Results go there, everything else to standard error. */
import { type Cell, textTable } from '../text/table.ts';
import type { CommandResult } from './command.ts';
import { columnsOf, cutMiddle, wrapped } from './terminal/width.ts';

/** Columns of a text that still says something. */
const shortestText = 12;

/** Columns of the terminal that results go to; undefined where they go to a file or a program, which get all. */
function terminalColumns(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns || undefined : undefined;
}

/** Rows as aligned columns; on a terminal that is narrower, the longest texts, which are paths, lose their middle. */
export function formatTable(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const table = textTable(header, rows);
  const columns = terminalColumns();
  if (columns === undefined) return table;
  const excess = Math.max(...table.split('\n').map(columnsOf)) - columns;
  const texts = rows.flat().filter((cell) => typeof cell === 'string');
  const longest = Math.max(0, ...texts.map(columnsOf));
  if (excess <= 0 || longest - excess < shortestText) return table;
  const fitting = (cell: Cell) => (typeof cell === 'string' ? cutMiddle(cell, longest - excess) : cell);
  return textTable(
    header,
    rows.map((row) => row.map(fitting)),
  );
}

/** Prints a command's answer, as text or as one JSON document. */
export function printResult({ text, json }: CommandResult, asJson: boolean): void {
  const columns = terminalColumns();
  const shown = columns === undefined ? text : wrapped(text, columns).join('\n');
  const output = asJson ? JSON.stringify(json, undefined, 2) : shown;
  if (output !== '') console.log(output);
}
