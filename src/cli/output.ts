/** The only place that writes to standard output. Results go there, everything else to standard error. */
import type { CommandResult } from './command.ts';

export { textTable as formatTable } from '../text/table.ts';

/** Prints a command's answer, as text or as one JSON document. */
export function printResult({ text, json }: CommandResult, asJson: boolean): void {
  const output = asJson ? JSON.stringify(json, undefined, 2) : text;
  if (output !== '') console.log(output);
}
