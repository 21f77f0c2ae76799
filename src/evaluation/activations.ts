import { sequentialBatches } from '../data/batches.ts';
import { type ImageShape, imageAt } from '../data/images.ts';
import { AtelierError } from '../errors.ts';
import { type Predictions, predictionsOf } from './predictions.ts';
import type { InspectedLayer, Inspector } from './trained-model.ts';
import type { SplitImages } from './trained-model-images.ts';

/** What some layers made of a few images. All arrays are the batch's own, so it may be kept while the next is computed. */
export interface ActivationBatch {
  /** Places of the N images in their split, from 0. */
  readonly positions: readonly number[];
  /** uint8 [N * channels * height * width], before the model's normalisation. */
  readonly images: Uint8Array;
  /** The size of one of them. */
  readonly shape: ImageShape;
  /** What the model said about them; its `indices` are those of the data set file. */
  readonly predictions: Predictions;
  /** In the order in which they were asked for. */
  readonly layers: readonly LayerActivations[];
}

export interface LayerActivations extends InspectedLayer {
  /** float32 [N * channels * height * width] */
  readonly values: Float32Array;
}

/**
 * Runs images of a split through a model, a batch at a time, and yields the layers' outputs. A batch is computed when it is
 * asked for: whoever draws or writes meanwhile decides how many are in memory.
 *
 * @param positions places of the images in the split, from 0
 * @throws AtelierError where the split has no such image
 */
export async function* activationBatches(
  inspector: Inspector,
  { images: source, indices, classes }: SplitImages,
  positions: readonly number[],
  batchSize: number,
): AsyncGenerator<ActivationBatch, void, void> {
  const chosen = Uint32Array.from(positions, (position) => {
    const index = indices[position];
    if (index === undefined)
      throw new AtelierError(`internal: no image ${position} in a split of ${indices.length} images`);
    return index;
  });
  let done = 0;
  for await (const { images, count, labels: numbers } of sequentialBatches(source, chosen, batchSize)) {
    const { logits, activations } = await inspector.inspect(images, count);
    const labels = Array.from(numbers, Number);
    yield {
      positions: positions.slice(done, done + count),
      images,
      shape: source.shape,
      predictions: predictionsOf({ classNames: classes, labels, logits }, chosen.subarray(done, done + count)),
      layers: inspector.layers.map((layer) => ({ ...layer, values: valuesOf(activations, layer) })),
    };
    done += count;
  }
}

function valuesOf(activations: ReadonlyMap<string, Float32Array>, { name }: InspectedLayer): Float32Array {
  const values = activations.get(name);
  if (values === undefined) throw new AtelierError(`internal: the inspect program returned no '${name}'`);
  return values;
}

/** One image of a batch: uint8 [channels * height * width]. */
export function imageOf({ images, shape }: ActivationBatch, at: number): Uint8Array {
  return imageAt(images, shape, at);
}

/** One image's activations, float32 [channels * height * width], or of one channel, float32 [height * width]. */
export function mapsOf({ shape, values }: LayerActivations, at: number, channel?: number): Float32Array {
  const [channels, height, width] = shape;
  const area = height * width;
  const start = at * channels * area;
  if (channel === undefined) return values.subarray(start, start + channels * area);
  return values.subarray(start + channel * area, start + (channel + 1) * area);
}

/**
 * Some channels of a whole batch, in this order.
 *
 * @returns float32 [N * channels.length * height * width]; the values themselves where the channels are all there are
 */
export function channelsOf(layer: LayerActivations, count: number, channels: readonly number[]): Float32Array {
  const [all, height, width] = layer.shape;
  if (channels.length === all && channels.every((channel, place) => channel === place)) return layer.values;
  const area = height * width;
  const chosen = new Float32Array(count * channels.length * area);
  for (let at = 0; at < count; at += 1)
    for (const [place, channel] of channels.entries())
      chosen.set(mapsOf(layer, at, channel), (at * channels.length + place) * area);
  return chosen;
}
