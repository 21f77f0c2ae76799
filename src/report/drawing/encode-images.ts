import { createSurface, drawRaster, encodeCanvas } from '../../rendering/canvas.ts';
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
    const { canvas, context } = createSurface(image.width, image.height, 1, lightTheme);
    drawRaster(context, image, 0, 0, 1);
    const png = await encodeCanvas(canvas, 1);
    return [distinct[at] ?? 0, `data:image/png;base64,${png.toString('base64')}`] as const;
  });
  return new Map(await Promise.all(encoded));
}
