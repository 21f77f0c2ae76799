import { describe, expect, it } from 'vitest';
import { type Dataset, datasetInMemory } from '../../src/data/dataset.ts';
import { imagesInMemory } from '../../src/data/images.ts';
import { splitIndices } from '../../src/data/split.ts';
import { partOf, requireSplit, selectSplit, splitSizes } from '../../src/data/splits.ts';
import { AtelierError, UsageError } from '../../src/errors.ts';

const shape = { channels: 3, height: 2, width: 2 };
const imagesOf = (count: number) =>
  imagesInMemory(shape, new Uint8Array(12 * count).fill(count), new Uint8Array(count));
const description = { name: 'made-up', title: 'Made up', classes: ['a', 'b', 'c'], fingerprint: '0123' };

const divided = datasetInMemory(description, { train: imagesOf(47), test: imagesOf(5) });
const whole = datasetInMemory(description, { train: imagesOf(30), validation: imagesOf(8) });

const select = async (dataset: Dataset, split: 'train' | 'validation' | 'test', limits = {}, seed = 42) =>
  selectSplit(dataset, split, await dataset.load(partOf(dataset, split)), { seed, limits });

describe('a data set without validation images', () => {
  it('divides its training images, nine tenths to one', async () => {
    expect(splitSizes(divided)).toEqual({ train: 42, validation: 5, test: 5 });
    expect(partOf(divided, 'validation')).toBe('train');
    const { train, validation } = splitIndices(47, 42);
    expect((await select(divided, 'train')).indices).toEqual(train);
    expect((await select(divided, 'validation')).indices).toEqual(validation);
    expect([...train, ...validation].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 47 }, (_, i) => i));
    expect((await select(divided, 'train', {}, 43)).indices).not.toEqual(train);
  });

  it('limits each', async () => {
    const { train } = splitIndices(47, 42);
    expect((await select(divided, 'train', { train: 3 })).indices).toEqual(train.subarray(0, 3));
    expect((await select(divided, 'validation', { train: 3 })).indices).toHaveLength(5);
    await expect(select(divided, 'validation', { validation: 6 })).rejects.toThrow(UsageError);
  });
});

describe('a data set with validation images of its own', () => {
  it('takes all images of each part, in their order, whatever the seed', async () => {
    expect(splitSizes(whole)).toEqual({ train: 30, validation: 8, test: null });
    expect(partOf(whole, 'validation')).toBe('validation');
    for (const seed of [1, 2]) {
      const train = await select(whole, 'train', {}, seed);
      expect([...train.indices]).toEqual(Array.from({ length: 30 }, (_, i) => i));
      const validation = await select(whole, 'validation', {}, seed);
      expect([...validation.indices]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(validation.images.count).toBe(8);
    }
  });

  it('limits each', async () => {
    const limits = { train: 4, validation: 2 };
    expect([...(await select(whole, 'train', limits)).indices]).toEqual([0, 1, 2, 3]);
    expect([...(await select(whole, 'validation', limits)).indices]).toEqual([0, 1]);
    await expect(select(whole, 'validation', { validation: 9 })).rejects.toThrow(
      'limitValidation: expected a whole number from 1 to 8, the number of validation images, got 9',
    );
  });
});

describe('test images', () => {
  it('are all taken, in their order, without regard to limits', async () => {
    expect([...(await select(divided, 'test', { train: 1, validation: 1 })).indices]).toEqual([0, 1, 2, 3, 4]);
  });

  it('that are not there are said to be missing, with what there is', async () => {
    requireSplit(divided, 'test');
    requireSplit(whole, 'validation');
    expect(() => requireSplit(whole, 'test')).toThrow(UsageError);
    expect(() => requireSplit(whole, 'test')).toThrow('Made up has no test images');
    await expect(whole.load('test')).rejects.toThrow(AtelierError);
    await expect(whole.load('test')).rejects.toThrow("'made-up' has no test images; it has: train, validation");
  });
});

it('a data set in memory is described by its parts', () => {
  expect(divided).toMatchObject({ ...description, shape, counts: { train: 47, test: 5 } });
  expect(divided.counts).not.toHaveProperty('validation');
  expect(whole.counts).toEqual({ train: 30, validation: 8 });
});
