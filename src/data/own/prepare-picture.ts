import type { ImageShape } from '../../../graphs/models/model.ts';
import { byteLimits, readRegular } from '../../files/regular.ts';
import { loadSharp, withDecoder } from '../pictures.ts';
import type { Preparation } from './origin.ts';

/** What a picture becomes: an image of this size, in this way. */
export interface PictureForm {
  /** One channel (grey) or three (red, green, blue). */
  readonly shape: ImageShape;
  readonly preparation: Preparation;
  /** The negative: what lies on the background, which stays as it is. */
  readonly invert?: boolean | undefined;
}

const fits = { crop: 'cover', squash: 'fill', pad: 'contain' } as const;

/**
 * Makes an image of a picture as torchvision does with Resize (bilinear, antialiased), CenterCrop and a background under
 * what is transparent. All of it is done by libvips while it decodes, in threads that are not this one, so that many can be
 * under way at once. Orientation (Exif) is followed, 16 bits become 8, CMYK becomes red, green and blue; grey is ITU-R
 * BT.601's luma, as PIL has it. A drawing (SVG) is drawn at the size that is asked for. Of several frames the first.
 *
 * @param source the picture's name in messages
 * @returns uint8 [channels * height * width], row-major, 0 black to 255 white
 * @throws AtelierError where it is of another kind, is damaged or would take too much memory, or there is no decoder
 */
export async function preparePicture(bytes: Buffer, source: string, form: PictureForm): Promise<Uint8Array> {
  return (await preparedFrames(bytes, source, form)).pixels;
}

/** An image of the first frame, and how many there are. */
async function preparedFrames(
  bytes: Buffer,
  source: string,
  { shape, preparation, invert = false }: PictureForm,
): Promise<{ readonly pixels: Uint8Array; readonly frames: number }> {
  const { resize, background } = preparation;
  const colour = coloursOf(background);
  // What is negated afterwards has to be the negative of the background before.
  const ground = invert ? negative(colour) : colour;
  return withDecoder(bytes, source, shape, async (file, { pages }) => {
    const { data, info } = await file
      .autoOrient()
      .toColourspace('srgb')
      .flatten({ background: ground })
      .resize(shape.width, shape.height, { fit: fits[resize], kernel: 'linear', background: ground })
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { pixels: channelsOf(data, info.channels, shape, invert), frames: pages ?? 1 };
  });
}

/** Red, green and blue next to each other become channels one after the other, or one channel of grey. */
function channelsOf(
  data: Uint8Array,
  stride: number,
  { channels, height, width }: ImageShape,
  invert: boolean,
): Uint8Array {
  const area = height * width;
  const image = new Uint8Array(channels * area);
  // libvips leaves grey pictures with one channel.
  const [red, green, blue] = stride < 3 ? [0, 0, 0] : [0, 1, 2];
  for (let pixel = 0, from = 0; pixel < area; pixel += 1, from += stride) {
    const r = data[from + red] ?? 0;
    const g = data[from + green] ?? 0;
    const b = data[from + blue] ?? 0;
    if (channels === 1) image[pixel] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
    else {
      image[pixel] = r;
      image[area + pixel] = g;
      image[2 * area + pixel] = b;
    }
  }
  return invert ? image.map((level) => 255 - level) : image;
}

interface Colour {
  readonly r: number;
  readonly g: number;
  readonly b: number;
}

/** The levels of `#rrggbb`. */
export function coloursOf(background: string): Colour {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => Number.parseInt(background.slice(at, at + 2), 16));
  return { r, g, b };
}

function negative({ r, g, b }: Colour): Colour {
  return { r: 255 - r, g: 255 - g, b: 255 - b };
}

/** Which decoder makes the images: another version may round otherwise. */
export async function decoderVersion(): Promise<string> {
  const { versions } = await loadSharp();
  return `sharp ${versions.sharp}, libvips ${versions.vips}`;
}

/**
 * Reads a picture file as `preparePicture` does, and counts its frames.
 *
 * @throws AtelierError likewise, and where the file cannot be read
 */
export async function readPreparedPicture(
  path: string,
  form: PictureForm,
): Promise<{ readonly pixels: Uint8Array; readonly frames: number }> {
  return preparedFrames(await readRegular(path, byteLimits.picture, 'read the picture'), path, form);
}
