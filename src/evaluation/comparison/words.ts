/** How numbers are written in sentences and tables: one place, so that they read alike everywhere. */

/** A share with four digits: 0.9272. */
export function score(value: number): string {
  return value.toFixed(4);
}

/** A number with its sign; what rounds to nothing has none: +0.47, -1.35, 0.00. */
export function signed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  if (Number(text) === 0) return text.replace('-', '');
  return value > 0 ? `+${text}` : text;
}

/** A difference of shares in percentage points: -1.35. */
export function points(share: number): string {
  return signed(100 * share, 2);
}

/** A p-value: `0.043`, or `< 0.001`. */
export function pValue(p: number): string {
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** A p-value with its letter: `p = 0.043`, or `p < 0.001`. */
export function pStatement(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`;
}

/** Names in a sentence: `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

const words = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];

/** A count in a sentence: a word up to twelve, then digits. */
export function numberWord(count: number): string {
  return words[count] ?? count.toLocaleString('en');
}

/** A count with what is counted: `1 class`, `2 classes`. */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : several}`;
}

/** The text with a capital letter in front. */
export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
