import type { GraphBuilder } from '../ir/builder.ts';
import { type Dimension, float32, GraphError, type Value } from '../ir/types.ts';
import type { Model } from '../models/model.ts';

/** Pixels are scaled to [0,1], then (x - mean) / std: one number of each per channel. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** What a program needs to know of a run beside its model. */
export interface ProgramOptions {
  readonly model: Model;
  readonly normalization: Normalization;
}

/** The input of every program: raw bytes uint8[batch,channels,height,width]. */
export function imagesInput(b: GraphBuilder, { input }: Model, batch: Dimension): Value {
  return b.input('images', 'uint8', [batch, input.channels, input.height, input.width]);
}

/**
 * (x / 255 - mean) / std of images [batch,channels,height,width] in float32, in PyTorch's order of operations, so that it
 * rounds alike. Throws GraphError where there is not one mean and one standard deviation per channel.
 */
export function normalize(b: GraphBuilder, images: Value, { mean, std }: Normalization): Value {
  const channels = images.shape[1];
  const perChannel = (numbers: readonly number[], what: string): Value => {
    if (numbers.length !== channels)
      throw new GraphError(
        `normalization: ${channels} values of ${what} expected, one per channel, got ${numbers.length}`,
      );
    // One number stays a scalar, which targets recognise.
    const [only = 0] = numbers;
    return numbers.length === 1 ? b.scalar(only) : b.constant(float32(numbers, [1, numbers.length, 1, 1]));
  };
  return b.within('normalize', () => {
    const scaled = b.op('Div', [b.cast(images, 'float32'), b.scalar(255)], {});
    return b.op('Div', [b.op('Sub', [scaled, perChannel(mean, 'mean')], {}), perChannel(std, 'std')], {});
  });
}
