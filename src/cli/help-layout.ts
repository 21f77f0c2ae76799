/** Two columns of text: names, and what is said of them. */

/** A name and what is said of it. */
export interface Entry {
  readonly left: string;
  readonly text: string;
}

/** Names that are longer stand on a line of their own. */
const widestLeft = 27;
const gap = 2;
/** Help sets its sections in by so much. */
const indent = 2;

/** The column in which what is said of some names begins. */
export function columnOf(entries: readonly Entry[]): number {
  const fitting = entries.map(({ left }) => left.length).filter((length) => length <= widestLeft);
  return Math.max(0, ...fitting) + gap;
}

/** The lines of some entries, none longer than `width` with the indentation of its section. */
export function entryLines(
  entries: readonly Entry[],
  width: number,
  column: number = columnOf(entries),
): readonly string[] {
  return entries.flatMap(({ left, text }) => {
    const lines = wrapped(text, width - indent - column).map((line) => ' '.repeat(column) + line);
    const [first = ''] = lines;
    return left.length + gap > column ? [left, ...lines] : [left + first.slice(left.length), ...lines.slice(1)];
  });
}

/** A text in lines of at most so many columns; a longer word keeps a line to itself. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
