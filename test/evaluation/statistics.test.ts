import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { confusionMatrix } from '../../src/evaluation/confusion.ts';
import { classMetrics } from '../../src/evaluation/metrics.ts';
import type { Predictions } from '../../src/evaluation/predictions.ts';
import { holm, mcnemarExact, wilsonInterval } from '../../src/evaluation/statistics.ts';
import { Bootstrap, pairedBootstrap } from '../../src/evaluation/statistics-bootstrap.ts';
import { calibration } from '../../src/evaluation/statistics-calibration.ts';
import { agreement, agreementByClass, pairUp } from '../../src/evaluation/statistics-paired.ts';

/** A small generator for the tests (Marsaglia's xorshift32), so that they need nothing of src/random. */
function xorshift(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Two classifiers with these numbers of images of one class that both, one or neither get right. */
function pairOf(both: number, onlyFirst: number, onlySecond: number, neither: number) {
  const answers = (...parts: readonly (readonly [number, number])[]): Int32Array =>
    Int32Array.from(parts.flatMap(([answer, count]) => new Array<number>(count).fill(answer)));
  const first = answers([0, both], [0, onlyFirst], [1, onlySecond], [1, neither]);
  const second = answers([0, both], [1, onlyFirst], [0, onlySecond], [1, neither]);
  return { classNames: ['a', 'b'], labels: new Int32Array(first.length), first, second };
}

describe('wilsonInterval', () => {
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ])('agrees with Newcombe (1998), Statistics in Medicine 17, table I: %i of %i', (hits, count, low, high) => {
    const interval = wilsonInterval(hits, count);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });

  it('agrees with statsmodels 0.15 (proportion_confint) and ends exactly', () => {
    const { low, high } = wilsonInterval(9272, 10_000);
    expect(low).toBeCloseTo(0.9219421496641167, 14);
    expect(high).toBeCloseTo(0.9321297621279772, 14);
    expect(wilsonInterval(0, 20).low).toBe(0);
    expect(wilsonInterval(20, 20).high).toBe(1);
    expect(() => wilsonInterval(1, 0)).toThrow(/no proportion/);
  });
});

describe('mcnemarExact', () => {
  it.each([
    // Fagerland, Lydersen and Laake (2013), BMC Medical Research Methodology 13:91, tables 1 and 2.
    [1, 7, 0.0703, 4],
    [6, 16, 0.0525, 4],
    // statsmodels 0.15, mcnemar(exact=True).
    [250, 310, 0.012590475149380298, 13],
    [3000, 3400, 6.067610453848046e-7, 17],
    [0, 0, 1, 15],
    [5, 5, 1, 15],
  ])('agrees with published values: %i against %i', (b, c, expected, places) => {
    expect(mcnemarExact(b, c)).toBeCloseTo(expected, places);
    expect(mcnemarExact(c, b)).toBe(mcnemarExact(b, c));
  });

  it('agrees with exact integer arithmetic', () => {
    const exact = (b: number, c: number): number => {
      const n = BigInt(b + c);
      let term = 1n;
      let tail = 1n;
      for (let i = 1n; i <= BigInt(Math.min(b, c)); i += 1n) {
        term = (term * (n - i + 1n)) / i;
        tail += term;
      }
      const scale = 10n ** 30n;
      return Math.min(1, Number((2n * tail * scale) / 2n ** n) / 1e30);
    };
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), (b, c) => {
        expect(Math.abs(mcnemarExact(b, c) - exact(b, c))).toBeLessThan(1e-11 * exact(b, c) + 1e-29);
      }),
    );
  });

  it('serves large counts and refuses what is no count', () => {
    expect(mcnemarExact(500_000, 502_000)).toBeCloseTo(0.0458, 4);
    expect(mcnemarExact(0, 5000)).toBe(0);
    expect(() => mcnemarExact(1.5, 2)).toThrow(/no count/);
  });
});

it('holm agrees with worked examples, in the order given', () => {
  // https://en.wikipedia.org/wiki/Holm-Bonferroni_method, example; statsmodels multipletests gives the same.
  expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02]);
  expect(holm([0.5, 0.6, 0.01])).toEqual([1, 1, 0.03]);
  expect(holm([])).toEqual([]);
});

describe('paired predictions', () => {
  const predictions: Predictions = {
    classNames: ['a', 'b'],
    indices: Int32Array.of(0, 1, 2, 3),
    labels: Int32Array.of(0, 0, 1, 1),
    predicted: Int32Array.of(0, 0, 1, 0),
    probabilities: new Float32Array(8),
  };
  const other = { ...predictions, predicted: Int32Array.of(1, 0, 0, 0) };

  it('counts agreement over all images and by class', () => {
    const pair = pairUp(predictions, other);
    expect(agreement(pair)).toEqual({ both: 1, onlyFirst: 2, onlySecond: 0, neither: 1, pValue: 0.5 });
    expect(agreementByClass(pair)).toEqual([
      { name: 'a', both: 1, onlyFirst: 1, onlySecond: 0, neither: 0, pValue: 1, adjustedPValue: 1 },
      { name: 'b', both: 0, onlyFirst: 1, onlySecond: 0, neither: 1, pValue: 1, adjustedPValue: 1 },
    ]);
  });

  it('refuses to compare predictions about different things', () => {
    expect(() => pairUp(predictions, { ...other, classNames: ['a', 'c'] })).toThrow(/classes a, b, the second a, c/);
    expect(() => pairUp(predictions, { ...other, indices: Int32Array.of(0) })).toThrow(/4 predictions, the second 1/);
    expect(() => pairUp(predictions, { ...other, indices: Int32Array.of(0, 1, 2, 9) })).toThrow(
      /prediction 3 is about image 3 of class 'b' in the first, image 9/,
    );
  });
});

describe('pairedBootstrap', () => {
  it('agrees with the normal approximation of the difference in accuracy', () => {
    const [both, onlyFirst, onlySecond, neither] = [1700, 120, 80, 100];
    const n = both + onlyFirst + onlySecond + neither;
    const { accuracy } = pairedBootstrap(pairOf(both, onlyFirst, onlySecond, neither), {
      nextUint32: xorshift(1),
      resamples: 4000,
    });
    const difference = (onlySecond - onlyFirst) / n;
    // Variance of a difference of paired proportions: (b + c - (b - c)^2 / n) / n^2.
    const error = Math.sqrt(onlyFirst + onlySecond - (onlyFirst - onlySecond) ** 2 / n) / n;
    expect(accuracy.first).toBe((both + onlyFirst) / n);
    expect(accuracy.difference).toBeCloseTo(difference, 15);
    expect(Math.abs(accuracy.low - (difference - 1.96 * error))).toBeLessThan(0.1 * error);
    expect(Math.abs(accuracy.high - (difference + 1.96 * error))).toBeLessThan(0.1 * error);
  });

  it('measures recall and F1 of each class as the metrics do', () => {
    const labels = Int32Array.of(0, 0, 0, 1, 1, 2);
    const pair = {
      classNames: ['a', 'b', 'c', 'absent'],
      labels,
      first: labels,
      second: Int32Array.of(0, 0, 1, 1, 1, 0),
    };
    const { accuracy, macroF1, classes } = pairedBootstrap(pair, { nextUint32: xorshift(2), resamples: 200 });
    expect(accuracy).toMatchObject({ first: 1, second: 4 / 6 });
    expect(classes.map(({ recall }) => recall.second)).toEqual([2 / 3, 1, 0, 0]);
    expect(classes.map(({ f1 }) => f1.second)).toEqual([4 / 6, 4 / 5, 0, 0]);
    expect(macroF1.first).toBe(3 / 4);
    expect(macroF1.second).toBeCloseTo((4 / 6 + 4 / 5) / 4, 15);
    for (const { recall } of classes) expect(recall.low).toBeLessThanOrEqual(recall.high);
  });

  it('is a function of its random numbers, and certain where nothing differs', () => {
    const options = (seed: number) => ({ nextUint32: xorshift(seed), resamples: 100 });
    const pair = pairOf(50, 10, 20, 5);
    expect(pairedBootstrap(pair, options(3))).toEqual(pairedBootstrap(pair, options(3)));
    expect(pairedBootstrap(pairOf(5, 0, 0, 5), options(3)).accuracy).toMatchObject({ low: 0, high: 0 });
    expect(() => pairedBootstrap(pairOf(0, 0, 0, 0), options(3))).toThrow(/no images/);
  });

  it.each([
    [25, { resamples: 25 }],
    [10_000, {}],
  ])('takes a random number for each of 40 images in %d resamples, and no more', (resamples, options) => {
    const nextUint32 = vi.fn(xorshift(4));
    pairedBootstrap(pairOf(30, 4, 3, 3), { nextUint32, ...options });
    expect(nextUint32).toHaveBeenCalledTimes(40 * resamples);
  });
});

describe('Bootstrap', () => {
  const classNames = ['a', 'b', 'c', 'absent'];
  const numbers = xorshift(5);
  const draw = (count: number, below: number) => Int32Array.from({ length: count }, () => numbers() % below);
  const labels = draw(60, 3);
  /** Three classifiers of unlike quality, and one that is never wrong. */
  const answers = [
    ...[4, 3, 2].map((often) => labels.map((label) => (numbers() % often === 0 ? numbers() % 4 : label))),
    labels,
  ];
  const options = (resamples = 300) => ({ nextUint32: xorshift(6), resamples });
  const pairs = [0, 1, 2, 3].flatMap((first) => [0, 1, 2, 3].map((second) => [first, second] as const));

  function drawnInParts(): Bootstrap {
    const bootstrap = new Bootstrap({ classNames, labels, answers }, options());
    for (const part of [1, 98, 200, 7]) bootstrap.draw(part);
    expect(bootstrap.done).toBe(300);
    return bootstrap;
  }

  it('of several classifiers, drawn in parts, gives each pair the very numbers that it has alone', () => {
    const shared = drawnInParts();
    for (const [one, other] of pairs) {
      const [first = labels, second = labels] = [answers[one], answers[other]];
      expect(shared.between(one, other)).toEqual(pairedBootstrap({ classNames, labels, first, second }, options()));
    }
  });

  it('measures what is counted image by image', () => {
    const shared = drawnInParts();
    const next = xorshift(6);
    const resamples = Array.from({ length: 300 }, () =>
      Array.from(labels, () => Math.trunc((next() / 2 ** 32) * labels.length)),
    );
    const measures = (said: Int32Array, images: readonly number[]) => {
      const at = (values: Int32Array) => Int32Array.from(images, (image) => values[image] ?? 0);
      const confusion = confusionMatrix(at(labels), at(said), 4);
      const classes = classMetrics(confusion, classNames);
      const hits = confusion.reduce((total, row, index) => total + (row[index] ?? 0), 0);
      const total = classes.reduce((sum, { f1 }) => sum + f1, 0);
      return [hits / images.length, total / 4, ...classes.flatMap(({ recall, f1 }) => [recall, f1])];
    };
    for (const [one, other] of pairs) {
      const [first = labels, second = labels] = [answers[one], answers[other]];
      const differences = resamples.map((images) => {
        const [a, b] = [measures(first, images), measures(second, images)];
        return b.map((value, index) => value - (a[index] ?? 0));
      });
      const { accuracy, macroF1, classes } = shared.between(one, other);
      for (const [index, { low, high }] of [
        accuracy,
        macroF1,
        ...classes.flatMap(({ recall, f1 }) => [recall, f1]),
      ].entries()) {
        const sorted = differences.map((values) => values[index] ?? 0).toSorted((a, b) => a - b);
        // 0.025 and 0.975 of 299 steps.
        const between = (step: number) => {
          const [below = 0, above = 0] = [sorted[Math.floor(step)], sorted[Math.ceil(step)]];
          return below + (above - below) * (step - Math.floor(step));
        };
        expect(low).toBeCloseTo(between(7.475), 14);
        expect(high).toBeCloseTo(between(291.525), 14);
      }
    }
  });

  it('counts beyond 65,535 images', () => {
    const many = new Int32Array(70_000);
    const bootstrap = new Bootstrap({ classNames: ['a', 'b'], labels: many, answers: [many, many] }, options(2));
    bootstrap.draw(2);
    expect(bootstrap.between(0, 1).accuracy).toEqual({ first: 1, second: 1, difference: 0, low: 0, high: 0 });
  });

  it('judges nothing before all is drawn', () => {
    const bootstrap = new Bootstrap({ classNames, labels, answers }, options());
    bootstrap.draw(299);
    expect(() => bootstrap.between(0, 1)).toThrow('299 of 300 resamples');
  });
});

describe('calibration', () => {
  const of = (confidences: readonly number[], right: readonly boolean[]): Predictions => ({
    classNames: ['a', 'b'],
    indices: Int32Array.from(confidences.keys()),
    labels: Int32Array.from(right, (isRight) => (isRight ? 0 : 1)),
    predicted: new Int32Array(confidences.length),
    probabilities: Float32Array.from(confidences.flatMap((confidence) => [confidence, 1 - confidence])),
  });

  it('agrees with a hand-worked example', () => {
    // Five bins of 0.2: 0.5 alone, 0.625 alone, then 0.875, 0.9375 and 1 with mean 0.9375, two of three right.
    const predictions = of([0.5, 0.625, 0.875, 0.9375, 1], [true, false, true, false, true]);
    const { error, bins } = calibration(predictions, 5);
    expect(bins.map(({ count }) => count)).toEqual([0, 0, 1, 1, 3]);
    expect(bins[4]).toEqual({ low: 0.8, high: 1, count: 3, accuracy: 2 / 3, confidence: 0.9375 });
    expect(bins[0]).toMatchObject({ accuracy: null, confidence: null });
    expect(error).toBeCloseTo((Math.abs(1 - 0.5) + Math.abs(0 - 0.625) + 3 * Math.abs(2 / 3 - 0.9375)) / 5, 15);
  });

  it('puts a confidence on an edge into the lower bin, and 0 into the first', () => {
    const { bins } = calibration(of([0, 0.25, 0.5, 1], [true, true, true, true]), 4);
    expect(bins.map(({ count }) => count)).toEqual([2, 1, 0, 1]);
    expect(calibration(of([1], [true])).bins).toHaveLength(15);
    expect(() => calibration(of([], []))).toThrow(/no predictions/);
  });
});
