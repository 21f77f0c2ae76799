import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type Observation, observe, rangeMethods } from '../../src/export/calibration.ts';
import { feedOf, normalizePixels } from '../../src/export/feed.ts';
import { imageSet, untrained } from './support.ts';

const work = mkdtempSync(join(tmpdir(), 'atelier-calibration-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const rangeBy = (name: string, observation: Observation) =>
  rangeMethods.find((method) => method.name === name)?.range(observation);

it('percentiles leave out what is rare at either end, to the width of a bin', () => {
  const bins = new Float64Array(4096).fill(10);
  bins.fill(0, 4000);
  bins[4095] = 1;
  const observation = { min: 0, max: 4096, bins };
  expect(rangeBy('min-max', observation)).toEqual({ min: 0, max: 4096 });
  expect(rangeBy('percentile 99.99', observation)).toEqual({ min: 0, max: 4000 });
  expect(rangeBy('percentile 99.999', observation)).toEqual({ min: 0, max: 4096 });
});

it.each(['bytes', 'normalized'] as const)('sees every value of a graph that is fed %s', async (input) => {
  const subject = await untrained(work, 'm1');
  const { normalization } = subject;
  const images = imageSet(3, 1);
  const graph = subject.graph({ input, output: 'logits' });
  const found = await observe(graph, images, { input, normalization }, 1);
  const first = found.get(input === 'bytes' ? 'normalize/Div_1_output' : 'images');
  const pixels = normalizePixels(images.images, images.shape, normalization);
  expect(found.size).toBe(4);
  expect(first?.min).toBe(Math.min(...pixels));
  expect(first?.max).toBe(Math.max(...pixels));
  for (const { min, max, bins } of found.values()) {
    expect(min).toBeLessThan(max);
    expect(bins.reduce((sum, elements) => sum + elements, 0) % 3).toBe(0);
  }
});

it('a feed is the part of the images asked for', () => {
  const images = imageSet(5, 2);
  const feed = feedOf(images, 'bytes', { mean: [0], std: [1] }, 4, 3);
  expect(feed.shape).toEqual([1, 1, 28, 28]);
  expect(feed.data).toEqual(images.images.subarray(4 * 784));
});
