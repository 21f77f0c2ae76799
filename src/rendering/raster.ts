import type { ImageShape } from '../data/images.ts';
import { imageShapeText, imageSize } from '../data/images.ts';
import { areaAverage } from '../data/pictures-resize.ts';
import { AtelierError } from '../errors.ts';

/** A picture of a data set, to be drawn: one channel is grey, three are red, green and blue. */
export interface Raster extends ImageShape {
  /** uint8 [channels * height * width], one channel after the other, each row-major; 0 black to 255 white. */
  readonly pixels: Uint8Array;
}

/**
 * Checks that a picture has as many pixels as it says, in channels that can be drawn.
 *
 * @param what names it in the message
 * @throws AtelierError where it has not
 */
export function checkRaster(raster: Raster, what: string): void {
  const { channels, width, height, pixels } = raster;
  if (channels !== 1 && channels !== 3)
    throw new AtelierError(
      `${what} has ${channels} channels; pictures of 1 (grey) or 3 (red, green, blue) can be drawn.`,
      { code: 'cannot-draw' },
    );
  if (width > 0 && height > 0 && pixels.length === imageSize(raster)) return;
  throw new AtelierError(`internal: ${what} has ${pixels.length} pixels, expected ${sizeText(raster)}`);
}

/**
 * Checks that there are pictures at all, all of one size.
 *
 * @returns the first
 * @throws AtelierError where there is none, or one differs
 */
export function checkRasters(rasters: readonly Raster[], what: string): Raster {
  const [first] = rasters;
  if (first === undefined)
    throw new AtelierError(`there is nothing to draw in ${what}: at least one image was expected.`, {
      code: 'nothing-to-do',
    });
  for (const [index, raster] of rasters.entries()) {
    checkRaster(raster, `image ${index} of ${what}`);
    if (raster.width === first.width && raster.height === first.height) continue;
    throw new AtelierError(
      `image ${index} of ${what} has ${sizeText(raster)} pixels, expected ${sizeText(first)} as the first. Draw images of one size.`,
      { code: 'cannot-draw' },
    );
  }
  return first;
}

/** `width x height`, as pictures are told; images of a data set are told rows first (`imageShapeText`). */
function sizeText(raster: Raster): string {
  return raster.channels === 1 ? `${raster.width} x ${raster.height}` : imageShapeText(raster);
}

/** Red, green and blue of each pixel, one pixel after the other: uint8 [height * width * 3]. */
export function toRgb({ channels, width, height, pixels }: Raster): Uint8Array {
  const area = width * height;
  const [green, blue] = channels === 1 ? [0, 0] : [area, 2 * area];
  const rgb = new Uint8Array(3 * area);
  for (let at = 0; at < area; at += 1) {
    rgb[3 * at] = pixels[at] ?? 0;
    rgb[3 * at + 1] = pixels[green + at] ?? 0;
    rgb[3 * at + 2] = pixels[blue + at] ?? 0;
  }
  return rgb;
}

/** The picture, reduced so that neither side is longer than `side` pixels; one that is small enough is left as it is. */
export function fitted(raster: Raster, side: number): Raster {
  const { channels, width, height, pixels } = raster;
  const longest = Math.max(width, height);
  if (longest <= side) return raster;
  const size = {
    width: Math.max(1, Math.round((width * side) / longest)),
    height: Math.max(1, Math.round((height * side) / longest)),
  };
  const area = width * height;
  const reduced = new Uint8Array(channels * size.width * size.height);
  for (let channel = 0; channel < channels; channel += 1) {
    const values = Float32Array.from(pixels.subarray(channel * area, (channel + 1) * area));
    reduced.set(areaAverage({ width, height, values }, size), channel * size.width * size.height);
  }
  return { channels, ...size, pixels: reduced };
}
