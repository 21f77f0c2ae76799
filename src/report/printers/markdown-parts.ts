import type { Table } from '../../evaluation/comparison/tables.ts';
import { escaped } from '../../text/markdown.ts';

/** Blocks of Markdown, one after the other, with a final newline. */
export function joined(blocks: readonly string[]): string {
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

/** A table; the first column is text, the others are numbers and stand to the right. */
export function markdownTable({ header, rows }: Table, textColumns = 1): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |`;
  const rule = header.map((_, column) => (column < textColumns ? '---' : '---:'));
  return [line(header), `|${rule.join('|')}|`, ...rows.map(line)].join('\n');
}

/** A picture with its caption below. */
export function picture(path: string, caption: string): string {
  return `![${escaped(caption)}](<${path}>)\n\n*${escaped(caption)}*`;
}

/** Lines as a fenced block, verbatim. */
export function fenced(text: string, language = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.replace(/\n+$/, '')}\n${fence}`;
}

/** Points of a list. */
export function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}
