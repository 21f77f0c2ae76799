/** The data that all peers share, as plain files: the same bytes in the same order, without a format to read. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { entryOf, type ModelName } from '../graphs/models/catalogue.ts';
import { loadDataset } from '../src/data/dataset.ts';
import { imagePixels, type LabelledImages } from '../src/data/images.ts';
import { splitIndices } from '../src/data/split.ts';
import { writeFileAtomic } from '../src/files/atomic.ts';
import { readSafetensors, writeSafetensors } from '../src/files/safetensors.ts';
import { programsOf } from '../src/runtime/programs.ts';
import { initialState, type TensorMap } from '../src/training/initialize.ts';

export type BenchPart = 'train' | 'validation' | 'test';

/**
 * Writes `<part>-images.bin` (uint8 [n * 784]), `<part>-labels.bin` (uint8 [n]) and `weights-<model>.safetensors` (the
 * state before the first step, PyTorch's names). Training and validation images stand in the order of the split.
 *
 * @returns the fingerprint of the data set
 * @throws AtelierError where the data set cannot be had or a file not be written
 */
export async function writeBenchData(
  folder: string,
  models: readonly ModelName[],
  options: { readonly dir: string | undefined; readonly logger: Logger },
): Promise<string> {
  const { train, test, fingerprint } = await loadDataset(options);
  const split = splitIndices();
  const parts: Readonly<Record<BenchPart, LabelledImages>> = {
    train: selected(train, split.train),
    validation: selected(train, split.validation),
    test,
  };
  for (const [part, { images, labels }] of Object.entries(parts)) {
    await writeFileAtomic(join(folder, `${part}-images.bin`), images, 'the images');
    await writeFileAtomic(join(folder, `${part}-labels.bin`), labels, 'the labels');
  }
  for (const model of models) {
    const { recipe } = entryOf(model);
    const { model: built, predict } = programsOf(model, recipe, 'portable');
    const tensors = initialState(built.network, predict(), recipe.seed);
    await writeSafetensors(weightsPath(folder, model), { tensors, metadata: new Map() }, 'the weights');
  }
  return fingerprint;
}

/** Reads a part back. Throws where a file is missing. */
export async function readBenchData(folder: string, part: BenchPart): Promise<LabelledImages> {
  const [images, labels] = await Promise.all(
    ['images', 'labels'].map((kind) => readFile(join(folder, `${part}-${kind}.bin`))),
  );
  return { images: Uint8Array.from(images ?? []), labels: Uint8Array.from(labels ?? []), count: labels?.length ?? 0 };
}

/** The weights before the first step. */
export async function readBenchWeights(folder: string, model: ModelName): Promise<TensorMap> {
  return (await readSafetensors(weightsPath(folder, model))).tensors;
}

/** Image `position` and on, `count` of them, from the beginning again where they run out. */
export function consecutive(data: LabelledImages, position: number, count: number): LabelledImages {
  const indices = Uint32Array.from({ length: count }, (_, i) => (position + i) % data.count);
  return selected(data, indices);
}

function weightsPath(folder: string, model: ModelName): string {
  return join(folder, `weights-${model}.safetensors`);
}

function selected(data: LabelledImages, indices: Uint32Array): LabelledImages {
  const images = new Uint8Array(indices.length * imagePixels);
  indices.forEach((from, to) => {
    images.set(data.images.subarray(from * imagePixels, (from + 1) * imagePixels), to * imagePixels);
  });
  return { images, labels: Uint8Array.from(indices, (from) => data.labels[from] ?? 0), count: indices.length };
}
