import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { divideByClass, dividedCounts } from '../../src/data/division.ts';

const shares = { validation: 0.1, test: 0.2 };

/** Labels and how often each class is among them. */
function labelled(perClass: readonly number[]) {
  const labels = perClass.flatMap((count, label) => Array.from({ length: count }, () => label));
  return { labels: Uint32Array.from(labels), perClass };
}

describe('a division by class', () => {
  it('gives every image to one split, and each class its share of every split', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 6 });
    const share = fc.double({ min: 0, max: 0.45, noNaN: true });
    fc.assert(
      fc.property(counts, share, share, fc.nat(), (perClass, validation, test, seed) => {
        const { labels } = labelled(perClass);
        const division = { validation, test, perClass };
        const divided = divideByClass(labels, division, seed);
        const all = [...divided.train, ...divided.validation, ...divided.test];
        expect(all.toSorted((a, b) => a - b)).toEqual(Array.from(labels.keys()));
        expect(dividedCounts(division)).toEqual({
          train: divided.train.length,
          validation: divided.validation.length,
          test: divided.test.length,
        });
        for (const [label, count] of perClass.entries()) {
          const held = divided.validation.filter((at) => labels[at] === label).length;
          expect(Math.abs(held - count * validation)).toBeLessThanOrEqual(1);
          if (count > 0) expect(divided.train.some((at) => labels[at] === label)).toBe(true);
          if (count > 2 && validation > 0 && test > 0) expect(held).toBeGreaterThan(0);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is a function of the seed, and mixes the classes', () => {
    const { labels, perClass } = labelled([50, 50]);
    const division = { ...shares, perClass };
    const [one, again, other] = [1, 1, 2].map((seed) => divideByClass(labels, division, seed));
    expect(one).toEqual(again);
    expect(one?.test).not.toEqual(other?.test);
    expect(new Set(Array.from(one?.train.subarray(0, 10) ?? [], (at) => labels[at])).size).toBe(2);
  });

  it('trains on what there is too little of', () => {
    expect(dividedCounts({ ...shares, perClass: [1, 2, 3] })).toEqual({ train: 3, validation: 2, test: 1 });
  });
});
