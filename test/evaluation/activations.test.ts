import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { imagesInMemory } from '../../src/data/images.ts';
import {
  type ActivationBatch,
  activationBatches,
  channelsOf,
  imageOf,
  type LayerActivations,
  mapsOf,
} from '../../src/evaluation/activations.ts';
import { openTrainedModel } from '../../src/evaluation/trained-model.ts';
import type { SplitImages } from '../../src/evaluation/trained-model-images.ts';
import { workFolder } from '../cli/folders.ts';
import { context, imageShape } from '../models.ts';
import { writeRun } from './trained-model-run.ts';

const path = join(workFolder(), 'run');

const noise = Uint8Array.from({ length: 9 * 784 }, (_, i) => (Math.imul(i + 7, 2654435761) >>> 24) & 255);
/** Nine images of noise; the split holds them backwards. */
const source: SplitImages = {
  split: 'test',
  images: imagesInMemory(
    imageShape,
    noise,
    Array.from({ length: 9 }, (_, i) => i),
  ),
  classes: Array.from({ length: 10 }, (_, i) => `class ${i}`),
  indices: Uint32Array.from({ length: 9 }, (_, i) => 8 - i),
};

beforeAll(async () => {
  await writeRun(path, 'm1');
});

async function collect(layers: readonly string[], positions: readonly number[], batchSize: number) {
  const model = await openTrainedModel(path, { checkpoint: 'best', threads: 1 }, context);
  onTestFinished(() => model.release());
  const batches: ActivationBatch[] = [];
  for await (const batch of activationBatches(await model.inspector(layers), source, positions, batchSize))
    batches.push(batch);
  return batches;
}

function layerOf(batch: ActivationBatch | undefined, at: number): LayerActivations {
  const layer = batch?.layers[at];
  if (layer === undefined) throw new Error(`no layer ${at}`);
  return layer;
}

describe('activationBatches', () => {
  it('yields batches of their own that agree with one batch of all', async () => {
    const positions = [4, 0, 8, 2, 3];
    const [whole, ...none] = await collect(['conv2', 'conv1'], positions, 100);
    expect(none).toEqual([]);
    // All are kept before any is looked at: a later one must not have overwritten an earlier one.
    const batches = await collect(['conv2', 'conv1'], positions, 2);
    expect(batches.map((batch) => batch.positions)).toEqual([[4, 0], [8, 2], [3]]);
    expect(batches.flatMap(({ predictions }) => [...predictions.indices])).toEqual([4, 8, 0, 6, 5]);
    expect(batches.flatMap(({ predictions }) => [...predictions.labels])).toEqual([4, 8, 0, 6, 5]);
    expect(batches.flatMap(({ images }) => [...images])).toEqual(whole ? [...whole.images] : []);
    for (const at of [0, 1]) {
      const values = batches.flatMap((batch) => [...layerOf(batch, at).values]);
      const expected = layerOf(whole, at).values;
      expect(layerOf(whole, at).name).toBe(['conv2', 'conv1'][at]);
      expect(values).toHaveLength(expected.length);
      const different = values.findIndex((value, i) => !(Math.abs(value - (expected[i] ?? Number.NaN)) < 1e-5));
      expect(different).toBe(-1);
    }
  });

  it('gives each image and its maps by place', async () => {
    const [batch] = await collect(['conv1'], [7, 8], 8);
    if (batch === undefined) throw new Error('no batch');
    expect(imageOf(batch, 1)).toEqual(noise.subarray(0, 784));
    const layer = layerOf(batch, 0);
    const area = 26 * 26;
    expect(mapsOf(layer, 1)).toEqual(layer.values.subarray(32 * area));
    expect(mapsOf(layer, 1, 5)).toEqual(layer.values.subarray(37 * area, 38 * area));
  });
});

describe('channelsOf', () => {
  const layer: LayerActivations = {
    name: 'x',
    shape: [3, 1, 2],
    values: Float32Array.from({ length: 12 }, (_, i) => i),
  };

  it('picks channels of every image, in the order given', () => {
    expect([...channelsOf(layer, 2, [2, 0])]).toEqual([4, 5, 0, 1, 10, 11, 6, 7]);
  });

  it('copies nothing where all are wanted', () => {
    expect(channelsOf(layer, 2, [0, 1, 2])).toBe(layer.values);
    expect([...channelsOf(layer, 2, [0, 2, 1])]).toEqual([0, 1, 4, 5, 2, 3, 6, 7, 10, 11, 8, 9]);
  });
});
