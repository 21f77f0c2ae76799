import { AtelierError } from '../errors.ts';

/** A grey picture of the data set: uint8 [height * width], row-major, 0 black to 255 white. */
export interface GreyImage {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/**
 * Checks that a picture has as many pixels as it says.
 *
 * @param what names it in the message
 * @throws AtelierError where it has not
 */
export function checkImage({ width, height, pixels }: GreyImage, what: string): void {
  if (width > 0 && height > 0 && pixels.length === width * height) return;
  throw new AtelierError(`internal: ${what} has ${pixels.length} pixels, expected ${width} x ${height}`);
}

/**
 * Checks that there are pictures at all, all of one size.
 *
 * @returns the first
 * @throws AtelierError where there is none, or one differs
 */
export function checkImages(images: readonly GreyImage[], what: string): GreyImage {
  const [first] = images;
  if (first === undefined)
    throw new AtelierError(`there is nothing to draw in ${what}: at least one image was expected.`);
  for (const [index, image] of images.entries()) {
    checkImage(image, `image ${index} of ${what}`);
    if (image.width === first.width && image.height === first.height) continue;
    throw new AtelierError(
      `image ${index} of ${what} has ${image.width} x ${image.height} pixels, expected ${first.width} x ${first.height} as the first. Draw images of one size.`,
    );
  }
  return first;
}

/**
 * Undoes a normalisation: the pixels that a model's input was made of.
 *
 * @param values float32, (pixel / 255 - mean) / std
 * @returns uint8, rounded and clipped to 0..255
 */
export function unnormalize(values: Float32Array, mean: number, std: number): Uint8Array {
  return Uint8Array.from(new Uint8ClampedArray(values.map((value) => (value * std + mean) * 255)));
}
