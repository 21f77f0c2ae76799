import { describe, expect, it } from 'vitest';
import { standardAugmentation } from '../../src/data/augmentation.ts';
import { type Batch, batchCount, type EpochOptions, epochBatches, sequentialBatches } from '../../src/data/batches.ts';
import { UsageError } from '../../src/errors.ts';

/** Ten images; every pixel of image i is i + 1, its label is i. */
const dataset = {
  images: Uint8Array.from({ length: 7840 }, (_, i) => 1 + Math.floor(i / 784)),
  labels: Uint8Array.from({ length: 10 }, (_, i) => i),
  count: 10,
};
const indices = Uint32Array.of(9, 3, 5, 0, 1, 2, 7);
const options: EpochOptions = { dataset, indices, batchSize: 3, seed: 42, epoch: 0, shuffle: true, augmentation: null };

/** Copies, because batches reuse their buffers. */
const all = (batches: Iterable<Batch>) =>
  Array.from(batches, ({ index, images, labels, count }) => ({
    index,
    images: [...images],
    labels: [...labels],
    count,
  }));
const labelsOf = (batches: Iterable<Batch>) => all(batches).flatMap(({ labels }) => labels.map(Number));

describe('epochBatches', () => {
  it('keeps images and labels together, and the smaller last batch', () => {
    const batches = all(epochBatches(options));
    expect(batches.map(({ index, count }) => [index, count])).toEqual([
      [0, 3],
      [1, 3],
      [2, 1],
    ]);
    expect(batches).toHaveLength(batchCount(7, 3));
    for (const { images, labels, count } of batches) {
      expect(images).toHaveLength(784 * count);
      expect(images).toEqual(labels.flatMap((label) => new Array<number>(784).fill(Number(label) + 1)));
    }
  });

  it('yields each image once, in an order of seed and epoch', () => {
    const order = labelsOf(epochBatches(options));
    expect([...order].sort((a, b) => a - b)).toEqual([...indices].sort((a, b) => a - b));
    expect(labelsOf(epochBatches(options))).toEqual(order);
    expect(labelsOf(epochBatches({ ...options, epoch: 1 }))).not.toEqual(order);
    expect(labelsOf(epochBatches({ ...options, seed: 43 }))).not.toEqual(order);
    expect(labelsOf(epochBatches({ ...options, shuffle: false }))).toEqual([...indices]);
  });

  it('continues in the middle exactly as an epoch never interrupted', () => {
    const augmented = { ...options, augmentation: standardAugmentation };
    const whole = all(epochBatches(augmented));
    expect(whole.some(({ images }) => images.includes(0))).toBe(true);
    for (const startBatch of [0, 1, 2, 3]) {
      expect(all(epochBatches({ ...augmented, startBatch }))).toEqual(whole.slice(startBatch));
    }
  });

  it('augments differently in each epoch', () => {
    const augmented = { ...options, shuffle: false, augmentation: standardAugmentation };
    expect(all(epochBatches(augmented))).not.toEqual(all(epochBatches({ ...augmented, epoch: 1 })));
  });

  it('reuses its buffers', () => {
    const [first, second] = Array.from(epochBatches(options), ({ images }) => images.buffer);
    expect(first).toBe(second);
  });

  it('refuses impossible requests at once', () => {
    const few = { ...options, indices: new Uint32Array(100), batchSize: 256 };
    expect(() => epochBatches(few)).toThrow(UsageError);
    expect(() => epochBatches(few)).toThrow('batch size 256 is larger than the 100 training images');
    expect(() => epochBatches({ ...options, batchSize: 0 })).toThrow(UsageError);
    expect(() => epochBatches({ ...options, startBatch: 4 })).toThrow(RangeError);
    expect(() => epochBatches({ ...options, indices: Uint32Array.of(0, 1, 10) })).toThrow('index 10');
  });
});

describe('sequentialBatches', () => {
  it('goes through in order, with any batch size', () => {
    expect(labelsOf(sequentialBatches(dataset, indices, 4))).toEqual([...indices]);
    expect(all(sequentialBatches(dataset, indices, 128)).map(({ count }) => count)).toEqual([7]);
    expect(all(sequentialBatches(dataset, new Uint32Array(0), 128))).toEqual([]);
  });
});
