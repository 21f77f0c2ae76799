import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bernoulliMask } from '../../src/random/masks.ts';
import { lanes, stream } from '../../src/random/streams.ts';

const sum = (mask: Uint8Array) => mask.reduce((total, byte) => total + byte, 0);

describe('bernoulliMask', () => {
  it.each([0.95, 0.9, 0.85, 0.8, 0.75, 0.5, 0.1, 0.001])('keeps with probability %s', (keep) => {
    const mask = new Uint8Array(2_000_000);
    bernoulliMask(mask, keep, stream(42, 'mask', Math.round(keep * 1000)));
    const deviation = (sum(mask) - keep * mask.length) / Math.sqrt(keep * (1 - keep) * mask.length);
    expect(Math.abs(deviation)).toBeLessThan(4.5);
    expect(mask.every((byte) => byte <= 1)).toBe(true);
  });

  it('agrees with comparing bytes one by one, ties included', () => {
    const keep = 0.3;
    const source = stream(7, 'mask');
    const mask = new Uint8Array(3 * 4096 + 5);
    bernoulliMask(mask, keep, source);
    const bytes = new Uint8Array(4 * 4096);
    source.fillAt(new Uint32Array(bytes.buffer), 0, lanes.mask);
    const threshold = Math.floor(keep * 256);
    const rest = (keep * 256 - threshold) * 2 ** 32;
    const tie = new Uint32Array(4096);
    let ties = 0;
    for (const [i, kept] of mask.entries()) {
      if (i % 4096 === 0) {
        source.fillAt(tie, i / 4, lanes.maskTies);
        ties = 0;
      }
      const byte = bytes[i] ?? 0;
      const expected = byte === threshold ? (tie[ties++] ?? 0) < rest : byte < threshold;
      if (kept !== Number(expected)) expect.fail(`byte ${i}: expected ${expected}, got ${kept}`);
    }
  });

  it('is a function of stream and position: shorter masks are beginnings of longer ones, at any address', () => {
    const whole = new Uint8Array(9000);
    bernoulliMask(whole, 0.85, stream(1, 'm', 2));
    fc.assert(
      fc.property(fc.nat(8990), fc.nat(8), (length, offset) => {
        const buffer = new Uint8Array(length + offset + 1).fill(9);
        bernoulliMask(buffer.subarray(offset, offset + length), 0.85, stream(1, 'm', 2));
        expect(buffer.subarray(offset, offset + length)).toEqual(whole.subarray(0, length));
        expect(buffer[offset + length]).toBe(9);
      }),
      { numRuns: 30 },
    );
  });

  it('gives independent masks to neighbouring steps and to neighbouring bytes', () => {
    const n = 1_000_000;
    const [a, b] = [new Uint8Array(n), new Uint8Array(n)];
    bernoulliMask(a, 0.5, stream(42, 'dropout', 0));
    bernoulliMask(b, 0.5, stream(42, 'dropout', 1));
    const agreement = (shift: number, other: Uint8Array) =>
      a.reduce((total, byte, i) => total + (byte === other[(i + shift) % n] ? 1 : 0), 0);
    for (const [shift, other] of [
      [0, b],
      [1, a],
      [4, a],
      [4096, a],
    ] as const) {
      expect(Math.abs(agreement(shift, other) - n / 2) / Math.sqrt(n / 4)).toBeLessThan(4.5);
    }
  });

  it('keeps all or nothing at the ends and refuses anything beyond', () => {
    const mask = new Uint8Array(5000);
    bernoulliMask(mask, 1, stream(1, 'm'));
    expect(sum(mask)).toBe(5000);
    bernoulliMask(mask, 0, stream(1, 'm'));
    expect(sum(mask)).toBe(0);
    for (const keep of [-0.1, 1.1, Number.NaN]) {
      expect(() => bernoulliMask(mask, keep, stream(1, 'm'))).toThrow(`got ${keep}`);
    }
  });
});
