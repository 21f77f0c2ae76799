/** The only place that writes to standard output. Results go there, everything else to standard error. */

import { visible } from '../text/printable.ts';
import type { CommandResult } from './command.ts';
import { fittedTables } from './terminal/tables.ts';
import { wrapped } from './terminal/width.ts';

export { textTable as formatTable } from '../text/table.ts';

/** What goes on below such a line is indented. */
const listItem = /^ *(?:- |\d+\. )/;

/** Prints a command's answer, as text or as one JSON document. */
export function printResult({ text, json }: CommandResult, asJson: boolean): void {
  const output = asJson ? JSON.stringify(json, undefined, 2) : shown(visible(text));
  if (output !== '') console.log(output);
}

/** A text in the columns of the terminal that it goes to; files and programs get it as it is. */
function shown(text: string): string {
  const { isTTY, columns } = process.stdout;
  if (!isTTY || !columns) return text;
  const lines = fittedTables(text, columns).split('\n');
  return lines.flatMap((line) => wrapped(line, columns, listItem.test(line) ? 2 : 0)).join('\n');
}
