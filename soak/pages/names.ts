/** Names that would do harm wherever they are taken for anything but text. */
import type { Dice } from '../mutations/dice.ts';

/** What runs if a name becomes a part of a page or of a shell's line: it leaves the mark that is looked for. */
const parts: readonly string[] = [
  '<script>hacked=1</script>',
  '</script><script>hacked=1</script>',
  '"><img src=x onerror=hacked=1>',
  "' onmouseover='hacked=1",
  '</title><svg onload=hacked=1>',
  '</style><iframe src=https://evil.invalid/>',
  '</textarea>',
  '<!--',
  '-->',
  ']]>',
  '<b>bold</b>',
  '<https://evil.invalid/>',
  'https://evil.invalid/',
  '&lt;b&gt;',
  '&amp;',
  '&#x3c;script&#x3e;',
  '[text](javascript:hacked=1)',
  '![picture](https://evil.invalid/x.png)',
  '[ref]: https://evil.invalid',
  'javascript:hacked=1',
  '`code`',
  '```',
  '`touch hacked`',
  '$(touch hacked)',
  `$${'{hacked=1}'}`,
  '; touch hacked',
  '| a | b |',
  '&& touch hacked',
  '> hacked',
  '"',
  "'",
  "'\\''",
  '\\',
  '\n',
  '\r\n',
  '\t',
  '\n\n# title\n\n',
  '\n- item\n',
  '\u001b[31mred\u001b[0m',
  '\u001b]0;title\u0007',
  '\u202egnp.exe',
  '\u2066isolated',
  '\u200b',
  '# title',
  '- item',
  '1. item',
  '+ item',
  '> quote',
  '---',
  '===',
  '~~struck~~',
  '**bold**',
  '__bold__',
  '_em_',
  '[x]',
  '[^1]',
  '{{1+1}}',
  '%3Cscript%3E',
  '--help',
  '!important',
  '*',
  '~',
  '%s',
  ' ',
  'name',
  'Ärmel',
  '靴',
  'שמלה',
  '👟',
  'word '.repeat(40),
  'A'.repeat(180),
  '<'.repeat(60),
];

/** A name of some of these; never the same as one of `others`, and never of blanks alone. */
export function hostileName(dice: Dice, others: readonly string[] = []): string {
  const count = 1 + dice.below(3);
  const name = Array.from({ length: count }, () => dice.pick(parts)).join(dice.pick(['', ' ']));
  return name.trim() === '' || others.includes(name) ? `${name}x${others.length}` : name;
}

export function hostileNames(dice: Dice, count: number): readonly string[] {
  const names: string[] = [];
  while (names.length < count) names.push(hostileName(dice, names));
  return names;
}

/** A name that a folder can have. */
export function hostileFolder(dice: Dice, others: readonly string[] = []): string {
  const name = hostileName(dice, others).replaceAll('/', '∕');
  const short = Buffer.from(name).subarray(0, 150).toString('utf8').replaceAll('\ufffd', '');
  return others.includes(short) ? `${short}2` : short;
}
