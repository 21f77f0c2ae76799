import { oneLine } from './printable.ts';

/** Text that Markdown shall show as it is, wherever it stands in a line; line breaks become spaces. */
export function escaped(text: string): string {
  return oneLine(text.replaceAll(/\r?\n/g, ' '))
    .replaceAll(/[\\`*_[\]<|~]/g, '\\$&')
    .replaceAll(/&(?=#|\w+;)/g, '&amp;')
    .replaceAll(/:(?=\/\/)|(?<=\bwww)\.|@/gi, '\\$&')
    .replace(
      atStart,
      (_, space: string, number: string, sign: string) => `${space.replaceAll(' ', '&#32;')}${number}\\${sign}`,
    )
    .replace(/^ +/, (space) => '&#32;'.repeat(space.length));
}

/** What would make a line a heading, a point of a list, a quotation, a rule or the line below a heading. */
const atStart = /^( *)(\d{0,9})((?<=\d)[.)](?=\s|$)|(?<!\d)(?:[-+](?=\s|-)|#(?=[\s#]|$)|>|=))/;

/** Text that leads somewhere, if that is a place on the web. */
export function link(text: string, address: string): string {
  if (!/^https?:\/\//i.test(address)) return escaped(text);
  return `[${escaped(text)}](<${address.replaceAll(/[\s<>\\]/g, (sign) => encodeURIComponent(sign))}>)`;
}

/** Text as code within a line, whatever backticks it has. */
export function inlineCode(text: string): string {
  const plain = oneLine(text.replaceAll('\n', ' '));
  const ticks = '`'.repeat(Math.max(0, ...[...plain.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  const space = /^`|`$/.test(plain) ? ' ' : '';
  return `${ticks}${space}${plain}${space}${ticks}`;
}
