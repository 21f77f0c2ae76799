/** The data that all peers share, as plain files: the same bytes in the same order, without a format to read. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { imageSize, imagesInMemory, type LabelledImages, labelsAt } from '../src/data/images.ts';
import { datasetFingerprint } from '../src/data/manifest.ts';
import { loadDataset } from '../src/data/published.ts';
import { splitIndices } from '../src/data/split.ts';
import type { Selection } from '../src/data/splits.ts';
import { writeFileAtomic } from '../src/files/atomic.ts';
import { readSafetensors, writeSafetensors } from '../src/files/safetensors.ts';
import { naturalOrder } from '../src/random/sampling.ts';
import { initialState, type TensorMap } from '../src/training/initialize.ts';
import { benchManifest, benchPrograms, benchRecipe, benchShape } from './models.ts';

/** Of the division into training and validation images: the same for all models. */
const splitSeed = 42;

export type BenchPart = 'train' | 'validation' | 'test';

/**
 * Writes `<part>-images.bin` (uint8 [n * size of an image]), `<part>-labels.bin` (uint8 [n]) and `weights-<model>.safetensors` (the
 * state before the first step, PyTorch's names). Training and validation images stand in the order of the split.
 *
 * @returns the fingerprint of the data set
 * @throws AtelierError where the data set cannot be had or a file not be written
 */
export async function writeBenchData(
  folder: string,
  models: readonly string[],
  options: { readonly dir: string | undefined; readonly logger: Logger },
): Promise<string> {
  const { train, test } = await loadDataset({ ...options, manifest: benchManifest });
  const split = splitIndices(train.count, splitSeed);
  const parts: Readonly<Record<BenchPart, Selection>> = {
    train: { images: train, indices: split.train },
    validation: { images: train, indices: split.validation },
    test: { images: test, indices: naturalOrder(test.count) },
  };
  for (const [part, { images, indices }] of Object.entries(parts)) {
    await writeFileAtomic(join(folder, `${part}-images.bin`), await images.read(indices), 'the images');
    const labels = Uint8Array.from(labelsAt(images, indices));
    await writeFileAtomic(join(folder, `${part}-labels.bin`), labels, 'the labels');
  }
  for (const model of models) {
    const recipe = benchRecipe(model);
    const { model: built, predict } = benchPrograms(model, recipe, 'portable');
    const tensors = initialState(built.network, predict(), recipe.seed);
    await writeSafetensors(weightsPath(folder, model), { tensors, metadata: new Map() }, 'the weights');
  }
  return datasetFingerprint(benchManifest);
}

/** A part of the data: bytes in memory. */
export interface BenchImages {
  /** uint8 [count * size of an image]. */
  readonly images: Uint8Array<ArrayBuffer>;
  /** uint8 [count]. */
  readonly labels: Uint8Array;
  readonly count: number;
}

/** Reads a part back. Throws where a file is missing. */
export async function readBenchData(folder: string, part: BenchPart): Promise<BenchImages> {
  const [images, labels] = await Promise.all(
    ['images', 'labels'].map((kind) => readFile(join(folder, `${part}-${kind}.bin`))),
  );
  return { images: Uint8Array.from(images ?? []), labels: Uint8Array.from(labels ?? []), count: labels?.length ?? 0 };
}

/** A part as training and evaluation read images. */
export function labelled({ images, labels }: BenchImages): LabelledImages {
  return imagesInMemory(benchShape, images, labels);
}

/** The weights before the first step. */
export async function readBenchWeights(folder: string, model: string): Promise<TensorMap> {
  return (await readSafetensors(weightsPath(folder, model))).tensors;
}

/** Image `position` and on, `count` of them, from the beginning again where they run out. */
export function consecutive(data: BenchImages, position: number, count: number): BenchImages {
  const size = imageSize(benchShape);
  const images = new Uint8Array(count * size);
  const labels = new Uint8Array(count);
  for (let to = 0; to < count; to++) {
    const from = (position + to) % data.count;
    images.set(data.images.subarray(from * size, (from + 1) * size), to * size);
    labels[to] = data.labels[from] ?? 0;
  }
  return { images, labels, count };
}

function weightsPath(folder: string, model: string): string {
  return join(folder, `weights-${model}.safetensors`);
}
