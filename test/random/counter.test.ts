import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillThreefry, type Words4 } from '../../src/random/counter.ts';

function block(key: Words4, counter: Words4): string {
  const words = new Uint32Array(4);
  fillThreefry(words, key, counter);
  return [...words].map((word) => word.toString(16).padStart(8, '0')).join(' ');
}

describe('fillThreefry', () => {
  // Random123's known answers (tests/kat_vectors) for threefry4x32 with 13 rounds: zeros, ones, digits of pi.
  it.each<[Words4, Words4, string]>([
    [[0, 0, 0, 0], [0, 0, 0, 0], '531c7e4f 39491ee5 2c855a92 3d6abf9a'],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      'c4189358 1c9cc83a d5881c67 6a0a89e0',
    ],
    [
      [0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89],
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      '4aa71d8f 734738c2 431fc6a8 ae6debf1',
    ],
  ])('key %j, counter %j', (key, counter, expected) => {
    expect(block(key, counter)).toBe(expected);
  });

  it('makes any part of a sequence by itself, cut anywhere', () => {
    const whole = new Uint32Array(64);
    fillThreefry(whole, [1, 2, 3, 4], [0xfffffffa, 5, 6, 7]);
    fc.assert(
      fc.property(fc.nat(15), fc.nat(48), (first, length) => {
        const part = new Uint32Array(Math.min(length, 64 - 4 * first));
        fillThreefry(part, [1, 2, 3, 4], [0xfffffffa + first, 5, 6, 7]);
        expect(part).toEqual(whole.subarray(4 * first, 4 * first + part.length));
      }),
    );
  });
});
