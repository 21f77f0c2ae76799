import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { Context } from '../../src/context.ts';
import { datasetInMemory } from '../../src/data/dataset.ts';
import { type ImageShape, imageSize, imagesInMemory } from '../../src/data/images.ts';
import { splitIndices } from '../../src/data/split.ts';
import { UsageError } from '../../src/errors.ts';
import { imagesOfSplit } from '../../src/evaluation/trained-model-images.ts';
import { recordedData } from '../../src/training/training-data.ts';
import { context } from '../models.ts';
import { sampleConfig } from '../training/sample-config.ts';

const shape: ImageShape = { channels: 3, height: 4, width: 6 };

function madeUp(change: { shape?: ImageShape; classes?: number; fingerprint?: string; test?: boolean } = {}) {
  const { shape: size = shape, classes = 3, fingerprint = 'aaaa', test = true } = change;
  const images = (count: number) =>
    imagesInMemory(size, new Uint8Array(count * imageSize(size)), new Uint8Array(count));
  const description = {
    name: 'made-up',
    title: 'Made up',
    classes: Array.from({ length: classes }, (_, i) => `kind ${i}`),
    fingerprint,
  };
  return datasetInMemory(description, { train: images(20), ...(test && { test: images(4) }) });
}

/** A world where every name is that of one data set; what is warned of is kept. */
function worldOf(dataset: ReturnType<typeof madeUp>) {
  const warnings: string[] = [];
  const logger = pino({ base: null, level: 'warn' }, { write: (line: string) => warnings.push(JSON.parse(line).msg) });
  const world: Pick<Context, 'datasets' | 'logger'> = { datasets: async () => dataset, logger };
  return { world, warnings };
}

const run = sampleConfig('m1', {
  data: recordedData(madeUp()),
  limits: { train: 5, validation: null, maxSteps: null },
});

describe('the images of a split', () => {
  it('are those that the run had, with the names of their classes', async () => {
    const { world, warnings } = worldOf(madeUp());
    const { train, validation } = splitIndices(20, run.recipe.splitSeed);
    const trained = await imagesOfSplit(run, { split: 'train' }, world);
    expect(trained).toMatchObject({ split: 'train', classes: ['kind 0', 'kind 1', 'kind 2'] });
    expect(trained.indices).toEqual(train.subarray(0, 5));
    expect((await imagesOfSplit(run, { split: 'validation' }, world)).indices).toEqual(validation);
    expect([...(await imagesOfSplit(run, { split: 'test' }, world)).indices]).toEqual([0, 1, 2, 3]);
    expect(warnings).toEqual([]);
  });

  it('are taken with a warning where the data set has other content', async () => {
    const { world, warnings } = worldOf(madeUp({ fingerprint: 'bbbb' }));
    await imagesOfSplit(run, { split: 'test' }, world);
    expect(warnings).toEqual(['the run was trained on another data set than the one it is evaluated on']);
  });

  it.each<[string, Parameters<typeof madeUp>[0], string]>([
    ['other classes', { classes: 4 }, 'Made up has 3 x 4 x 6 images of 4.'],
    ['fewer channels', { shape: { ...shape, channels: 1 } }, 'Made up has 4 x 6 images of 3.'],
    // As many bytes, but another picture.
    ['width for height', { shape: { channels: 3, height: 6, width: 4 } }, 'Made up has 3 x 6 x 4 images of 3.'],
  ])('are refused where the data set has %s', async (_, change, found) => {
    const { world } = worldOf(madeUp(change));
    const refusal = imagesOfSplit(run, { split: 'test' }, world);
    await expect(refusal).rejects.toThrow(UsageError);
    await expect(refusal).rejects.toThrow('the run was trained on 3 x 4 x 6 images of 3 classes; ');
    await expect(refusal).rejects.toThrow(found);
  });

  it('are refused where the data set has no such split', async () => {
    const { world } = worldOf(madeUp({ test: false }));
    await expect(imagesOfSplit(run, { split: 'test' }, world)).rejects.toThrow('Made up has no test images');
  });

  it('of a data set that is known by no name are refused with the names there are', async () => {
    await expect(imagesOfSplit(run, { split: 'test' }, context)).rejects.toThrow(
      "unknown data set 'made-up'; there are: cifar10, fashion-mnist, kmnist, mnist.",
    );
  });
});
