import { oneLine } from './printable.ts';

/** A cell of a table: a text, a number, or a number that is written already. */
export type Cell = string | number | { readonly number: string };

/** Rows as aligned columns: those with a number in them to the right, others to the left; a heading stands as its cells do. */
export function textTable(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const right = header.map((_, column) => rows.some((row) => isNumber(row[column])));
  const texts = [header, ...rows.map((row) => row.map(cellText))];
  const widths = header.map((_, column) => Math.max(...texts.map((row) => row[column]?.length ?? 0)));
  const lines = texts.map((row) =>
    widths
      .map((width, column) => (right[column] ? (row[column] ?? '').padStart(width) : (row[column] ?? '').padEnd(width)))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

/** The lines of a table in Markdown: the first columns, one or more, to the left, the others to the right. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly Cell[])[],
  textColumns = 1,
): readonly string[] {
  const rule = header.map((_, column) => (column < textColumns ? '---' : '---:'));
  return [header, rule, ...rows.map((row) => row.map(cellText))].map((cells) => `| ${cells.join(' | ')} |`);
}

function isNumber(cell: Cell | undefined): boolean {
  return cell !== undefined && typeof cell !== 'string';
}

/** Plain numbers with their thousands apart. */
function cellText(cell: Cell): string {
  if (typeof cell === 'object') return cell.number;
  return typeof cell === 'number' ? cell.toLocaleString('en') : oneLine(cell);
}
