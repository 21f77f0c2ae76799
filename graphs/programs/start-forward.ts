import { GraphBuilder } from '../ir/builder.ts';
import type { Dimension, Value } from '../ir/types.ts';
import type { Model } from '../models/model.ts';
import { Forward } from '../nn/forward.ts';
import { imagesInput, normalize, type ProgramOptions } from './preprocess.ts';

/** The name of a batch whose size is known only when a program runs. */
export const symbolicBatch = 'batch';

/** What the start of a program depends on. */
export interface StartOptions {
  readonly model: Model;
  /** Of the graph; the model's by default. */
  readonly name?: string;
  /** Number of images; symbolic by default. */
  readonly batch?: Dimension;
  /** False by default. */
  readonly training?: boolean;
  /** How raw bytes become numbers. Without it the images come normalised, as float32. */
  readonly normalization?: ProgramOptions['normalization'];
}

/** A graph as far as its logits; what becomes of them is the program's. */
export interface StartedForward<I> {
  readonly b: GraphBuilder;
  /** uint8[batch,channels,height,width], or float32 of that shape where they come normalised. */
  readonly images: Value;
  readonly inputs: I;
  /** The forward pass, with its parameters, buffers, masks and taps. */
  readonly f: Forward;
  /** float32[batch,classes] */
  readonly logits: Value;
}

/**
 * Starts a program: the images, the program's other inputs, and the one forward of its model. Every program starts here.
 *
 * @param moreInputs adds the inputs that stand between the images and the model's parameters
 */
export function startForward(options: StartOptions): StartedForward<undefined>;
export function startForward<I>(options: StartOptions, moreInputs: (b: GraphBuilder) => I): StartedForward<I>;
export function startForward<I>(
  { model, name = model.name, batch = symbolicBatch, training = false, normalization }: StartOptions,
  moreInputs?: (b: GraphBuilder) => I,
): StartedForward<I | undefined> {
  const b = new GraphBuilder(name);
  const { channels, height, width } = model.input;
  const images = normalization
    ? imagesInput(b, model, batch)
    : b.input('images', 'float32', [batch, channels, height, width]);
  const inputs = moreInputs?.(b);
  const f = new Forward(b, training);
  const logits = model.network.forward(f, normalization ? normalize(b, images, normalization) : images);
  return { b, images, inputs, f, logits };
}
