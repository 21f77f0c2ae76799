import type { Metadata, Sharp, default as SharpModule, SharpOptions } from 'sharp';
import type { ImageShape } from '../../graphs/models/model.ts';
import { AtelierError, messageOf } from '../errors.ts';
import { byteLimits, readRegular } from '../files/regular.ts';
import { preparation, said } from '../message.ts';
import { Budget } from './pictures-budget.ts';
import { hasLightGround } from './pictures-ground.ts';
import { fileKind, type ReadableKind, readableKinds } from './pictures-kind.ts';
import { affordable, drawnSize, memoryLimit, reducedSize } from './pictures-memory.ts';
import { imageOfPlanes, planesOf, type Rgba, takesPictures } from './pictures-planes.ts';
import { barePng } from './pictures-png.ts';

export interface PictureOptions {
  /** The size of the images that a model takes; one channel (grey) or three (red, green, blue). */
  readonly shape: ImageShape;
  /** For dark things on a light background, where a model knows light ones on black. */
  readonly invert: boolean;
}

/** A picture as a model takes it, and what was seen on the way. */
export interface PictureImage {
  /** uint8 [channels * height * width], row-major, 0 black to 255 white */
  readonly pixels: Uint8Array;
  /** More than 1 for an animation or a file of several pages: the first was taken. */
  readonly frames: number;
  /** Whether the picture in the file, not inverted, stands on a light ground. */
  readonly lightGround: boolean;
}

/**
 * A decoder's warnings are errors: with damage it goes on with grey, or with what was before. Colour profiles are not heeded,
 * as PIL and PyTorch do not: the levels in the file are the picture. How much is decoded, pictures-memory.ts decides.
 */
export const decoding = { failOn: 'warning', limitInputPixels: false, ignoreIcc: true } as const satisfies SharpOptions;

/** Long enough for any picture of that size; a drawing (SVG) may be made so that it would never be done. */
export const patience = { seconds: 60 } as const;

/** Shared by all pictures that are read at a time. */
const memory = new Budget(memoryLimit);

/**
 * Reads a picture file as an image that a model takes; see `decodePicture`.
 *
 * @throws AtelierError with the path where it cannot be read, is of a kind that is not, or is damaged
 */
export async function readPicture(path: string, options: PictureOptions): Promise<PictureImage> {
  return decodePicture(await readRegular(path, byteLimits.picture, 'read the picture'), path, options);
}

/**
 * Makes an image that a model takes from a picture of any size and shape (PNG, JPEG, WebP, AVIF, GIF, TIFF or SVG, of an
 * animation the first frame): red, green and blue, or grey (ITU-R BT.601 luma, as PIL and PyTorch have it), inverted if asked for, the
 * whole picture in the middle of a black box of the image's proportions, each pixel the mean of the area it covers. What is
 * transparent is background: black, whether inverted or not. A picture of the image's size comes out as it is. The camera's
 * orientation (Exif) is followed. Pictures of more than 4 million pixels are first reduced to that, while they are decoded.
 * Several may be asked for at once: they wait for each other where they would take more memory together than is allowed for one.
 *
 * @param source the picture's name in messages
 * @throws AtelierError where it is of another kind, is damaged, takes more memory than `memoryLimit` or has more pixels than `pixelLimit`, or there is
 *   no decoder
 */
export async function decodePicture(bytes: Buffer, source: string, options: PictureOptions): Promise<PictureImage> {
  const { shape, invert } = options;
  if (!takesPictures(shape.channels))
    throw refusal(
      `'${source}' cannot be made an image of ${shape.channels} channels: pictures become images of 1 (grey) or 3 (red, green, blue).`,
    );
  return withDecoder(bytes, source, shape, async (file, header, size) => {
    const picture = await decode(file, header, size);
    return {
      pixels: imageOfPlanes(planesOf(picture, shape.channels, invert), shape),
      frames: header.pages ?? 1,
      lightGround: hasLightGround(picture),
    };
  });
}

/** The size that a picture is reduced to while it is decoded, or that a drawing is drawn in. */
type Size = ReturnType<typeof reducedSize>;

/**
 * Does some work with the decoder of a picture, while the memory that it takes is kept free for it: other pictures wait.
 *
 * @param shape of the images that it is to become
 * @throws AtelierError where the picture is of a kind that is not read, is damaged or would take too much memory, or the
 *   decoder fails in the work
 */
export async function withDecoder<T>(
  bytes: Buffer,
  source: string,
  shape: ImageShape,
  work: (file: Sharp, header: Metadata, size: Size) => Promise<T>,
): Promise<T> {
  const kind = kindOf(bytes, source);
  const sharp = await loadSharp();
  const ifDamaged = async <Result>(decoding: () => Promise<Result>): Promise<Result> => {
    try {
      return await decoding();
    } catch (cause) {
      throw damagedPicture(kind, source, cause);
    }
  };
  const { file, header } = await ifDamaged(async () => {
    const bare = kind === 'PNG' ? barePng(bytes) : bytes;
    return { file: bare, header: await sharp(bare, decoding).metadata() };
  });
  const size = kind === 'SVG' ? drawnSize(header, shape) : reducedSize(header.autoOrient, shape);
  // A drawing has no pixels of its own: it takes what it is drawn in.
  const decoded = kind === 'SVG' ? { ...header, ...size, autoOrient: size } : header;
  return memory.spend(affordable(source, kind, decoded, bytes.length, shape), () =>
    ifDamaged(() => work(sharp(file, decoding).timeout(patience), header, size)),
  );
}

/** The error for a file whose decoder fails. */
function damagedPicture(kind: ReadableKind, source: string, cause: unknown): AtelierError {
  const article = /^[AS]V/.test(kind) ? 'an' : 'a';
  return refusal(
    `'${source}' is ${article} ${kind} that is cut short or damaged${reasonOf(cause)}. Save it anew.`,
    cause,
  );
}

/** The kind of a file that is read. Throws AtelierError for all others, by their name where it is known. */
function kindOf(bytes: Buffer, source: string): ReadableKind {
  const kind = fileKind(bytes);
  if (kind?.read) return kind.name;
  const expected = `${readableKinds.slice(0, -1).join(', ')} or ${readableKinds.at(-1)}`;
  if (kind) throw refusal(`'${source}' is ${kind.name}, which is not read: expected ${expected}. ${kind.advice}`);
  const found = bytes.length === 0 ? 'is empty' : 'is no picture of a kind that is read';
  throw refusal(`'${source}' ${found}: expected ${expected}.`);
}

/** The pixels of a picture, turned as its camera says, reduced where it is large. */
async function decode(file: Sharp, { autoOrient }: Metadata, { width, height }: Size): Promise<Rgba> {
  const upright = file.autoOrient();
  const whole = width === autoOrient.width && height === autoOrient.height;
  const reduced = whole ? upright : upright.resize(width, height, { fit: 'fill', kernel: 'linear' });
  const { data, info } = await reduced.toColourspace('srgb').ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

/** Its binary is an optional package of its own for each platform: installers can be told to leave it out. */
export async function loadSharp(): Promise<typeof SharpModule> {
  try {
    const { default: sharp } = await import('sharp');
    // For a picture that is read again, libvips would keep decoders with all that they hold, hundreds of MB each.
    sharp.cache(false);
    // It would hold all pixels of a JPEG with a gain map, for which it comes before the loader that reads line by line.
    sharp.block({ operation: ['VipsForeignLoadUhdr'] });
    return sharp;
  } catch (cause) {
    throw new AtelierError(
      said`pictures are read by the package sharp, which is not installed for ${process.platform} on ${process.arch}. Install it: ${preparation('packages')}, without --omit=optional`,
      { code: 'package-missing', cause },
    );
  }
}

/** The decoder's first reason, which led to the others, in brackets; nothing where it has none but that it failed. */
function reasonOf(cause: unknown): string {
  const reasons = messageOf(cause)
    .split('\n')
    .map((line) => line.replace(/^Input buffer (has corrupt header|contains unsupported image format):?/, '').trim());
  const reason = reasons.find((line) => line !== '');
  return reason === undefined ? '' : ` (${reason})`;
}

function refusal(message: string, cause?: unknown): AtelierError {
  return new AtelierError(message, { code: 'invalid-picture', cause });
}
