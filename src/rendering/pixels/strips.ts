import { createSurface, drawRaster, drawText, encodeCanvas, widest } from '../canvas.ts';
import { checkRasters, type Raster } from '../raster.ts';
import { lightTheme } from '../theme.ts';
import { type CaptionLine, type GalleryOptions, pictureMargin, scaleFor, titleHeight } from './gallery.ts';

/** Some images in a row, with lines of text in front of them. */
export interface Strip {
  readonly images: readonly Raster[];
  readonly lines: readonly CaptionLine[];
}

const gap = 6;
const rowGap = 18;
const lineHeight = 17;
/** Longer lines end in an ellipsis. */
const mostTextWidth = 420;

/**
 * Strips one below the other, a thin line between them: their texts, then as many images as fit the columns.
 *
 * @returns a PNG
 * @throws AtelierError where there is no image, or the images' sizes differ
 */
export async function renderStrips(strips: readonly Strip[], options: GalleryOptions): Promise<Buffer> {
  const { title = '', columns = 8, ratio = 2, theme = lightTheme } = options;
  const first = checkRasters(
    strips.flatMap(({ images }) => images),
    title === '' ? 'the picture' : `'${title}'`,
  );
  const { scale = scaleFor(first, 84) } = options;
  const { sizes, ink, grid } = theme;
  const rows = strips.map(({ images, lines }) => ({ images: images.slice(0, columns), lines }));

  // The texts' width is known only to a context, and the canvas's size depends on it.
  const ruler = createSurface(1, 1, 1, theme).context;
  const texts = rows.flatMap(({ lines }) => lines.map(({ text }) => text));
  const textWidth = Math.min(mostTextWidth, Math.ceil(widest(ruler, theme, texts, sizes.text)));
  const across = Math.max(...rows.map(({ images }) => images.length));
  const mostLines = Math.max(...rows.map(({ lines }) => lines.length));
  const [imageWidth, imageHeight] = [first.width * scale, first.height * scale];
  const left = pictureMargin + textWidth + 2 * gap + 8;
  const top = pictureMargin + (title === '' ? 0 : titleHeight);
  const rowHeight = Math.max(imageHeight, mostLines * lineHeight) + rowGap;
  const width = left + across * (imageWidth + gap) - gap + pictureMargin;
  const { canvas, context } = createSurface(
    width,
    top + rows.length * rowHeight - rowGap + pictureMargin,
    ratio,
    theme,
  );

  if (title !== '') {
    const style = { size: sizes.title, color: ink, weight: 'bold', maxWidth: width - 2 * pictureMargin } as const;
    drawText(context, theme, title, pictureMargin, pictureMargin + sizes.title, style);
  }
  for (const [row, { images, lines }] of rows.entries()) {
    const y = top + row * rowHeight;
    if (row > 0) {
      context.fillStyle = grid;
      context.fillRect(pictureMargin, y - rowGap / 2, width - 2 * pictureMargin, 1);
    }
    const baseline = y + (imageHeight - lines.length * lineHeight) / 2 + sizes.text;
    for (const [line, { text, color }] of lines.entries()) {
      const style = { size: sizes.text, color: theme[color], maxWidth: mostTextWidth };
      drawText(context, theme, text, pictureMargin, baseline + line * lineHeight, style);
    }
    for (const [column, image] of images.entries())
      drawRaster(context, image, left + column * (imageWidth + gap), y, scale);
  }
  return encodeCanvas(canvas, ratio);
}
