/** What tests of ONNX Runtime's training build share: small random batches, and how far two states are apart. */
import { createHash } from 'node:crypto';
import type { Tensor } from '../../graphs/ir/types.ts';
import type { Batch } from '../../src/data/batches.ts';
import { stream } from '../../src/random/streams.ts';
import type { ResolvedRecipe } from '../../src/recipe/schema.ts';
import { entryOf, type ModelName } from '../models.ts';

/** Images with black background, as Fashion-MNIST has: ties in pools are the rule. */
export function randomBatch(index: number, count: number): Batch {
  const words = new Uint32Array(count * 784);
  stream(7, 'test/images', index).fillAt(words, 0);
  const images = Uint8Array.from(words, (word) => (word % 5 < 2 ? 0 : word >>> 24));
  const labels = BigInt64Array.from({ length: count }, (_, i) => BigInt((words[i] ?? 0) % 10));
  return { index, images, labels, count };
}

/** The largest difference between two tensors, as a part of the largest element of the first. */
export function relativeDifference(expected: Tensor | undefined, found: Tensor | undefined): number {
  if (!expected || !found || expected.data.length !== found.data.length) return Number.POSITIVE_INFINITY;
  let [difference, scale] = [0, Number.MIN_VALUE];
  for (let i = 0; i < expected.data.length; i++) {
    const value = Number(expected.data[i]);
    difference = Math.max(difference, Math.abs(value - Number(found.data[i])));
    scale = Math.max(scale, Math.abs(value));
  }
  return difference / scale;
}

/** A short text for each tensor that any other bit would change; comparing millions of elements one by one takes minutes. */
export function digests(tensors: Iterable<readonly [string, Pick<Tensor, 'data'>]>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...tensors].map(([name, { data }]) => [name, createHash('sha256').update(data).digest('hex')]),
  );
}

/**
 * The model's recipe with a larger epsilon. Adam makes a step of full length of any gradient, so rounding decides where a
 * gradient is nearly zero; an epsilon of 1e-3 makes steps there short, and states of two runtimes comparable.
 */
export function comparableRecipe(name: ModelName): ResolvedRecipe {
  const { recipe } = entryOf(name);
  const { optimizer } = recipe;
  return { ...recipe, optimizer: optimizer.name === 'sgd' ? optimizer : { ...optimizer, eps: 1e-3 } };
}
