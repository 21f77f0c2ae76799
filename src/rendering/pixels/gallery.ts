import { createSurface, drawRaster, drawText, encodeCanvas } from '../canvas.ts';
import { checkRasters, type Raster } from '../raster.ts';
import { lightTheme, type Theme } from '../theme.ts';

export interface GalleryOptions {
  readonly title?: string;
  /** Images in a row. Default 8. */
  readonly columns?: number;
  /** Units per pixel of the images, a whole number. By default what makes an image about 112 units large. */
  readonly scale?: number;
  /** Pixels of the picture per unit, a whole number. Default 2. */
  readonly ratio?: number;
  /** Default light. */
  readonly theme?: Theme;
}

/** An image and the lines below it; their colours are the theme's. */
export interface GalleryCell {
  readonly image: Raster;
  readonly lines: readonly CaptionLine[];
}

export interface CaptionLine {
  readonly text: string;
  readonly color: 'ink' | 'muted' | 'right' | 'wrong';
}

export const pictureMargin = 14;
export const titleHeight = 30;
const gap = { x: 10, y: 12 } as const;
const lineHeight = 15;

/**
 * Images in a grid with captions; where a cell is null, its place is left free. Longer captions than an image is wide end
 * in an ellipsis.
 *
 * @returns a PNG
 * @throws AtelierError where there is no image, or the images' sizes differ
 */
export async function renderGallery(cells: readonly (GalleryCell | null)[], options: GalleryOptions): Promise<Buffer> {
  const { title = '', columns = 8, ratio = 2, theme = lightTheme } = options;
  const filled = cells.filter((cell) => cell !== null);
  const first = checkRasters(
    filled.map(({ image }) => image),
    title === '' ? 'the picture' : `'${title}'`,
  );
  const { scale = scaleFor(first, 112) } = options;
  const across = Math.min(columns, cells.length);
  const lines = Math.max(...filled.map((cell) => cell.lines.length));
  const [imageWidth, imageHeight] = [first.width * scale, first.height * scale];
  const stepX = imageWidth + gap.x;
  const stepY = imageHeight + lines * lineHeight + gap.y;
  const top = pictureMargin + (title === '' ? 0 : titleHeight);
  const width = 2 * pictureMargin + across * stepX - gap.x;
  const height = top + Math.ceil(cells.length / across) * stepY - gap.y + pictureMargin;
  const { canvas, context } = createSurface(width, height, ratio, theme);
  const { sizes, ink } = theme;
  if (title !== '') {
    const style = { size: sizes.title, color: ink, weight: 'bold', maxWidth: width - 2 * pictureMargin } as const;
    drawText(context, theme, title, pictureMargin, pictureMargin + sizes.title, style);
  }
  for (const [position, cell] of cells.entries()) {
    if (cell === null) continue;
    const x = pictureMargin + (position % across) * stepX;
    const y = top + Math.floor(position / across) * stepY;
    drawRaster(context, cell.image, x, y, scale);
    for (const [line, { text, color }] of cell.lines.entries()) {
      const style = { size: sizes.small, color: theme[color], maxWidth: imageWidth };
      drawText(context, theme, text, x, y + imageHeight + (line + 1) * lineHeight - 2, style);
    }
  }
  return encodeCanvas(canvas, ratio);
}

/** The whole number of units per pixel that comes closest to a size without going beyond it; at least 1. */
export function scaleFor({ width, height }: Pick<Raster, 'width' | 'height'>, size: number): number {
  return Math.max(1, Math.floor(size / Math.max(width, height)));
}
