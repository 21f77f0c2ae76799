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
  // Without a font a full stop is a box as high as that of a letter; in every font it is much lower.
  found ??= highestInk('.') > highestInk('M');
  if (found) return;
  throw new AtelierError(
    'there is no font to draw with: every letter would be an empty box. Install one. On Debian and Ubuntu: apt-get install fonts-dejavu-core; on Alpine: apk add font-dejavu; on Fedora: dnf install dejavu-sans-fonts.',
    { code: 'font-missing' },
  );
}

/** The first row from above that has ink of a text. */
function highestInk(text: string): number {
  const context = createCanvas(2 * size, 2 * size).getContext('2d');
  context.font = `${size}px ${lightTheme.font}`;
  context.fillText(text, size / 2, 1.5 * size);
  const { data, width } = context.getImageData(0, 0, 2 * size, 2 * size);
  const covered = data.findIndex((value, at) => at % 4 === 3 && value > 127);
  return Math.floor(covered / 4 / width);
}
