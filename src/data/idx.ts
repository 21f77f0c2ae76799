import { AtelierError } from '../errors.ts';

/** The only element type that MNIST's descendants use. */
const unsignedByte = 0x08;

/** The content of an IDX file of bytes, row-major. `data` is a view of the bytes that were parsed. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** The length of an IDX header: two zeros, element type, rank, then 32 bits a dimension. */
export function idxHeaderBytes(rank: number): number {
  return 4 + 4 * rank;
}

/**
 * Parses an IDX file of unsigned bytes, the format of MNIST (LeCun, Cortes, Burges: "The MNIST database", file formats):
 * big-endian, nothing after the last element. Any rank from 1 to 255.
 *
 * @param what the file's name in messages
 * @throws AtelierError that names the first header field that is wrong, or the missing or surplus bytes
 */
export function parseIdx(bytes: Uint8Array, what: string): IdxArray {
  const fail = (problem: string): never => {
    throw new AtelierError(`${what} is not an IDX file of bytes: ${problem}. Fetch or unpack the file anew.`, {
      code: 'data-damaged',
    });
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4) fail(`expected a header of at least 4 bytes, found ${bytes.length} in all`);
  if (view.getUint16(0) !== 0) fail(`expected two zero bytes first, found 0x${digits(view.getUint16(0), 4)}`);
  const type = view.getUint8(2);
  if (type !== unsignedByte) fail(`expected element type 0x08 (unsigned byte), found 0x${digits(type, 2)}`);
  const rank = view.getUint8(3);
  if (rank === 0) fail('expected at least one dimension, found none');
  const header = idxHeaderBytes(rank);
  if (bytes.length < header)
    fail(`expected a header of ${header} bytes for rank ${rank}, found ${bytes.length} in all`);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const empty = shape.indexOf(0);
  if (empty >= 0) fail(`dimension ${empty} of [${shape.join(', ')}] is 0`);
  // May lose digits or overflow to infinity for absurd shapes; such a number still differs from any real length.
  const expected = header + shape.reduce((product, dimension) => product * dimension, 1);
  if (bytes.length !== expected) {
    fail(`expected ${expected} bytes for shape [${shape.join(', ')}], found ${bytes.length}`);
  }
  // Not subarray: a Buffer's view would be a Buffer, which slices and prints unlike a Uint8Array.
  return { shape, data: new Uint8Array(bytes.buffer, bytes.byteOffset + header, bytes.length - header) };
}

/**
 * The pixels of an image file: uint8 [n * height * width], 0 black to 255 white, a view of `bytes`.
 *
 * @param shape the expected [n, height, width]
 * @throws AtelierError as `parseIdx`, or where the shape is another
 */
export function readImages(bytes: Uint8Array, what: string, shape: readonly [number, number, number]): Uint8Array {
  return readShaped(bytes, what, shape);
}

/**
 * The labels of a label file: uint8 [n], a view of `bytes`.
 *
 * @param shape the expected [n]
 * @param classCount labels run from 0 to classCount - 1
 * @throws AtelierError as `parseIdx`, or where the shape is another or a label is out of range
 */
export function readLabels(bytes: Uint8Array, what: string, shape: readonly [number], classCount: number): Uint8Array {
  const labels = readShaped(bytes, what, shape);
  const wrong = labels.findIndex((label) => label >= classCount);
  if (wrong < 0) return labels;
  throw new AtelierError(
    `${what}: label ${wrong} is ${labels[wrong]}, expected 0 to ${classCount - 1}. Fetch or unpack the file anew.`,
    { code: 'data-damaged' },
  );
}

function readShaped(bytes: Uint8Array, what: string, expected: readonly number[]): Uint8Array {
  const { shape, data } = parseIdx(bytes, what);
  if (shape.length === expected.length && shape.every((size, axis) => size === expected[axis])) return data;
  throw new AtelierError(
    `${what}: expected shape [${expected.join(', ')}], found [${shape.join(', ')}]. Is it another file of the data set?`,
    { code: 'data-damaged' },
  );
}

function digits(value: number, count: number): string {
  return value.toString(16).padStart(count, '0');
}
