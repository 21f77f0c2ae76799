import type { GraphBuilder } from '../ir/builder.ts';
import type { Dimension, Value } from '../ir/types.ts';
import type { Model } from '../models/model.ts';
import type { Recipe } from '../models/recipe.ts';

/** What a program needs to know of a run beside its model. */
export interface ProgramOptions {
  readonly model: Model;
  readonly normalization: Recipe['normalization'];
}

/** The input of every program: raw bytes uint8[batch,channels,height,width]. */
export function imagesInput(b: GraphBuilder, { input }: Model, batch: Dimension): Value {
  return b.input('images', 'uint8', [batch, input.channels, input.height, input.width]);
}

/** (x / 255 - mean) / std in float32, in PyTorch's order of operations, so that it rounds alike. */
export function normalize(b: GraphBuilder, images: Value, { mean, std }: Recipe['normalization']): Value {
  return b.within('normalize', () => {
    const scaled = b.op('Div', [b.cast(images, 'float32'), b.scalar(255)], {});
    return b.op('Div', [b.op('Sub', [scaled, b.scalar(mean)], {}), b.scalar(std)], {});
  });
}
