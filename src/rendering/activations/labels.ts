import { createCanvas } from 'canvas';
import { shorten } from '../canvas.ts';
import { requireFont } from '../font.ts';
import { lightTheme } from '../theme.ts';
import { inkIndex } from './color-map.ts';
import type { Indices } from './sheet-png.ts';
import { px } from './unit.ts';

export interface LabelStyle {
  /** Units. */
  readonly size: number;
  readonly weight?: 'normal' | 'bold';
  readonly align?: 'left' | 'center' | 'right';
  /** Pixels; longer texts end in an ellipsis. */
  readonly maxWidth?: number;
}

/** Drawing text takes longer than everything else on a sheet, and channel numbers and class names come again and again. */
const cache = new Map<string, Indices>();
const cacheLimit = 2000;

/** A line of text in the palette's steps from paper to ink. Its height is 1.4 times the size of its letters. */
export function label(text: string, { size, weight = 'normal', maxWidth = Infinity }: LabelStyle): Indices {
  const key = JSON.stringify([text, size, weight, maxWidth]);
  const known = cache.get(key);
  if (known !== undefined) return known;
  if (cache.size >= cacheLimit) cache.clear();
  const drawn = draw(text, size, weight, maxWidth);
  cache.set(key, drawn);
  return drawn;
}

/** Writes a line of text with its top at y; x is its left end, middle or right end. */
export function writeText(picture: Indices, text: string, x: number, y: number, style: LabelStyle): void {
  const { width, height, indices } = label(text, style);
  const { align = 'left' } = style;
  const wanted = align === 'left' ? x : align === 'center' ? x - Math.round(width / 2) : x - width;
  const left = Math.max(0, Math.min(wanted, picture.width - width));
  for (let row = 0; row < height; row += 1) {
    indices.copy(picture.indices, (y + row) * picture.width + left, row * width, (row + 1) * width);
  }
}

const ruler = createCanvas(1, 1).getContext('2d');

function draw(text: string, size: number, weight: string, maxWidth: number): Indices {
  requireFont();
  const font = `${weight} ${px(size)}px ${lightTheme.font}`;
  ruler.font = font;
  const shown = shorten(ruler, text, maxWidth);
  const width = Math.max(1, Math.ceil(ruler.measureText(shown).width));
  const height = Math.round(px(size) * 1.4);
  const context = createCanvas(width, height).getContext('2d');
  // How much of a pixel the letters cover, whatever the colours.
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, width, height);
  context.fillStyle = '#000000';
  context.font = font;
  context.antialias = 'gray';
  context.fillText(shown, 0, Math.round(px(size) * 1.07));
  const { data } = context.getImageData(0, 0, width, height);
  const indices = Buffer.alloc(width * height);
  for (let at = 0; at < indices.length; at += 1) indices[at] = inkIndex(1 - (data[4 * at] ?? 255) / 255);
  return { width, height, indices };
}
