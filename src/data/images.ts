import type { ImageShape } from '../../graphs/models/model.ts';
import { AtelierError } from '../errors.ts';
import { fileProblem } from '../files/problems.ts';
import { openRegular } from '../files/regular.ts';

export type { ImageShape } from '../../graphs/models/model.ts';

/** The elements of one image. */
export function imageSize({ channels, height, width }: ImageShape): number {
  return channels * height * width;
}

/** One of many images that lie one after the other, as a view: uint8 [channels * height * width]. */
export function imageAt(images: Uint8Array, shape: ImageShape, at: number): Uint8Array {
  return imagesBetween(images, shape, at, at + 1);
}

/** The images from `start` up to `end`, as a view. */
export function imagesBetween(images: Uint8Array, shape: ImageShape, start: number, end: number): Uint8Array {
  const size = imageSize(shape);
  return images.subarray(start * size, end * size);
}

/** True where both are of one size. */
export function sameImageShape(a: ImageShape, b: ImageShape): boolean {
  return a.channels === b.channels && a.height === b.height && a.width === b.width;
}

/** An image's size in words: `28 x 28` with one channel, `3 x 32 x 32` with several. */
export function imageShapeText({ channels, height, width }: ImageShape): string {
  return channels === 1 ? `${height} x ${width}` : `${channels} x ${height} x ${width}`;
}

/**
 * Images of one size with their classes, wherever they lie. Whoever reads them asks for some and waits: those in memory
 * and those in a file look the same.
 */
export interface LabelledImages {
  readonly shape: ImageShape;
  readonly count: number;
  /** Class numbers, uint32 [count]. */
  readonly labels: Uint32Array;
  /**
   * The images at some positions, copied one after the other.
   *
   * @returns uint8 [indices.length * channels * height * width], row-major, 0 black to 255 white
   * @throws AtelierError where there is no such image, or a file cannot be read
   */
  read(indices: Uint32Array): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * Images that lie in memory. The arrays are kept, not copied.
 *
 * @param images uint8 [count * channels * height * width]
 * @param labels class numbers [count]
 * @throws AtelierError where the two do not fit
 */
export function imagesInMemory(shape: ImageShape, images: Uint8Array, labels: ArrayLike<number>): LabelledImages {
  const size = imageSize(shape);
  const count = labels.length;
  if (images.length !== count * size)
    throw new AtelierError(
      `internal: ${images.length} bytes of images, expected ${count} times ${imageShapeText(shape)}`,
    );
  return {
    shape,
    count,
    labels: Uint32Array.from(labels),
    read: async (indices) => {
      checkIndices(indices, count);
      const taken = new Uint8Array(indices.length * size);
      // `for of` over a long typed array is slower than the copies.
      for (let i = 0; i < indices.length; i++) taken.set(imageAt(images, shape, indices[i] ?? 0), i * size);
      return taken;
    },
  };
}

/** Where images lie in a file: `count` of them, one after the other, uint8. */
export interface ImageFile {
  readonly path: string;
  /** Bytes before the first image: 16 in an unpacked IDX file. */
  readonly offset: number;
}

/**
 * Images that stay in a file and are read when they are asked for, so that a data set may be larger than the memory. The
 * file is opened for each call, neighbours are read together.
 *
 * @param labels class numbers [count]
 * @example
 * ```ts
 * const images = imagesInFile({ path: 'images.bin', offset: 16 }, { channels: 1, height: 28, width: 28 }, labels);
 * ```
 */
export function imagesInFile(
  { path, offset }: ImageFile,
  shape: ImageShape,
  labels: ArrayLike<number>,
): LabelledImages {
  const size = imageSize(shape);
  const count = labels.length;
  return {
    shape,
    count,
    labels: Uint32Array.from(labels),
    read: async (indices) => {
      checkIndices(indices, count);
      const taken = new Uint8Array(indices.length * size);
      const file = await openRegular(path, 'read the images');
      try {
        for (const { first, length, at } of runsOf(indices)) {
          const target = taken.subarray(at * size, (at + length) * size);
          const { bytesRead } = await file.read(target, 0, target.length, offset + first * size).catch((error) => {
            throw fileProblem('read the images', path, error);
          });
          if (bytesRead < target.length)
            throw new AtelierError(
              `'${path}' is cut short: images ${first} to ${first + length - 1} were expected in it. Make the file anew.`,
              { code: 'file-damaged' },
            );
        }
      } finally {
        await file.close();
      }
      return taken;
    },
  };
}

/** Consecutive indices, together: `length` images from `first` on, that go to place `at`. */
function* runsOf(indices: Uint32Array): Generator<{ first: number; length: number; at: number }, void, void> {
  for (let at = 0; at < indices.length; ) {
    const first = indices[at] ?? 0;
    let length = 1;
    while (at + length < indices.length && indices[at + length] === first + length) length++;
    yield { first, length, at };
    at += length;
  }
}

function checkIndices(indices: Uint32Array, count: number): void {
  const wrong = indices.findIndex((index) => index >= count);
  if (wrong >= 0) throw new AtelierError(`internal: there is no image ${indices[wrong]} in a set of ${count}`);
}

/** The class numbers of the images at some positions, uint32 [indices.length]. */
export function labelsAt({ labels }: LabelledImages, indices: Uint32Array): Uint32Array {
  return Uint32Array.from(indices, (index) => labels[index] ?? 0);
}
