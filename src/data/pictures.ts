import { readFile } from 'node:fs/promises';
import { createCanvas, loadImage } from 'canvas';
import type { ImageShape } from '../../graphs/models/model.ts';
import { AtelierError, hasCode } from '../errors.ts';
import { fileProblem } from '../files/problems.ts';
import { readPictureHeader } from './pictures-header.ts';
import { imageOfPlanes, planesOf, takesPictures } from './pictures-planes.ts';
import type { Plane } from './pictures-resize.ts';

export interface PictureOptions {
  /** The size of the images that a model takes; one channel (grey) or three (red, green, blue). */
  readonly shape: ImageShape;
  /** For dark things on a light background, where a model knows light ones on black. */
  readonly invert: boolean;
}

/** More is refused before it is decoded: 100 million pixels take 400 MB. */
const pixelLimit = 100_000_000;

/**
 * Reads a picture file as an image that a model takes; see `decodePicture`.
 *
 * @returns uint8 [channels * height * width]
 * @throws AtelierError with the path where it cannot be read, is no PNG or JPEG, or is damaged
 */
export async function readPicture(path: string, options: PictureOptions): Promise<Uint8Array> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (hasCode(error, 'EISDIR'))
      throw new AtelierError(`'${path}' is a folder. Give its pictures one by one.`, { code: 'invalid-picture' });
    throw fileProblem('read the picture', path, error);
  }
  return decodePicture(bytes, path, options);
}

/**
 * Makes an image that a model takes from a PNG or JPEG of any size and shape: red, green and blue, or grey (ITU-R BT.601
 * luma, as PIL and PyTorch have it), inverted if asked for, the whole picture in the middle of a black box of the image's
 * proportions, each pixel the mean of the area it covers. What is transparent is background: black, whether inverted or not.
 * A picture of the image's size comes out as it is. The camera's orientation (Exif) is followed.
 *
 * @param source the picture's name in messages
 * @returns uint8 [channels * height * width], row-major, 0 black to 255 white
 * @throws AtelierError where it is no PNG or JPEG, is damaged or has more than 100 million pixels
 */
export async function decodePicture(bytes: Buffer, source: string, options: PictureOptions): Promise<Uint8Array> {
  const header = readPictureHeader(bytes);
  if (header === undefined)
    throw new AtelierError(`'${source}' is no PNG or JPEG. Give a picture of one of these kinds.`, {
      code: 'invalid-picture',
    });
  const { format, width, height, content } = header;
  if (width * height > pixelLimit)
    throw new AtelierError(
      `'${source}' has ${width} x ${height} pixels, at most ${pixelLimit / 1e6} million were expected. Make it smaller first.`,
      { code: 'invalid-picture' },
    );
  if (!takesPictures(options.shape.channels))
    throw new AtelierError(
      `'${source}' cannot be made an image of ${options.shape.channels} channels: pictures become images of 1 (grey) or 3 (red, green, blue).`,
      { code: 'invalid-picture' },
    );
  // The decoder's own reasons mislead: to cairo a PNG that is cut short is "out of memory".
  const damaged = `'${source}' is a ${format} that is cut short or damaged. Save it anew.`;
  if (content === undefined) throw new AtelierError(damaged, { code: 'invalid-picture' });
  const planes = await decodePlanes(content, options).catch((cause: unknown) => {
    throw new AtelierError(damaged, { code: 'invalid-picture', cause });
  });
  return imageOfPlanes(planes, options.shape);
}

/** The channels of a picture. The decoder turns it as Exif says. */
async function decodePlanes(bytes: Buffer, { shape, invert }: PictureOptions): Promise<readonly Plane[]> {
  const image = await loadImage(bytes);
  const { width, height } = image;
  const context = createCanvas(width, height).getContext('2d');
  context.drawImage(image, 0, 0);
  return planesOf(context.getImageData(0, 0, width, height), shape.channels, invert);
}
