import type { Raster } from '../raster.ts';
import { greyIndex, mapLevels, mapStart } from './color-map.ts';
import type { IndexedPicture } from './sheet-png.ts';

/** Where a map is among the values of its layer, and between which values its colours run. */
export interface MapSource {
  readonly values: Float32Array;
  /** Of the map's first value. */
  readonly offset: number;
  readonly height: number;
  readonly width: number;
  /** The value of the first colour; of the last. Values outside take the nearest; if both are equal, all take the first. */
  readonly low: number;
  readonly high: number;
}

/** Draws a map with its top left corner at (x, y), each value a square of `scale` pixels. */
export function stampMap(picture: IndexedPicture, x: number, y: number, scale: number, source: MapSource): void {
  const { values, offset, height, width, low, high } = source;
  // One level per colour, each as wide as the others, the last closed.
  const factor = high > low ? mapLevels / (high - low) : 0;
  const last = mapLevels - 1;
  stamp(picture, x, y, scale, { height, width }, (at) => {
    const level = Math.trunc(((values[offset + at] ?? 0) - low) * factor);
    return mapStart + (level < 0 ? 0 : level > last ? last : level);
  });
}

/** Draws an image likewise: a grey one in the palette's greys; one in colour, which the palette has not, is laid over. */
export function stampImage(picture: IndexedPicture, x: number, y: number, scale: number, image: Raster): void {
  if (image.channels === 1) stamp(picture, x, y, scale, image, (at) => greyIndex(image.pixels[at] ?? 0));
  else picture.overlays.push({ x, y, scale, image });
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Fills the first line of each row of squares, then copies it to the others. */
function stamp(
  picture: IndexedPicture,
  x: number,
  y: number,
  scale: number,
  size: Size,
  indexAt: (at: number) => number,
) {
  const { indices, width: stride } = picture;
  const length = size.width * scale;
  let at = 0;
  for (let row = 0; row < size.height; row += 1) {
    const start = (y + row * scale) * stride + x;
    let out = start;
    for (let column = 0; column < size.width; column += 1) {
      const index = indexAt(at);
      at += 1;
      for (const end = out + scale; out < end; out += 1) indices[out] = index;
    }
    for (let line = 1; line < scale; line += 1) indices.copyWithin(start + line * stride, start, start + length);
  }
}
