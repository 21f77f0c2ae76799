import { describe, expect, it } from 'vitest';
import {
  balancedAccuracyEstimate,
  f1Estimate,
  independentDifference,
  meanF1Estimate,
  proportion,
} from '../../src/evaluation/comparison/intervals.ts';
import { randomizationTest } from '../../src/evaluation/comparison/randomization.ts';
import { chiSquareQuantile } from '../../src/evaluation/comparison/seed-spread.ts';
import { confusionMatrix } from '../../src/evaluation/confusion.ts';
import { pairedBootstrap } from '../../src/evaluation/statistics-bootstrap.ts';
import { stream } from '../../src/random/streams.ts';
import { classNames, publishedLikeAnswers } from '../report/fake-runs.ts';

const draws = (name: string, resamples: number) => {
  const source = stream(0, name);
  return { nextUint32: () => source.nextUint32(), resamples };
};

describe('intervals', () => {
  it('F1 has the mapped Wilson interval of TP / (TP + FP + FN)', () => {
    // Wilson's interval of 8 of 10 is 0.4902 to 0.9433.
    const { value, interval } = f1Estimate({ right: 8, support: 9, predicted: 9 });
    expect(value).toBeCloseTo(16 / 18, 14);
    expect(interval?.low).toBeCloseTo((2 * 0.4902) / 1.4902, 3);
    expect(interval?.high).toBeCloseTo((2 * 0.9433) / 1.9433, 3);
    expect(f1Estimate({ right: 0, support: 0, predicted: 0 })).toEqual({ value: 0, interval: null });
  });

  it.each([
    // Newcombe (1998), Statistics in Medicine 17, 873-890, table II, method 10.
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
  ])('agrees with Newcombe: %i/%i less %i/%i', (a, m, b, n, low, high) => {
    const { value, interval } = independentDifference(proportion(b, n), proportion(a, m));
    expect(value).toBeCloseTo(a / m - b / n, 14);
    expect(interval?.low).toBeCloseTo(low, 4);
    expect(interval?.high).toBeCloseTo(high, 4);
  });

  it('of macro and weighted F1 agrees with a bootstrap against the truth', () => {
    const answers = publishedLikeAnswers(100).m2;
    const labels = Int32Array.from(answers, ([truth]) => truth);
    const second = Int32Array.from(answers, ([, said]) => said);
    const { macroF1 } = pairedBootstrap({ classNames, labels, first: labels, second }, draws('test', 4000));
    const estimate = meanF1Estimate(confusionMatrix(labels, second, 10), new Array<number>(10).fill(0.1));
    expect(estimate.value).toBeCloseTo(macroF1.second, 14);
    const width = macroF1.high - macroF1.low;
    expect(Math.abs((estimate.interval?.low ?? 0) - 1 - macroF1.low)).toBeLessThan(0.1 * width);
    expect(Math.abs((estimate.interval?.high ?? 0) - 1 - macroF1.high)).toBeLessThan(0.1 * width);
  });

  it('of the mean F1 has a hand-worked variance, and no width without mistakes', () => {
    // Two classes, 2 and 2 images, one of the first taken for the second: F1 2/3 and 4/5.
    const { value, interval } = meanF1Estimate(
      [
        [1, 1],
        [0, 2],
      ],
      [0.5, 0.5],
    );
    expect(value).toBeCloseTo((2 / 3 + 4 / 5) / 2, 14);
    // Sizes 3/4 and 5/4; derivatives 4/3 - 8/9 = 4/9, -(4/9 + 8/25) and 4/5 - 16/25 = 4/25 with shares 1/4, 1/4, 1/2.
    const variance = ((4 / 9) ** 2 / 4 + (4 / 9 + 8 / 25) ** 2 / 4 + (4 / 25) ** 2 / 2) / 4;
    expect(interval?.low).toBeCloseTo(value - 1.959963984540054 * Math.sqrt(variance), 12);
    expect(interval?.high).toBe(1);
    expect(meanF1Estimate([[3]], [1])).toEqual({ value: 1, interval: { low: 1, high: 1 } });
  });

  it('of the balanced accuracy has a hand-worked variance; a class without images counts nothing', () => {
    const { value, interval } = balancedAccuracyEstimate([
      [9, 1, 0],
      [1, 3, 0],
      [0, 0, 0],
    ]);
    expect(value).toBeCloseTo(0.825, 15);
    // Recalls 9/10 and 3/4 of 10 and 4 images.
    const variance = ((0.9 * 0.1) / 10 + (0.75 * 0.25) / 4) / 4;
    expect(interval?.low).toBeCloseTo(value - 1.959963984540054 * Math.sqrt(variance), 12);
    expect(interval?.high).toBe(1);
  });

  it.each([
    [0.975, 1, 5.0239],
    [0.025, 1, 0.000982],
    [0.975, 2, 7.3778],
    [0.025, 9, 2.7004],
    [0.975, 9, 19.0228],
    [0.5, 40, 39.3353],
  ])('chi-square quantiles agree with tables: %f of %i degrees of freedom', (probability, freedom, expected) => {
    expect(Math.abs(chiSquareQuantile(probability, freedom) / expected - 1)).toBeLessThan(5e-4);
  });
});

describe('randomizationTest', () => {
  const pair = (labels: number[], first: number[], second: number[]) => ({
    classNames: ['a', 'b'],
    labels: Int32Array.from(labels),
    first: Int32Array.from(first),
    second: Int32Array.from(second),
  });

  it('agrees with exchanges counted by hand', () => {
    // Three disputed images, all right in the first: of 8 exchanges, 2 give a difference as large.
    const tests = randomizationTest(pair([0, 0, 0, 0, 1], [0, 0, 0, 0, 1], [1, 1, 1, 0, 1]), draws('hand', 20_000));
    for (const p of [tests.macroF1, ...tests.classes]) expect(Math.abs(p - 0.25)).toBeLessThan(0.015);
  });

  it('cannot tell apart what is alike, and is a function of its random numbers', () => {
    const same = pair([0, 1, 0], [0, 1, 1], [0, 1, 1]);
    expect(randomizationTest(same, draws('same', 50))).toEqual({ macroF1: 1, classes: [1, 1] });
    // Each is ahead once: the F1 differ, but no exchange makes less of a difference.
    const mixed = pair([0, 0, 1, 1], [0, 1, 1, 1], [1, 0, 1, 1]);
    expect(randomizationTest(mixed, draws('mixed', 50))).toEqual({ macroF1: 1, classes: [1, 1] });
    const other = pair([0, 0, 1, 1], [0, 0, 1, 1], [1, 0, 0, 1]);
    expect(randomizationTest(other, draws('x', 99))).toEqual(randomizationTest(other, draws('x', 99)));
    expect(() => randomizationTest(pair([], [], []), draws('none', 1))).toThrow(/no images/);
  });
});
