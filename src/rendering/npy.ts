import { endianness } from 'node:os';
import { AtelierError } from '../errors.ts';

/**
 * The bytes of a .npy file, NumPy's own array format, version 1.0: numpy.load reads it back as float32.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 *
 * @param values row-major ("C order")
 * @param shape its product is the number of values; [] is a scalar
 * @throws AtelierError where it is not
 */
export function encodeNpy(values: Float32Array, shape: readonly number[]): Buffer {
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  if (size !== values.length || shape.some((dimension) => !Number.isInteger(dimension) || dimension < 0)) {
    throw new AtelierError(`internal: ${values.length} values for an array of shape [${shape.join(', ')}]`);
  }
  const order = endianness() === 'LE' ? '<' : '>';
  // Python's tuples: (), (3,), (3, 4).
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const header = `{'descr': '${order}f4', 'fortran_order': False, 'shape': ${tuple}, }`;
  // Spaces and a newline fill up to a multiple of 64 bytes, so that the values can be mapped into memory.
  const preamble = 10;
  const padded = Math.ceil((preamble + header.length + 1) / 64) * 64 - preamble;
  const start = Buffer.alloc(preamble);
  start.write('\x93NUMPY\x01\x00', 'latin1');
  start.writeUInt16LE(padded, 8);
  return Buffer.concat([
    start,
    Buffer.from(`${header.padEnd(padded - 1)}\n`, 'latin1'),
    Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  ]);
}
