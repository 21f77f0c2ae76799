import { type Canvas, type CanvasRenderingContext2D, createCanvas, createImageData } from 'canvas';
import { requireFont } from './font.ts';
import { type Raster, toRgb } from './raster.ts';
import type { Theme } from './theme.ts';

/** A canvas with its context, in units of which `ratio` pixels make one. */
export interface Surface {
  readonly canvas: Canvas;
  readonly context: CanvasRenderingContext2D;
}

/** A surface filled with the theme's paper. Width and height are in units and rounded up. */
export function createSurface(width: number, height: number, ratio: number, theme: Theme): Surface {
  const canvas = createCanvas(Math.ceil(width * ratio), Math.ceil(height * ratio));
  const context = canvas.getContext('2d');
  context.fillStyle = theme.paper;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.scale(ratio, ratio);
  // Nearest neighbour: a pixel of the data stays a square.
  context.imageSmoothingEnabled = false;
  context.textBaseline = 'alphabetic';
  return { canvas, context };
}

/** Draws an image with its top left corner at (x, y), `scale` units per pixel. */
export function drawRaster(context: CanvasRenderingContext2D, image: Raster, x: number, y: number, scale: number) {
  const { width, height } = image;
  const rgb = toRgb(image);
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let at = 0, to = 0; at < rgb.length; at += 3, to += 4) {
    rgba[to] = rgb[at] ?? 0;
    rgba[to + 1] = rgb[at + 1] ?? 0;
    rgba[to + 2] = rgb[at + 2] ?? 0;
  }
  const small = createCanvas(width, height);
  small.getContext('2d').putImageData(createImageData(rgba, width, height), 0, 0);
  context.drawImage(small, x, y, width * scale, height * scale);
}

export interface TextStyle {
  readonly size: number;
  readonly color: string;
  readonly weight?: 'normal' | 'bold';
  readonly align?: 'left' | 'center' | 'right';
  /** Longer texts end in an ellipsis. */
  readonly maxWidth?: number;
}

/**
 * Draws one line of text with its baseline at y.
 *
 * @throws AtelierError where no font is installed
 */
export function drawText(
  context: CanvasRenderingContext2D,
  theme: Theme,
  text: string,
  x: number,
  y: number,
  style: TextStyle,
): void {
  requireFont();
  const { size, color, weight = 'normal', align = 'left', maxWidth = Infinity } = style;
  context.font = `${weight} ${size}px ${theme.font}`;
  context.fillStyle = color;
  context.textAlign = align;
  context.fillText(shorten(context, text, maxWidth), x, y);
}

/** The text, or as much of its start as fits with an ellipsis, in the context's font. */
export function shorten(context: CanvasRenderingContext2D, text: string, maxWidth: number): string {
  if (context.measureText(text).width <= maxWidth) return text;
  const characters = [...text];
  while (characters.length > 1 && context.measureText(`${characters.join('')}…`).width > maxWidth) characters.pop();
  return `${characters.join('').trimEnd()}…`;
}

/** The widest of some texts, in units. */
export function widest(
  context: CanvasRenderingContext2D,
  theme: Theme,
  texts: readonly string[],
  size: number,
): number {
  context.font = `normal ${size}px ${theme.font}`;
  return Math.max(0, ...texts.map((text) => context.measureText(text).width));
}

/** A PNG of a canvas, compressed outside the main thread. `ratio` becomes its resolution: 72 units per inch. */
export async function encodeCanvas(canvas: Canvas, ratio: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    canvas.toBuffer((error, png) => (error === null ? resolve(png) : reject(error)), 'image/png', {
      compressionLevel: 6,
      resolution: Math.round(72 * ratio),
    });
  });
}
