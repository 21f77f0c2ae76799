/** Texts measured in columns of a terminal, where some characters take two. */
import { stripVTControlCharacters } from 'node:util';
import { eastAsianWidth } from 'get-east-asian-width';

const graphemes = new Intl.Segmenter();
const gap = '…';

/** Columns that a text of one line takes; escapes take none. */
export function columnsOf(text: string): number {
  return charactersOf(stripVTControlCharacters(text)).reduce((sum, character) => sum + widthOf(character), 0);
}

/** What is read as characters, accents with their letters. */
function charactersOf(text: string): readonly string[] {
  return [...graphemes.segment(text)].map(({ segment }) => segment);
}

function widthOf(character: string): number {
  return eastAsianWidth(character.codePointAt(0) ?? 0);
}

/** A text in at most so many columns: where it has more, its end gives way. */
export function cutEnd(text: string, columns: number): string {
  return columnsOf(text) <= columns ? text : `${beginning(charactersOf(text), columns - 1)}${gap}`;
}

/** A path in at most so many columns: where it has more, its middle gives way, as names differ at their ends. */
export function cutMiddle(path: string, columns: number): string {
  if (columnsOf(path) <= columns) return path;
  const characters = charactersOf(path);
  const head = beginning(characters, Math.floor((columns - 1) / 3));
  const tail = beginning(characters.toReversed(), columns - 1 - columnsOf(head));
  return `${head}${gap}${charactersOf(tail).toReversed().join('')}`;
}

/** The first characters that fit. */
function beginning(characters: readonly string[], columns: number): string {
  let [text, width] = ['', 0];
  for (const character of characters) {
    width += widthOf(character);
    if (width > columns) break;
    text += character;
  }
  return text;
}

/** A text to the right, or left, of so many columns. */
export function padded(text: string, columns: number, side: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, columns - columnsOf(text)));
  return side === 'left' ? `${text}${space}` : `${space}${text}`;
}

/** Where a command to paste begins in a message. */
const command = /npx atelier /;

/**
 * The lines of a text, broken between words where one is too long, what follows indented by `hang`. A command begins a line of its own and is broken as a
 * shell reads on, so that it can be pasted. A word that is longer than a line stays whole.
 */
export function wrapped(text: string, columns: number, hang = 2): readonly string[] {
  return text.split('\n').flatMap((line) => {
    if (columnsOf(line) <= columns) return [line];
    const at = line.search(command);
    if (at < 0) return filled(line, columns, hang);
    const before = line.slice(0, at).trimEnd();
    return [
      ...(before === '' ? [] : filled(before, columns, hang)),
      ...continued(`${' '.repeat(before === '' ? at : hang)}${line.slice(at)}`, columns),
    ];
  });
}

/** A command in lines that a shell reads as one. */
export function continued(line: string, columns: number): readonly string[] {
  const lines = filled(line, columns, 2, 2);
  return lines.map((part, i) => (i < lines.length - 1 ? `${part} \\` : part));
}

/** Words in lines, all but the first indented by `hang`; `spare` columns are left free at the end of each. */
function filled(line: string, columns: number, hang: number, spare = 0): readonly string[] {
  if (columnsOf(line) <= columns) return [line];
  const indent = /^ */.exec(line)?.[0] ?? '';
  const [first = '', ...words] = line.trim().split(' ');
  const lines: string[] = [];
  let current = `${indent}${first}`;
  for (const word of words) {
    if (columnsOf(`${current} ${word}`) <= columns - spare) current += ` ${word}`;
    else {
      lines.push(current);
      current = `${indent}${' '.repeat(hang)}${word}`;
    }
  }
  return [...lines, current];
}
