import { AtelierError } from '../errors.ts';

/** One row of CSV after RFC 4180 with a final newline: a cell with a comma, quote or line break is quoted. */
export function formatCsvRow(cells: readonly (string | number | boolean)[]): string {
  return `${cells.map((cell) => quoteWhereNeeded(String(cell))).join(',')}\n`;
}

function quoteWhereNeeded(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/**
 * The rows of a CSV text after RFC 4180; lines may end in LF or CRLF, the last one in neither.
 *
 * @param source the text's name in messages, usually its path
 * @throws AtelierError where a quoted cell is not closed or goes on after its quote
 */
export function parseCsv(text: string, source: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  // One cell, plain or quoted, and what ends it. `y` makes each match begin where the one before ended.
  const cellPattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  while (cellPattern.lastIndex < text.length || row.length > 0) {
    const at = cellPattern.lastIndex;
    const match = cellPattern.exec(text);
    if (match === null) {
      throw new AtelierError(
        `${source}: row ${rows.length + 1}, cell ${row.length + 1} (character ${at}) is not CSV: expected a plain cell or a quoted one that is closed. Check its quotes.`,
        { code: 'file-damaged' },
      );
    }
    const [, quoted, plain = '', end] = match;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}
