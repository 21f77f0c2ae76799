import { expect, test } from 'vitest';
import { encodeNpy } from '../../src/rendering/npy.ts';

test('is what numpy.save writes', () => {
  // numpy.save of numpy.float32([[1.5, -2, nan]]), NumPy 1.24: 128 bytes of header, then the values.
  const bytes = encodeNpy(Float32Array.of(1.5, -2, Number.NaN), [1, 3]);
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }";
  expect(bytes.length).toBe(128 + 12);
  expect(bytes.subarray(0, 10)).toEqual(Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'));
  expect(bytes.toString('latin1', 10, 128)).toBe(`${header.padEnd(117)}\n`);
  expect(bytes.subarray(128)).toEqual(Buffer.from('0000c03f000000c00000c07f', 'hex'));
});

test('writes Python tuples, and only the view it was given', () => {
  const shapeOf = (count: number, shape: number[]) =>
    /'shape': (\(.*?\))/.exec(encodeNpy(new Float32Array(count), shape).toString('latin1'))?.[1];
  expect(shapeOf(1, [])).toBe('()');
  expect(shapeOf(3, [3])).toBe('(3,)');
  expect(shapeOf(0, [0, 5])).toBe('(0, 5)');
  const view = Float32Array.of(1, 2, 3, 4).subarray(2, 3);
  expect(encodeNpy(view, [1]).readFloatLE(128)).toBe(3);
});

test('refuses a shape that does not hold the values', () => {
  expect(() => encodeNpy(new Float32Array(5), [2, 3])).toThrow('5 values for an array of shape [2, 3]');
  expect(() => encodeNpy(new Float32Array(2), [-1, -2])).toThrow('shape [-1, -2]');
});
