import { describe, expect, it } from 'vitest';
import { augment, drawAugmentation } from '../../src/data/augmentation.ts';
import {
  type Batches,
  batchCount,
  type EpochOptions,
  epochBatches,
  sequentialBatches,
} from '../../src/data/batches.ts';
import { type ImageShape, imageSize, imagesInMemory } from '../../src/data/images.ts';
import { UsageError } from '../../src/errors.ts';
import { stream } from '../../src/random/streams.ts';
import { imageShape } from '../models.ts';
import { allBatches } from './all-batches.ts';

/** Ten images; every pixel of image i is i + 1, its label is i. */
function tenImages(shape: ImageShape) {
  const size = imageSize(shape);
  const pixels = Uint8Array.from({ length: 10 * size }, (_, i) => 1 + Math.floor(i / size));
  return imagesInMemory(
    shape,
    pixels,
    Array.from({ length: 10 }, (_, i) => i),
  );
}
const dataset = tenImages(imageShape);
const usual = { cropPadding: 4, flipProbability: 0.5 };
const indices = Uint32Array.of(9, 3, 5, 0, 1, 2, 7);
const options: EpochOptions = { dataset, indices, batchSize: 3, seed: 42, epoch: 0, shuffle: true, augmentation: null };

const labelsOf = async (batches: Batches) =>
  (await allBatches(batches)).flatMap(({ labels }) => [...labels].map(Number));

describe('epochBatches', () => {
  it('keeps images and labels together, and the smaller last batch', async () => {
    const batches = await allBatches(epochBatches(options));
    expect(batches.map(({ index, count }) => [index, count])).toEqual([
      [0, 3],
      [1, 3],
      [2, 1],
    ]);
    expect(batches).toHaveLength(batchCount(7, 3));
    for (const { images, labels, count } of batches) {
      expect(images).toHaveLength(784 * count);
      expect([...images]).toEqual([...labels].flatMap((label) => new Array<number>(784).fill(Number(label) + 1)));
    }
  });

  it('yields each image once, in an order of seed and epoch', async () => {
    const order = await labelsOf(epochBatches(options));
    expect([...order].sort((a, b) => a - b)).toEqual([...indices].sort((a, b) => a - b));
    expect(await labelsOf(epochBatches(options))).toEqual(order);
    expect(await labelsOf(epochBatches({ ...options, epoch: 1 }))).not.toEqual(order);
    expect(await labelsOf(epochBatches({ ...options, seed: 43 }))).not.toEqual(order);
    expect(await labelsOf(epochBatches({ ...options, shuffle: false }))).toEqual([...indices]);
  });

  it('continues in the middle exactly as an epoch never interrupted', async () => {
    const augmented = { ...options, augmentation: usual };
    const whole = await allBatches(epochBatches(augmented));
    expect(whole.some(({ images }) => images.includes(0))).toBe(true);
    for (const startBatch of [0, 1, 2, 3]) {
      expect(await allBatches(epochBatches({ ...augmented, startBatch }))).toEqual(whole.slice(startBatch));
    }
  });

  it('augments differently in each epoch', async () => {
    const augmented = { ...options, shuffle: false, augmentation: usual };
    const [first, second] = [epochBatches(augmented), epochBatches({ ...augmented, epoch: 1 })];
    expect(await allBatches(first)).not.toEqual(await allBatches(second));
  });

  it.each<[ImageShape]>([[imageShape], [{ channels: 3, height: 6, width: 11 }]])(
    'augments the image at each place of the epoch as the stream says: %o',
    async (shape) => {
      const size = imageSize(shape);
      const images = tenImages(shape);
      const batches = await allBatches(epochBatches({ ...options, dataset: images, augmentation: usual, epoch: 3 }));
      const random = stream(42, 'augmentation', 3);
      const draw = { top: 0, left: 0, flip: false };
      for (const batch of batches)
        for (let at = 0; at < batch.count; at++) {
          drawAugmentation(draw, usual, random, 3 * batch.index + at);
          const original = await images.read(Uint32Array.of(Number(batch.labels[at])));
          const expected = new Uint8Array(size);
          augment(original, 0, expected, 0, shape, draw, usual.cropPadding);
          expect(batch.images.subarray(at * size, (at + 1) * size)).toEqual(expected);
        }
      expect(batches).toHaveLength(3);
    },
  );

  it('gives each batch arrays of its own', async () => {
    const batches = await allBatches(epochBatches({ ...options, augmentation: usual }));
    const buffers = batches.flatMap(({ images, labels }) => [images.buffer, labels.buffer]);
    expect(new Set(buffers).size).toBe(6);
  });

  it('refuses impossible requests at once', () => {
    const few = { ...options, indices: new Uint32Array(100), batchSize: 256 };
    expect(() => epochBatches(few)).toThrow(UsageError);
    expect(() => epochBatches(few)).toThrow('batch size 256 is larger than the 100 training images');
    expect(() => epochBatches({ ...options, batchSize: 0 })).toThrow(UsageError);
    expect(() => epochBatches({ ...options, startBatch: 4 })).toThrow(RangeError);
    expect(() => epochBatches({ ...options, indices: Uint32Array.of(0, 1, 10) })).toThrow('index 10');
    const small = tenImages({ channels: 1, height: 3, width: 8 });
    expect(() => epochBatches({ ...options, dataset: small, augmentation: usual })).toThrow(
      'pixels from 0 to 3, got 4',
    );
  });
});

describe('sequentialBatches', () => {
  it('goes through in order, with any batch size', async () => {
    expect(await labelsOf(sequentialBatches(dataset, indices, 4))).toEqual([...indices]);
    expect((await allBatches(sequentialBatches(dataset, indices, 128))).map(({ count }) => count)).toEqual([7]);
    expect(await allBatches(sequentialBatches(dataset, new Uint32Array(0), 128))).toEqual([]);
  });

  it('takes the channels of images that are not square along', async () => {
    const shape = { channels: 3, height: 2, width: 5 };
    const pixels = Uint8Array.from({ length: 4 * 30 }, (_, i) => i);
    const images = imagesInMemory(shape, pixels, [0, 1, 2, 300]);
    const [batch] = await allBatches(sequentialBatches(images, Uint32Array.of(3, 1), 2));
    expect(batch?.images).toEqual(Uint8Array.of(...pixels.subarray(90, 120), ...pixels.subarray(30, 60)));
    // More classes than a byte has values.
    expect([...(batch?.labels ?? [])]).toEqual([300n, 1n]);
  });
});
