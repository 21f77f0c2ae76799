/** Texts from outside (names of classes, runs and files) where signs that act on a terminal or break a line would do harm. */

const known: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Control characters, and those that turn the direction of what follows. */
const hidden = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** Whether a text has signs that cannot be seen. */
export function hides(text: string): boolean {
  return text.search(hidden) !== -1;
}

/** A text in one line, in which nothing hides: what cannot be seen is written as its escape. */
export function oneLine(text: string): string {
  return text.replaceAll(hidden, escapeOf);
}

/** As `oneLine`, of a text whose lines stay. */
export function visible(text: string): string {
  return text.replaceAll(hidden, (sign) => (sign === '\n' ? sign : escapeOf(sign)));
}

function escapeOf(sign: string): string {
  const code = sign.codePointAt(0) ?? 0;
  return known[sign] ?? (code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`);
}
