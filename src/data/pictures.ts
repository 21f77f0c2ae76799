import { readFile } from 'node:fs/promises';
import { createCanvas, loadImage } from 'canvas';
import { AtelierError, hasCode } from '../errors.ts';
import { fileProblem } from '../files/problems.ts';
import { imageSide } from './images.ts';
import { readPictureHeader } from './pictures-header.ts';
import { areaAverage, type GreyLevels } from './pictures-resize.ts';

export interface PictureOptions {
  /** For dark things on a light background: Fashion-MNIST has them light on black. */
  readonly invert: boolean;
}

/** More is refused before it is decoded: 100 million pixels take 400 MB. */
const pixelLimit = 100_000_000;

/**
 * Reads a picture file as an image of the data set; see `decodePicture`.
 *
 * @returns uint8 [784]
 * @throws AtelierError with the path where it cannot be read, is no PNG or JPEG, or is damaged
 */
export async function readPicture(path: string, options: PictureOptions): Promise<Uint8Array> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (hasCode(error, 'EISDIR')) throw new AtelierError(`'${path}' is a folder. Give its pictures one by one.`);
    throw fileProblem('read the picture', path, error);
  }
  return decodePicture(bytes, path, options);
}

/**
 * Makes an image of the data set from a PNG or JPEG of any size and shape: grey (ITU-R BT.601 luma, as PIL and PyTorch
 * have it), inverted if asked for, the whole picture in the middle of a black square, each of the 28 x 28 pixels the mean
 * of the area it covers. What is transparent is background: black, whether inverted or not. A picture of 28 x 28 grey
 * pixels comes out as it is. The camera's orientation (Exif) is followed.
 *
 * @param source the picture's name in messages
 * @returns uint8 [784], row-major, 0 black to 255 white
 * @throws AtelierError where it is no PNG or JPEG, is damaged or has more than 100 million pixels
 */
export async function decodePicture(bytes: Buffer, source: string, { invert }: PictureOptions): Promise<Uint8Array> {
  const header = readPictureHeader(bytes);
  if (header === undefined)
    throw new AtelierError(`'${source}' is no PNG or JPEG. Give a picture of one of these kinds.`);
  const { format, width, height, content } = header;
  if (width * height > pixelLimit)
    throw new AtelierError(
      `'${source}' has ${width} x ${height} pixels, at most ${pixelLimit / 1e6} million were expected. Make it smaller first.`,
    );
  // The decoder's own reasons mislead: to cairo a PNG that is cut short is "out of memory".
  const damaged = `'${source}' is a ${format} that is cut short or damaged. Save it anew.`;
  if (content === undefined) throw new AtelierError(damaged);
  const grey = await decodeGrey(content, invert).catch((cause: unknown) => {
    throw new AtelierError(damaged, { cause });
  });
  return areaAverage(grey, imageSide);
}

/** Grey of each pixel, black where the picture is transparent. The decoder turns it as Exif says. */
async function decodeGrey(bytes: Buffer, invert: boolean): Promise<GreyLevels> {
  const image = await loadImage(bytes);
  const { width, height } = image;
  const context = createCanvas(width, height).getContext('2d');
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const values = new Float32Array(width * height);
  for (let at = 0, from = 0; at < values.length; at += 1, from += 4) {
    const luma = 0.299 * (data[from] ?? 0) + 0.587 * (data[from + 1] ?? 0) + 0.114 * (data[from + 2] ?? 0);
    values[at] = (invert ? 255 - luma : luma) * ((data[from + 3] ?? 0) / 255);
  }
  return { width, height, values };
}
