import type { ImageShape } from '../../graphs/models/model.ts';
import { AtelierError } from '../errors.ts';
import { imageSize } from './images.ts';

/** Images and class numbers, one after the other: uint8 [n * channels * height * width] and uint8 [n]. */
export interface UnpackedRecords {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/**
 * Takes records apart: a byte for the class, then the channels of the image one after the other, row-major, as in CIFAR-10's
 * binary version (https://www.cs.toronto.edu/~kriz/cifar.html). They have no header.
 *
 * @param bytes whole records
 * @param at the first record's place among the images and labels of `into`
 * @param what the file's name in messages
 * @throws AtelierError where the bytes are not whole records, or a class number is out of range
 */
export function unpackRecords(
  bytes: Uint8Array,
  { shape, classCount, what }: { readonly shape: ImageShape; readonly classCount: number; readonly what: string },
  into: UnpackedRecords,
  at: number,
): void {
  const size = imageSize(shape);
  const count = bytes.length / (1 + size);
  if (!Number.isInteger(count))
    throw new AtelierError(
      `${what}: expected records of ${1 + size} bytes each, found ${bytes.length} bytes in all. Fetch or unpack the file anew.`,
      { code: 'data-damaged' },
    );
  for (let record = 0; record < count; record += 1) {
    const start = record * (1 + size);
    const label = bytes[start] ?? 0;
    if (label >= classCount)
      throw new AtelierError(
        `${what}: label ${record} is ${label}, expected 0 to ${classCount - 1}. Fetch or unpack the file anew.`,
        { code: 'data-damaged' },
      );
    into.labels[at + record] = label;
    into.images.set(bytes.subarray(start + 1, start + 1 + size), (at + record) * size);
  }
}
