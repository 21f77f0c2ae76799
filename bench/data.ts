/** The data that all peers share, as plain files: the same bytes in the same order, without a format to read. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { imagesInFile, imagesInMemory, type LabelledImages, labelsAt } from '../src/data/images.ts';
import { datasetFingerprint } from '../src/data/manifest.ts';
import { loadDataset } from '../src/data/published.ts';
import { splitIndices } from '../src/data/split.ts';
import type { Selection } from '../src/data/splits.ts';
import { writeFileAtomic } from '../src/files/atomic.ts';
import { readJson, writeJsonAtomic } from '../src/files/json.ts';
import { readSafetensors, writeSafetensors } from '../src/files/safetensors.ts';
import { naturalOrder } from '../src/random/sampling.ts';
import { initialState, type TensorMap } from '../src/training/initialize.ts';
import {
  type BenchSubject,
  benchManifest,
  benchPrograms,
  benchRecipe,
  publishedSubject,
  subjectSchema,
} from './models.ts';

/** Of the division into training and validation images: the same for all models. */
const splitSeed = 42;

export type BenchPart = 'train' | 'validation' | 'test';

/** What peers are given. */
export interface BenchSource {
  readonly subject: BenchSubject;
  /** Identifies the data set. */
  readonly fingerprint: string;
  /** The images of each part, in order. */
  readonly parts: Readonly<Record<BenchPart, Selection>>;
}

/**
 * The data set of the published experiment.
 *
 * @throws AtelierError where it cannot be had
 */
export async function publishedSource(options: {
  readonly dir: string | undefined;
  readonly logger: Logger;
}): Promise<BenchSource> {
  const { train, test } = await loadDataset({ ...options, manifest: benchManifest });
  const split = splitIndices(train.count, splitSeed);
  return {
    subject: publishedSubject,
    fingerprint: datasetFingerprint(benchManifest),
    parts: {
      train: { images: train, indices: split.train },
      validation: { images: train, indices: split.validation },
      test: { images: test, indices: naturalOrder(test.count) },
    },
  };
}

/**
 * Writes `subject.json`, `<part>-images.bin` (uint8 [n * size of an image]), `<part>-labels.bin` (uint8 [n], or uint32 beyond 256
 * classes) and `weights-<model>.safetensors` (the state before the first step, PyTorch's names).
 *
 * @throws AtelierError where a file cannot be read or written
 */
export async function writeBenchData(
  folder: string,
  models: readonly string[],
  { subject, parts }: BenchSource,
): Promise<void> {
  await writeJsonAtomic(subjectPath(folder), subject, 'the subject');
  for (const [part, { images, indices }] of Object.entries(parts)) {
    await writeFileAtomic(imagesPath(folder, part), await images.read(indices), 'the images');
    const labels = labelsAt(images, indices);
    const bytes = subject.classes > 256 ? new Uint8Array(labels.buffer) : Uint8Array.from(labels);
    await writeFileAtomic(join(folder, `${part}-labels.bin`), bytes, 'the labels');
  }
  for (const model of models) {
    const recipe = benchRecipe(model, subject);
    const { model: built, predict } = benchPrograms(model, recipe, 'portable', 1, subject);
    const tensors = initialState(built.network, predict(), recipe.seed);
    await writeSafetensors(weightsPath(folder, model), { tensors, metadata: new Map() }, 'the weights');
  }
}

/** Reads what is measured. Throws where the file is missing. */
export async function readBenchSubject(folder: string): Promise<BenchSubject> {
  return readJson(subjectPath(folder), (value) => subjectSchema.parse(value));
}

/** A part of the data: bytes in memory. */
export interface BenchImages {
  /** uint8 [count * size of an image]. */
  readonly images: Uint8Array<ArrayBuffer>;
  /** Class numbers [count]. */
  readonly labels: Uint8Array | Uint32Array;
  readonly count: number;
}

/** Reads a part back. Throws where a file is missing. */
export async function readBenchData(
  folder: string,
  part: BenchPart,
  { classes }: Pick<BenchSubject, 'classes'> = publishedSubject,
): Promise<BenchImages> {
  const [images, labels] = await Promise.all([readFile(imagesPath(folder, part)), readLabels(folder, part, classes)]);
  return { images: Uint8Array.from(images), labels, count: labels.length };
}

async function readLabels(folder: string, part: BenchPart, classes: number): Promise<Uint8Array | Uint32Array> {
  const bytes = Uint8Array.from(await readFile(join(folder, `${part}-labels.bin`)));
  return classes > 256 ? new Uint32Array(bytes.buffer) : bytes;
}

/** A part as training and evaluation read images: from its file, where those of pictures lie in one, else from memory. */
export async function labelledImages(folder: string, part: BenchPart, subject: BenchSubject): Promise<LabelledImages> {
  const { shape, classes, inFile } = subject;
  if (inFile)
    return imagesInFile({ path: imagesPath(folder, part), offset: 0 }, shape, await readLabels(folder, part, classes));
  const { images, labels } = await readBenchData(folder, part, subject);
  return imagesInMemory(shape, images, labels);
}

/** The weights before the first step. */
export async function readBenchWeights(folder: string, model: string): Promise<TensorMap> {
  return (await readSafetensors(weightsPath(folder, model))).tensors;
}

/** Image `position` and on, `count` of them, from the beginning again where they run out. */
export function consecutive(data: BenchImages, position: number, count: number): BenchImages {
  const size = data.images.length / data.count;
  const images = new Uint8Array(count * size);
  const labels = new Uint32Array(count);
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

function imagesPath(folder: string, part: string): string {
  return join(folder, `${part}-images.bin`);
}

function subjectPath(folder: string): string {
  return join(folder, 'subject.json');
}
