/** A model that no experiment knows, on images of three channels: the default recipe and the images' own statistics. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { datasetInMemory } from '../../src/data/dataset.ts';
import { imagesInMemory } from '../../src/data/images.ts';
import { selectSplit } from '../../src/data/splits.ts';
import { channelStatistics } from '../../src/data/statistics.ts';
import { defaultRecipe } from '../../src/recipe/defaults.ts';
import { readRunConfig } from '../../src/training/config/run-config.ts';
import { prepareRun, type TrainingRun } from '../../src/training/training-run.ts';
import { scratchFolder } from '../files/scratch.ts';
import { context as published } from '../models.ts';

const shape = { channels: 3, height: 8, width: 12 };
const count = 60;
const pixels = Uint8Array.from({ length: count * 288 }, (_, i) => (i * 37 + (Math.floor(i / 96) % 3) * 60) % 256);
const images = imagesInMemory(
  shape,
  pixels,
  Uint32Array.from({ length: count }, (_, i) => i % 3),
);
const description = { name: 'made-up', title: 'Made up', classes: ['a', 'b', 'c'], fingerprint: 'f00d' };
const dataset = datasetInMemory(description, { train: images });
const context = { ...published, experiment: null, datasets: async () => dataset };

async function prepared(options: object, limitTrain?: number): Promise<TrainingRun> {
  const run = join(scratchFolder(), 'run');
  const machine = { threads: 1, device: 'cpu' } as const;
  const request = { model: 'm2', data: 'made-up', run, resume: false, limitTrain, ...machine };
  const training = await prepareRun({ ...request, options: { epochs: 1, batchSize: 8, ...options } }, context);
  await training.release();
  return training;
}

describe('a model without a recipe of its own', () => {
  it('is trained by the default recipe, with the statistics of the images that are trained on', async () => {
    const { folder } = await prepared({}, 24);
    const { recipe } = await readRunConfig(folder.path);
    const { indices } = selectSplit(dataset, 'train', images, { seed: 42, limits: { train: 24 } });
    expect(indices).toHaveLength(24);
    expect(recipe).toEqual({
      ...defaultRecipe,
      epochs: 1,
      batchSize: 8,
      schedule: { name: 'cosine', warmupEpochs: 0.5, minLr: 0 },
      dropout: [0.05, 0.1, 0.15, 0.2],
      normalization: await channelStatistics(images, indices),
    });
  });

  it('takes one number for all channels, and refuses as many as there are not', async () => {
    const { config } = await prepared({ normalization: { mean: 0.4, std: [0.1, 0.2, 0.3] } });
    expect(config.recipe.normalization).toEqual({ mean: [0.4, 0.4, 0.4], std: [0.1, 0.2, 0.3] });
    await expect(prepared({ normalization: { mean: [0.1, 0.2], std: 0.5 } })).rejects.toThrow(
      "'normalization.mean': expected one number, or 3, one for each channel of the images, got [0.1,0.2]",
    );
    await expect(prepared({ augmentation: { cropPadding: 9 } })).rejects.toThrow(
      "'augmentation.cropPadding': expected at most 8, the smaller side of the images (8 x 12), got 9",
    );
  });
});
