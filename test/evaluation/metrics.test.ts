import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { AtelierError } from '../../src/errors.ts';
import { computeMetrics, parseMetrics, readMetrics } from '../../src/evaluation/metrics.ts';
import { crossEntropy, predictedClasses, softmax } from '../../src/evaluation/scores.ts';
import { writeJsonAtomic } from '../../src/files/json.ts';
import { metricsWith, subject } from './examples.ts';

const abc = ['a', 'b', 'c'];

describe('scores', () => {
  const scores = {
    classNames: abc,
    labels: [0, 1, 2],
    logits: Float32Array.of(1, 2, 3, 100, 0, -100, 0.5, -0.25, 0.125),
  };

  it('gives the cross-entropy and probabilities of PyTorch 1.13 on the same logits in float64', () => {
    expect(crossEntropy(scores)).toBeCloseTo(34.51751827873041, 13);
    const expected = [0.090030573, 0.24472848, 0.66524094, 1, 3.7835059e-44, 0, 0.46303675, 0.21872307, 0.3182402];
    expect([...softmax(scores)]).toEqual(expected.map(Math.fround));
  });

  it('neither overflows nor loses small differences', () => {
    const logits = Float32Array.of(1e38, 0, 1e38);
    expect(crossEntropy({ classNames: abc, labels: [0], logits })).toBe(Math.log(2));
    const near = { classNames: abc, labels: [0], logits: Float32Array.of(40, 0, 0) };
    expect(crossEntropy(near)).toBeCloseTo(2 * Math.exp(-40), 30);
  });

  it('predicts the first of equally large logits', () => {
    const logits = Float32Array.of(0, 0, 0, -5, -1, -1);
    expect([...predictedClasses({ classNames: abc, labels: [0, 0], logits })]).toEqual([0, 1]);
  });
});

describe('computeMetrics', () => {
  it('follows scikit-learn where a class is never predicted or never occurs', () => {
    // Hand-worked: b is predicted once and wrongly, c neither occurs nor is predicted.
    const metrics = metricsWith(
      [
        [3, 1, 0],
        [2, 0, 0],
        [0, 0, 0],
      ],
      abc,
    );
    expect(metrics).toMatchObject({ ...subject, count: 6, accuracy: 0.5 });
    expect(metrics.classes).toEqual([
      { name: 'a', precision: 3 / 5, recall: 3 / 4, f1: 6 / 9, support: 4 },
      { name: 'b', precision: 0, recall: 0, f1: 0, support: 2 },
      { name: 'c', precision: 0, recall: 0, f1: 0, support: 0 },
    ]);
    expect(metrics.macro.f1).toBeCloseTo(6 / 9 / 3, 15);
    expect(metrics.weighted.precision).toBeCloseTo((3 / 5) * (4 / 6), 15);
    expect(metrics.weighted.recall).toBeCloseTo(metrics.accuracy, 15);
    expect(metrics.confusion[0]).toEqual([3, 1, 0]);
  });

  it('tells what the most frequent class hides', () => {
    // Hand-worked: 90 of 100 images are of one class. scikit-learn 1.9.1's balanced_accuracy_score: 0.8148148148148149.
    const metrics = metricsWith(
      [
        [85, 5, 0, 0],
        [4, 4, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 2],
      ],
      [...abc, 'd'],
    );
    expect(metrics.accuracy).toBe(0.91);
    expect(metrics.balancedAccuracy).toBeCloseTo(0.8148148148148149, 15);
    // 85/90, 4/8 and 2/2; the class without images is left out.
    expect(metrics.balancedAccuracy).toBeCloseTo((17 / 18 + 1 / 2 + 1) / 3, 15);
    expect(metrics.macro.recall).toBeCloseTo((17 / 18 + 1 / 2 + 1) / 4, 15);
    expect(metrics.majority).toEqual({ class: 'a', accuracy: 0.9 });
    const even = metricsWith(
      [
        [0, 1],
        [1, 0],
      ],
      ['a', 'b'],
    );
    expect(even).toMatchObject({ balancedAccuracy: 0, majority: { class: 'a', accuracy: 0.5 } });
  });

  it('names the image and the fault', () => {
    const logits = Float32Array.of(0, 0, 0, 0, Number.NaN, 0);
    const compute = (labels: readonly number[], answers: Float32Array) => () =>
      computeMetrics(subject, { classNames: abc, labels, logits: answers });
    expect(compute([0, 1], logits)).toThrow(/answer to image 1 holds NaN.*diverged/);
    expect(compute([0, 3], new Float32Array(6))).toThrow(/label of image 1 is 3, expected 0 to 2/);
    expect(compute([0], logits)).toThrow(/6 numbers, expected 1 images x 3 classes/);
    expect(compute([], logits)).toThrow(/no images/);
  });

  it('looks at each label as often among 10,000 images as among 100', () => {
    /** How often elements of the labels are read. */
    const looks = (images: number): number => {
      let count = 0;
      const numbers = Array.from({ length: images }, (_, image) => image % 10);
      const labels = new Proxy(numbers, {
        get: (target, key) => {
          if (typeof key === 'string' && /^\d+$/.test(key)) count += 1;
          return Reflect.get(target, key);
        },
      });
      const logits = Float32Array.from({ length: 10 * images }, (_, index) => Math.sin(index));
      computeMetrics(subject, { classNames: [...'abcdefghij'], labels, logits });
      return count;
    };
    const few = looks(100);
    expect(few).toBeGreaterThanOrEqual(100);
    expect(looks(10_000)).toBe(100 * few);
  });
});

describe('metrics.json', () => {
  const metrics = metricsWith(
    [
      [2, 1],
      [0, 3],
    ],
    ['a', 'b'],
  );

  it('round-trips', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'atelier-metrics-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'metrics.json');
    await writeJsonAtomic(path, metrics);
    expect(await readMetrics(path)).toEqual(metrics);
    writeFileSync(path, '{"model":"m1"}');
    await expect(readMetrics(path)).rejects.toThrow(/metrics\.json'.*no metrics/);
  });

  it('of older versions are completed from their counts', () => {
    const { balancedAccuracy, majority, ...older } = metrics;
    expect(balancedAccuracy).toBeCloseTo(5 / 6, 15);
    expect(majority).toEqual({ class: 'a', accuracy: 0.5 });
    expect(parseMetrics(older)).toEqual(metrics);
  });

  it.each([
    ['a missing field', { ...metrics, loss: undefined }, /loss/],
    ['a field of its own', { ...metrics, extra: 1 }, /extra/],
    ['an impossible accuracy', { ...metrics, accuracy: 1.5 }, /accuracy/],
    ['a balanced accuracy of other counts', { ...metrics, balancedAccuracy: 0.5 }, /expected 0\.83\d+ by the counts/],
    ['counts that miss images', { ...metrics, count: 7 }, /add up to 6, expected 7 images/],
    [
      'a row that misses images',
      {
        ...metrics,
        confusion: [
          [1, 1],
          [0, 3],
        ],
      },
      /row 0 does not add up .* support 3/,
    ],
    ['a row too short', { ...metrics, confusion: [[3], [0, 3]] }, /expected 2 x 2 counts/],
    ['no object', null, /expected object/],
  ])('refuses %s', (_, value, message) => {
    expect(() => parseMetrics(value)).toThrow(AtelierError);
    expect(() => parseMetrics(value)).toThrow(message);
  });
});
