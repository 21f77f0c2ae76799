import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { Mt19937, randperm } from '../../src/random/mt19937.ts';

describe('Mt19937', () => {
  it("draws the reference implementation's words", () => {
    const seed42 = new Mt19937(42);
    expect(seed42.nextUint32()).toBe(1608637542);
    // The C++ standard fixes the 10,000th word of the default seed ([rand.predef]).
    const standard = new Mt19937(5489);
    let last = 0;
    for (let i = 0; i < 10_000; i++) last = standard.nextUint32();
    expect(last).toBe(4123659995);
  });

  it('takes the low 32 bits of the seed, as PyTorch does', () => {
    expect(new Mt19937(2 ** 32 + 42).nextUint32()).toBe(1608637542);
  });

  it.each([-1, 0.5, Number.NaN, 2 ** 53])('refuses the seed %s', (seed) => {
    expect(() => new Mt19937(seed)).toThrow(UsageError);
    expect(() => new Mt19937(seed)).toThrow(`got ${seed}`);
  });
});

describe('randperm', () => {
  it("is PyTorch's for 60,000 and seed 42", () => {
    const order = randperm(60_000, new Mt19937(42));
    expect([...order.subarray(0, 8)]).toEqual([37542, 43087, 2992, 25810, 39634, 6425, 55768, 11034]);
    expect([...order.subarray(-8)]).toEqual([34088, 31794, 23892, 44527, 54582, 28045, 16929, 22100]);
    const bytes = Buffer.alloc(4 * order.length);
    for (const [i, index] of order.entries()) bytes.writeUInt32LE(index, 4 * i);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(
      '7f455bbc8e543f082c5e5787a6f39d0569027ff6766e60bb3417c9c7e5ac124f',
    );
  });

  it('handles the smallest sizes and refuses impossible ones', () => {
    expect([...randperm(0, new Mt19937(1))]).toEqual([]);
    expect([...randperm(1, new Mt19937(1))]).toEqual([0]);
    expect(() => randperm(-1, new Mt19937(1))).toThrow(RangeError);
    expect(() => randperm(2 ** 31, new Mt19937(1))).toThrow(RangeError);
  });
});
