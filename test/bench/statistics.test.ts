import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { disagreementOf, median, pairedRatios, quantile, spreadOf } from '../../bench/statistics.ts';

describe('quantiles', () => {
  it('are those of NumPy', () => {
    // numpy.percentile([7, 1, 3, 10], [0, 25, 50, 75, 100])
    expect(spreadOf([7, 1, 3, 10])).toEqual({ min: 1, lower: 2.5, median: 5, upper: 7.75, max: 10 });
    expect(median([3, 1, 2])).toBe(2);
    expect(quantile([5], 0.25)).toBe(5);
  });

  it('lie in order between least and greatest, whatever the order of the values', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 }), (values) => {
        const { min, lower, median: middle, upper, max } = spreadOf(values);
        expect([min, lower, middle, upper, max]).toEqual([min, lower, middle, upper, max].toSorted((a, b) => a - b));
        expect(spreadOf(values.toReversed())).toEqual({ min, lower, median: middle, upper, max });
        expect(min).toBe(Math.min(...values));
      }),
    );
  });

  it('of nothing there are none', () => {
    expect(() => median([])).toThrow('at least one value');
  });
});

describe('ratios', () => {
  it('are taken pair by pair, so that what slows both cancels', () => {
    expect(pairedRatios([10, 40, 20], [20, 80, 40])).toEqual([0.5, 0.5, 0.5]);
  });

  it('go as far as both have a repetition', () => {
    expect(pairedRatios([10, 20, 30], [40])).toEqual([0.25]);
    expect(pairedRatios([10], [40, 50])).toEqual([0.25]);
  });
});

describe('disagreement', () => {
  it('is the largest difference over the largest magnitude', () => {
    expect(disagreementOf([2, -4, 0.001], [2, -3, 0.002])).toBe(0.25);
    expect(disagreementOf([2, 1], [2, 1])).toBe(0);
  });

  it('is unknown where there is nothing to compare', () => {
    expect(disagreementOf([], [1])).toBeNull();
  });
});
