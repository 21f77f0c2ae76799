import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  defaultScale,
  pointOf,
  type ScaleResult,
  stepOperations,
  stepsWithin,
  threadCounts,
} from '../../bench/scale.ts';
import { scaleSections, writeScale } from '../../bench/scale-report.ts';
import { spreadOf } from '../../bench/statistics.ts';
import { scratchFolder } from '../files/scratch.ts';
import { environment } from './fakes.ts';

const place = { model: 'm1', threads: 1, width: 1, operations: 2e9, floor: 20 } as const;
const result: ScaleResult = {
  kind: 'atelier-bench-scale-1',
  environment,
  settings: { ...defaultScale, models: ['m1'], batchSizes: [16, 32], widths: [1] },
  rates: [{ threads: 1, sgemm: 1e11 }],
  points: [
    {
      ...place,
      batchSize: 16,
      ms: [40],
      spread: spreadOf([40]),
      imagesPerSecond: 400,
      fraction: 0.5,
      peakMemoryBytes: 2 ** 30,
      details: '',
      reason: null,
    },
    {
      ...place,
      batchSize: 32,
      ms: [],
      spread: null,
      imagesPerSecond: null,
      fraction: null,
      peakMemoryBytes: null,
      details: '',
      reason: 'not begun: too large',
    },
  ],
};

describe('the floor', () => {
  it('counts each multiply-add of Model 1 three times, but the gradient of the images', () => {
    // Multiply-adds an image, from the layers as they are.
    const first = 26 * 26 * 32 * 9;
    const others = 24 * 24 * 64 * 32 * 9 + 9216 * 128 + 128 * 10;
    expect(stepOperations('m1', 128, 1)).toBe(128 * 2 * (2 * first + 3 * others));
  });

  it('grows with the batch, and with channels nearly as their square', () => {
    expect(stepOperations('m2', 64, 1)).toBe(2 * stepOperations('m2', 32, 1));
    const growth = stepOperations('m2', 32, 2) / stepOperations('m2', 32, 1);
    expect(growth).toBeGreaterThan(3.8);
    expect(growth).toBeLessThan(4);
  });
});

describe('a point', () => {
  const timing = { model: 'm1', batchSize: 128, threads: 2, width: 1, ms: [200], imagesPerSecond: 640 } as const;
  const rest = { peakMemoryBytes: null, details: '', reason: null };
  const rates = [
    { threads: 1, sgemm: 1e10 },
    { threads: 2, sgemm: 1e11 },
  ];

  it('is held against the rate of as many threads', () => {
    const { floor, fraction, operations } = pointOf({ ...timing, ...rest, spread: spreadOf([200]) }, rates);
    expect(floor).toBeCloseTo(operations / 1e8, 6);
    expect(fraction).toBeCloseTo(floor / 200, 9);
  });

  it('without a time has no share of the floor', () => {
    expect(pointOf({ ...timing, ...rest, spread: null }, rates).fraction).toBeNull();
  });
});

describe('what is measured', () => {
  it('is powers of two of threads, and as many as there are', () => {
    expect(threadCounts(1)).toEqual([1]);
    expect(threadCounts(2)).toEqual([1, 2]);
    expect(threadCounts(6)).toEqual([1, 2, 4, 6]);
  });

  it('is as many steps as the time allows, at least three unless fewer are asked for', () => {
    expect(stepsWithin({ steps: 10, budget: 1000 }, 10)).toBe(10);
    expect(stepsWithin({ steps: 10, budget: 1000 }, 200)).toBe(5);
    expect(stepsWithin({ steps: 10, budget: 1000 }, 5000)).toBe(3);
    expect(stepsWithin({ steps: 1, budget: 1000 }, 5000)).toBe(1);
  });
});

describe('the report', () => {
  it('shows the share of the floor, and why a point is missing', () => {
    const [section] = scaleSections(result);
    expect(section?.table.rows).toEqual([
      ['x1', '1', '16', '40.0', '40.0 to 40.0', '400', '2.0', '50 %', '1024 MiB'],
      ['x1', '1', '32', '-', '-', '-', '2.0', '-', '-'],
    ]);
    expect(section?.notes).toEqual(['x1, 1 thread, batch 32: not begun: too large']);
  });

  it('has names of its own, beside those of the comparison', async () => {
    const folder = scratchFolder();
    expect(await writeScale(folder, result)).toEqual(
      ['scale.json', 'scale.md', 'scale-m1.png'].map((name) => join(folder, name)),
    );
  });
});
