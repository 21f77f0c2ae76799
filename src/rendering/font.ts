import { createCanvas } from 'canvas';
import { AtelierError } from '../errors.ts';
import { lightTheme } from './theme.ts';

const size = 40;
let found: boolean | undefined;

/**
 * Checks that letters can be drawn. Without any font every letter is the same empty box and no library says so; a container
 * often has none.
 *
 * @throws AtelierError naming the packages that bring one
 */
export function requireFont(): void {
  const problem = fontProblem();
  if (problem !== undefined) throw problem;
}

/** The same, for whoever can do without pictures: undefined where letters can be drawn. */
export function fontProblem(): AtelierError | undefined {
  found ??= lettersAreDrawn();
  if (found) return undefined;
  return new AtelierError(
    'there is no font to draw with: every letter would be an empty box. Install one. On Debian and Ubuntu: apt-get install fonts-dejavu-core; on Alpine: apk add font-dejavu; on Fedora: dnf install dejavu-sans-fonts.',
    { code: 'font-missing' },
  );
}

/**
 * Without a font some systems draw a box for every letter, as high for a full stop as for a capital; others draw nothing, or
 * remains of what was drawn before. In every font a full stop is much lower than a capital and has much less ink.
 */
function lettersAreDrawn(): boolean {
  const [stop, ...capitals] = ['.', 'M', 'W'].map(inkOf);
  return capitals.every(
    ({ amount, top }) => stop !== undefined && stop.amount > 0 && amount > 2 * stop.amount && top < stop.top - size / 4,
  );
}

/** How many pixels a text covers, and the first row from above of them; infinite for none. */
function inkOf(text: string): { readonly amount: number; readonly top: number } {
  const context = createCanvas(2 * size, 2 * size).getContext('2d');
  context.font = `${size}px ${lightTheme.font}`;
  context.fillText(text, size / 2, 1.5 * size);
  const { data, width } = context.getImageData(0, 0, 2 * size, 2 * size);
  const rows = Array.from({ length: data.length / 4 }, (_, at) => ((data[4 * at + 3] ?? 0) > 127 ? [at] : []))
    .flat()
    .map((at) => Math.floor(at / width));
  return { amount: rows.length, top: rows[0] ?? Number.POSITIVE_INFINITY };
}
