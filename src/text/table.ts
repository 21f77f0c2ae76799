/** A cell of a table: texts stand to the left, numbers to the right with their thousands apart. */
export type Cell = string | number;

/** Rows as columns of text, aligned: a column with a number in it to the right, with its heading. */
export function textTable(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const numeric = header.map((_, column) => rows.some((row) => typeof row[column] === 'number'));
  const cells = [header, ...rows.map((row) => row.map(cellText))];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) =>
    widths
      .map((width, column) =>
        numeric[column] ? (row[column] ?? '').padStart(width) : (row[column] ?? '').padEnd(width),
      )
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

/** The lines of a table in Markdown: the first column to the left, the others to the right. */
export function markdownTable(header: readonly string[], rows: readonly (readonly Cell[])[]): readonly string[] {
  const rule = header.map((_, column) => (column === 0 ? '---' : '---:'));
  return [header, rule, ...rows.map((row) => row.map(cellText))].map((cells) => `| ${cells.join(' | ')} |`);
}

function cellText(cell: Cell): string {
  return typeof cell === 'number' ? cell.toLocaleString('en') : cell;
}
