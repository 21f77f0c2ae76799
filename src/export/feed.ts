import type { InputForm } from '../../graphs/export/inference-graph.ts';
import type { Tensor } from '../../graphs/ir/types.ts';
import type { Recipe } from '../../graphs/models/recipe.ts';
import { imagePixels, type LabelledImages } from '../data/images.ts';

/** Raw images in a row, in the order in which they are classified. */
export interface ImageSet {
  /** uint8 [count * 784]. */
  readonly images: Uint8Array;
  readonly count: number;
}

export interface LabelledImageSet extends ImageSet {
  /** uint8 [count], class numbers. */
  readonly labels: Uint8Array;
}

/** The images at some positions of a data set, copied. */
export function takeImages({ images }: LabelledImages, indices: Uint32Array): ImageSet {
  const taken = new Uint8Array(indices.length * imagePixels);
  indices.forEach((index, i) => {
    taken.set(images.subarray(index * imagePixels, (index + 1) * imagePixels), i * imagePixels);
  });
  return { images: taken, count: indices.length };
}

/** (x / 255 - mean) / std, each operation rounded to float32 as the graph rounds it. */
export function normalizePixels(images: Uint8Array, { mean, std }: Recipe['normalization']): Float32Array {
  const [m, s] = [Math.fround(mean), Math.fround(std)];
  const table = Float32Array.from({ length: 256 }, (_, pixel) =>
    Math.fround(Math.fround(Math.fround(pixel / 255) - m) / s),
  );
  return Float32Array.from(images, (pixel) => table[pixel] ?? 0);
}

/** The part of a set from image `start` on, at most `size` images, as what a graph of this form is fed. */
export function feedOf(
  { images, count }: ImageSet,
  form: InputForm,
  normalization: Recipe['normalization'],
  start: number,
  size: number,
): Extract<Tensor, { dtype: 'uint8' | 'float32' }> {
  const end = Math.min(count, start + size);
  const part = images.subarray(start * imagePixels, end * imagePixels);
  const shape = [end - start, 1, 28, 28];
  return form === 'bytes'
    ? { dtype: 'uint8', shape, data: part }
    : { dtype: 'float32', shape, data: normalizePixels(part, normalization) };
}
