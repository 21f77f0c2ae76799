import { createSurface, drawRaster, encodeCanvas } from '../../rendering/canvas.ts';
import { encodePng } from '../../rendering/png.ts';
import { checkRaster, type Raster } from '../../rendering/raster.ts';
import { lightTheme } from '../../rendering/theme.ts';
import { type ImageSource, imagesAt } from './images.ts';

/**
 * Images of the data set as addresses that hold them: PNGs of one pixel per pixel.
 *
 * @param indices positions in the data set file; repetitions are encoded once
 */
export async function encodeImages(
  source: ImageSource,
  indices: Iterable<number>,
): Promise<ReadonlyMap<number, string>> {
  const distinct = [...new Set(indices)];
  const images = await imagesAt(source, distinct);
  const encoded = images.map(async (image, at) => {
    const png = await encodeImage(image);
    return [distinct[at] ?? 0, `data:image/png;base64,${png.toString('base64')}`] as const;
  });
  return new Map(await Promise.all(encoded));
}

/** A PNG of one pixel per pixel. Grey pictures as grey: less than half the bytes that they have in colours. */
export async function encodeImage(image: Raster): Promise<Buffer> {
  checkRaster(image, 'an image of the data set');
  const { channels, width, height, pixels } = image;
  if (channels === 1) return encodePng({ width, height, kind: 'grey', pixels }, { level: 9 });
  const { canvas, context } = createSurface(width, height, 1, lightTheme);
  drawRaster(context, image, 0, 0, 1);
  return encodeCanvas(canvas, 1);
}
