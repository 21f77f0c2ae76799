import type { InputForm } from '../../graphs/export/inference-graph.ts';
import type { Tensor } from '../../graphs/ir/types.ts';
import type { Normalization } from '../../graphs/programs/preprocess.ts';
import { type ImageShape, imagesBetween, labelsAt } from '../data/images.ts';
import type { Selection } from '../data/splits.ts';

/** Raw images in a row, in the order in which they are classified. */
export interface ImageSet {
  /** uint8 [count * channels * height * width]. */
  readonly images: Uint8Array;
  readonly count: number;
  /** The size of one of them. */
  readonly shape: ImageShape;
}

export interface LabelledImageSet extends ImageSet {
  /** uint32 [count], class numbers. */
  readonly labels: Uint32Array;
}

/** The chosen images with their classes, copied. */
export async function takeImages({ images, indices }: Selection): Promise<LabelledImageSet> {
  return {
    images: await images.read(indices),
    labels: labelsAt(images, indices),
    count: indices.length,
    shape: images.shape,
  };
}

/**
 * (x / 255 - mean) / std of each channel, each operation rounded to float32 as the graph rounds it.
 *
 * @param images uint8 [n * channels * height * width]
 */
export function normalizePixels(
  images: Uint8Array,
  { channels, height, width }: ImageShape,
  { mean, std }: Normalization,
): Float32Array {
  const tables = Array.from({ length: channels }, (_, channel) => {
    const [m, s] = [Math.fround(mean[channel] ?? 0), Math.fround(std[channel] ?? 1)];
    return Float32Array.from({ length: 256 }, (__, pixel) =>
      Math.fround(Math.fround(Math.fround(pixel / 255) - m) / s),
    );
  });
  const area = height * width;
  return Float32Array.from(images, (pixel, at) => tables[Math.floor(at / area) % channels]?.[pixel] ?? 0);
}

/** The part of a set from image `start` on, at most `size` images, as what a graph of this form is fed. */
export function feedOf(
  set: ImageSet,
  form: InputForm,
  normalization: Normalization,
  start: number,
  size: number,
): Extract<Tensor, { dtype: 'uint8' | 'float32' }> {
  const { channels, height, width } = set.shape;
  const end = Math.min(set.count, start + size);
  const part = imagesBetween(set.images, set.shape, start, end);
  const shape = [end - start, channels, height, width];
  return form === 'bytes'
    ? { dtype: 'uint8', shape, data: part }
    : { dtype: 'float32', shape, data: normalizePixels(part, set.shape, normalization) };
}
