import { oneLine } from './printable.ts';

/** Text that Markdown shall show as it is; line breaks become spaces. */
export function escaped(text: string): string {
  return oneLine(text.replaceAll('\n', ' ')).replaceAll(/[\\`*_[\]<|]/g, '\\$&');
}

/** Text as code within a line, whatever backticks it has. */
export function inlineCode(text: string): string {
  const plain = oneLine(text.replaceAll('\n', ' '));
  const ticks = '`'.repeat(Math.max(0, ...[...plain.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  const space = /^`|`$/.test(plain) ? ' ' : '';
  return `${ticks}${space}${plain}${space}${ticks}`;
}
