import { AtelierError } from '../../errors.ts';
import type { ConfusedPair } from '../../evaluation/confusion.ts';
import { percent } from '../../text/numbers.ts';
import { createSurface, drawRaster, drawText, encodeCanvas, widest } from '../canvas.ts';
import { checkRasters, type Raster } from '../raster.ts';
import { lightTheme } from '../theme.ts';
import { type GalleryOptions, pictureMargin, scaleFor, titleHeight } from './gallery.ts';

/** A confused pair with some of the images that were confused. */
export interface ConfusedPairExamples extends ConfusedPair {
  readonly images: readonly Raster[];
}

const gap = 6;
const rowGap = 18;
const lineHeight = 17;

/**
 * The pairs in the order given, one row each: classes and counts, then as many examples as fit the columns.
 *
 * @returns a PNG
 * @throws AtelierError where there is no pair or no image, or the images' sizes differ
 */
export async function renderConfusedPairs(
  pairs: readonly ConfusedPairExamples[],
  options: GalleryOptions = {},
): Promise<Buffer> {
  const { title = '', columns = 8, ratio = 2, theme = lightTheme } = options;
  const what = title === '' ? 'the confused pairs' : `'${title}'`;
  if (pairs.length === 0)
    throw new AtelierError(`there is no pair to draw in ${what}, expected at least one.`, { code: 'nothing-to-do' });
  const first = checkRasters(
    pairs.flatMap(({ images }) => images),
    what,
  );
  const { scale = scaleFor(first, 84) } = options;
  const { sizes, ink, muted, grid } = theme;
  const rows = pairs.map(({ truth, predicted, count, share, images }) => ({
    images: images.slice(0, columns),
    lines: [
      { text: truth, color: ink },
      { text: `→ ${predicted}`, color: theme.wrong },
      { text: `${count} images, ${percent(share)}`, color: muted },
    ],
  }));

  // The texts' width is known only to a context, and the canvas's size depends on it.
  const ruler = createSurface(1, 1, 1, theme).context;
  const texts = rows.flatMap(({ lines }) => lines.map(({ text }) => text));
  const textWidth = Math.ceil(widest(ruler, theme, texts, sizes.text));
  const across = Math.max(...rows.map(({ images }) => images.length));
  const [imageWidth, imageHeight] = [first.width * scale, first.height * scale];
  const left = pictureMargin + textWidth + 2 * gap + 8;
  const top = pictureMargin + (title === '' ? 0 : titleHeight);
  const rowHeight = Math.max(imageHeight, 3 * lineHeight) + rowGap;
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
      drawText(context, theme, text, pictureMargin, baseline + line * lineHeight, { size: sizes.text, color });
    }
    for (const [column, image] of images.entries())
      drawRaster(context, image, left + column * (imageWidth + gap), y, scale);
  }
  return encodeCanvas(canvas, ratio);
}
