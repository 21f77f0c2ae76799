import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AreaReducer } from '../../src/exploration/area-reducer.ts';
import { closeHashes } from '../../src/exploration/close-hashes.ts';
import { differenceHash, ones } from '../../src/exploration/difference-hash.ts';
import { stream } from '../../src/random/streams.ts';

/** As ImageHash has computed them (test/fixtures/exploration/make.py). */
const witness: { readonly hashes: readonly { readonly levels: readonly number[]; readonly hash: string }[] } =
  JSON.parse(readFileSync('test/fixtures/exploration/difference-hashes.json', 'utf8'));

const hex = (words: readonly number[]) => words.map((word) => word.toString(16).padStart(8, '0')).join('');

describe('difference hash', () => {
  it.each(witness.hashes)('is that of ImageHash: $hash', ({ levels, hash }) => {
    expect(hex(differenceHash(levels, 0, 0))).toBe(hash);
  });

  it('takes noise for none', () => {
    const plain = Array.from({ length: 72 }, (_, i) => 254.6 + 0.4 * Math.sin(i * 7));
    expect(differenceHash(plain)).toEqual([0, 0]);
    expect(differenceHash(plain, 0, 0)).not.toEqual([0, 0]);
  });
});

describe('hashes that are close', () => {
  /** Clusters around few hashes, with equal ones. */
  function hashes(count: number): Uint32Array {
    const random = stream(3, 'hashes');
    const centres = Array.from({ length: 20 }, () => [random.nextUint32(), random.nextUint32()] as const);
    const all = new Uint32Array(2 * count);
    for (let at = 0; at < count; at += 1) {
      let [high, low] = centres[at % centres.length] ?? [0, 0];
      for (let flip = random.nextUint32() % 10; flip > 0; flip -= 1) {
        const bit = random.nextUint32() % 64;
        if (bit < 32) high ^= 1 << bit;
        else low ^= 1 << (bit - 32);
      }
      all.set([high >>> 0, low >>> 0], 2 * at);
    }
    return all;
  }

  it.each([1, 2, 6, 9])('are found, each pair once, with a radius of %i', (radius) => {
    const all = hashes(300);
    const word = (at: number) => all[at] ?? 0;
    const expected: string[] = [];
    for (let a = 0; a < 300; a += 1)
      for (let b = a + 1; b < 300; b += 1)
        if (ones(word(2 * a) ^ word(2 * b)) + ones(word(2 * a + 1) ^ word(2 * b + 1)) <= radius)
          expected.push(`${a} ${b}`);
    const found: string[] = [];
    for (const _ of closeHashes(all, radius, (a, b) => found.push(`${a} ${b}`)));
    expect(expected.length).toBeGreaterThan(10);
    expect(found.toSorted()).toEqual(expected.toSorted());
  });
});

describe('reducing by areas', () => {
  it('keeps the mean, whatever the sizes', () => {
    const random = stream(1, 'levels');
    for (const [from, to] of [
      [
        { height: 28, width: 28 },
        { height: 8, width: 9 },
      ],
      [
        { height: 5, width: 64 },
        { height: 8, width: 9 },
      ],
      [
        { height: 16, width: 16 },
        { height: 16, width: 16 },
      ],
    ] as const) {
      const levels = Uint8Array.from({ length: from.height * from.width }, () => random.nextUint32() % 256);
      const reduced = new Float32Array(to.height * to.width);
      new AreaReducer(from, to).reduce(levels, 0, reduced, 0);
      const mean = (values: Uint8Array | Float32Array) =>
        [...values].reduce((sum, value) => sum + value, 0) / values.length;
      expect(mean(reduced)).toBeCloseTo(mean(levels), 3);
      if (from.height === to.height) expect([...reduced]).toEqual([...levels]);
    }
  });

  it('weighs pixels by what a cell covers of them', () => {
    const reduced = new Float32Array(2);
    new AreaReducer({ height: 1, width: 3 }, { height: 1, width: 2 }).reduce(Uint8Array.of(0, 30, 90), 0, reduced, 0);
    expect(reduced[0]).toBeCloseTo(10, 5);
    expect(reduced[1]).toBeCloseTo(70, 5);
  });
});
