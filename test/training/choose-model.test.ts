import { describe, expect, it } from 'vitest';
import { m1 } from '../../graphs/models/m1.ts';
import { m2 } from '../../graphs/models/m2.ts';
import { datasetInMemory } from '../../src/data/dataset.ts';
import { UsageError } from '../../src/errors.ts';
import { chooseModel } from '../../src/training/choose-model.ts';

/** Of so many images that nobody reads. */
function imagesOf(count: number, side: number) {
  const shape = { channels: 3, height: side, width: side };
  const images = { shape, count, labels: new Uint32Array(count), read: async () => new Uint8Array(0) };
  const description = { name: 'd', title: 'D', classes: ['a', 'b'], fingerprint: 'f' };
  return datasetInMemory(description, { train: images });
}

describe('the model for data that nobody names one for', () => {
  // As deep as the one that is preferred, and named like it.
  const deep = {
    ...m2,
    name: 'resnet9',
    build: (...given: Parameters<typeof m2.build>) => m2.build(given[0], given[1], { width: 3 }),
  };
  const context = { models: [m1, m2, deep] };
  const choose = (count: number, side: number) => chooseModel(imagesOf(count, side), context).definition.name;

  it('is the deep one for few pictures of some size, the usual one for many or small ones', () => {
    expect(choose(500, 64)).toBe('resnet9');
    expect(choose(50_000, 64)).toBe('m2');
    expect(choose(500, 28)).toBe('m2');
  });

  it('is said with its reason, and is one that can be built', () => {
    const { because } = chooseModel(imagesOf(500, 28), context);
    expect(because).toMatch(/^three stages .*; 3 x 28 x 28 pixels, [\d,]+ billion operations an epoch of 450 images$/);
    expect(chooseModel(imagesOf(100, 4), context).definition.name).toBe('m2');
    expect(() => chooseModel(imagesOf(100, 2), context)).toThrow(UsageError);
  });
});
