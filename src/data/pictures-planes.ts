import { areaAverage, type Plane } from './pictures-resize.ts';

/** A decoded picture: red, green, blue and opacity of each pixel, 0 to 255, row-major. */
export interface Rgba {
  readonly width: number;
  readonly height: number;
  /** [height * width * 4] */
  readonly data: ArrayLike<number>;
}

/** What each channel of an image takes of red, green and blue, by the number of its channels. */
const weights: Readonly<Record<number, readonly (readonly [red: number, green: number, blue: number])[]>> = {
  // ITU-R BT.601 luma.
  1: [[0.299, 0.587, 0.114]],
  3: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};

/** True for images that a picture can become: grey ones, and those of red, green and blue. */
export function takesPictures(channels: number): boolean {
  return Object.hasOwn(weights, channels);
}

/**
 * The channels of a picture as a model of so many takes them, black where it is transparent, whether inverted or not.
 *
 * @param channels 1 (grey) or 3 (red, green, blue)
 * @param invert for dark things on a light ground, where a model knows light ones on black
 */
export function planesOf({ width, height, data }: Rgba, channels: number, invert: boolean): readonly Plane[] {
  const shares = weights[channels];
  if (shares === undefined) throw new Error(`internal: pictures have 1 or 3 channels, not ${channels}`);
  return shares.map(([red, green, blue]) => {
    const values = new Float32Array(width * height);
    for (let at = 0, from = 0; at < values.length; at += 1, from += 4) {
      const level = red * (data[from] ?? 0) + green * (data[from + 1] ?? 0) + blue * (data[from + 2] ?? 0);
      values[at] = (invert ? 255 - level : level) * ((data[from + 3] ?? 0) / 255);
    }
    return { width, height, values };
  });
}

/**
 * Channels brought to a size, one after the other; see `areaAverage`.
 *
 * @returns uint8 [planes.length * target.height * target.width]
 */
export function imageOfPlanes(
  planes: readonly Plane[],
  target: { readonly width: number; readonly height: number },
): Uint8Array {
  const area = target.width * target.height;
  const image = new Uint8Array(planes.length * area);
  for (const [channel, plane] of planes.entries()) image.set(areaAverage(plane, target), channel * area);
  return image;
}
