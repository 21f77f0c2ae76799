import { UsageError } from '../errors.ts';
import { permutation } from '../random/sampling.ts';
import { type Stream, stream } from '../random/streams.ts';
import { type Augmentation, augment, checkAugmentation, drawAugmentation } from './augmentation.ts';
import { imageSize, type LabelledImages } from './images.ts';

/** One batch. The arrays are its own: they may be kept, or given to another thread. Pixels stay bytes; the graph normalises. */
export interface Batch {
  /** Place in the epoch, from 0. */
  readonly index: number;
  /** uint8 [count * channels * height * width]. */
  readonly images: Uint8Array<ArrayBuffer>;
  /** int64 [count]. */
  readonly labels: BigInt64Array<ArrayBuffer>;
  readonly count: number;
}

/** Batches one after the other, made ahead or when they are asked for. */
export type Batches = AsyncIterable<Batch> | Iterable<Batch>;

export interface EpochOptions {
  readonly dataset: LabelledImages;
  /** The images to use: positions in `dataset`. */
  readonly indices: Uint32Array;
  readonly batchSize: number;
  readonly seed: number;
  /** From 0; with the seed it decides order and augmentation. */
  readonly epoch: number;
  /** Off: in the order of `indices`. */
  readonly shuffle: boolean;
  readonly augmentation: Augmentation | null;
  /** The first batch to yield; those before it cost nothing, so a run resumes within an epoch bit by bit. */
  readonly startBatch?: number | undefined;
}

/** Images of one batch where nothing is learned: large enough that the cost of a call does not count. */
export const evaluationBatch = 500;

/** How many batches an epoch has; the last may be smaller. */
export function batchCount(imageCount: number, batchSize: number): number {
  return Math.ceil(imageCount / batchSize);
}

/**
 * The training batches of one epoch; the last one holds what is left over and is not dropped. Batch b is a function of
 * the options and b alone (streams `shuffle` and `augmentation`, each indexed by the epoch). Arguments are checked here,
 * not at the first batch.
 *
 * @throws UsageError where the batch size is not from 1 to the number of images, or the augmentation is impossible
 */
export function epochBatches(options: EpochOptions): AsyncGenerator<Batch, void, void> {
  const { dataset, indices, batchSize, seed, epoch, shuffle, augmentation, startBatch = 0 } = options;
  checkBatchSize(batchSize);
  if (batchSize > indices.length) {
    throw new UsageError(
      `batch size ${batchSize} is larger than the ${indices.length} training images; choose a batch size from 1 to ${indices.length}, or use more images`,
      { code: 'invalid-setting' },
    );
  }
  if (augmentation !== null) checkAugmentation(augmentation, dataset.shape);
  checkIndices(indices, dataset.count);
  const batches = batchCount(indices.length, batchSize);
  if (!Number.isInteger(startBatch) || startBatch < 0 || startBatch > batches) {
    throw new RangeError(`internal: startBatch must be from 0 to ${batches}, got ${startBatch}`);
  }
  const order = shuffle
    ? permutation(indices.length, stream(seed, 'shuffle', epoch)).map((at) => indices[at] ?? 0)
    : indices;
  const draws = augmentation === null ? null : { augmentation, random: stream(seed, 'augmentation', epoch) };
  return generate(dataset, order, batchSize, startBatch, draws);
}

/**
 * The images in the given order, as they are: for evaluation. The batch size may exceed the number of images; the last
 * batch holds what is left over.
 *
 * @throws UsageError where the batch size is not a positive whole number
 */
export function sequentialBatches(
  dataset: LabelledImages,
  indices: Uint32Array,
  batchSize: number,
): AsyncGenerator<Batch, void, void> {
  checkBatchSize(batchSize);
  checkIndices(indices, dataset.count);
  return generate(dataset, indices, Math.min(batchSize, Math.max(1, indices.length)), 0, null);
}

/** How the images of an epoch are changed. */
interface Draws {
  readonly augmentation: Augmentation;
  readonly random: Stream;
}

async function* generate(
  dataset: LabelledImages,
  order: Uint32Array,
  batchSize: number,
  startBatch: number,
  draws: Draws | null,
): AsyncGenerator<Batch, void, void> {
  for (let index = startBatch; index * batchSize < order.length; index++) {
    const start = index * batchSize;
    const chosen = order.subarray(start, start + batchSize);
    const count = chosen.length;
    const read = await dataset.read(chosen);
    const images = draws === null ? read : augmented(read, dataset, count, start, draws);
    const labels = BigInt64Array.from(chosen, (at) => BigInt(dataset.labels[at] ?? 0));
    yield { index, images, labels, count };
  }
}

/** The images of a batch, changed; `start` counts the images of the epoch before them. */
function augmented(
  images: Uint8Array,
  { shape }: LabelledImages,
  count: number,
  start: number,
  { augmentation, random }: Draws,
): Uint8Array<ArrayBuffer> {
  const target = new Uint8Array(images.length);
  const draw = { top: 0, left: 0, flip: false };
  for (let i = 0; i < count; i++) {
    drawAugmentation(draw, augmentation, random, start + i);
    augment(images, i, target, i * imageSize(shape), shape, draw, augmentation.cropPadding);
  }
  return target;
}

function checkBatchSize(batchSize: number): void {
  if (Number.isInteger(batchSize) && batchSize >= 1) return;
  throw new UsageError(`batch size: expected a whole number from 1 on, got ${batchSize}; 128 is usual`, {
    code: 'invalid-setting',
  });
}

function checkIndices(indices: Uint32Array, count: number): void {
  const wrong = indices.findIndex((index) => index >= count);
  if (wrong >= 0) throw new RangeError(`internal: index ${indices[wrong]} is beyond the data set's ${count} images`);
}
