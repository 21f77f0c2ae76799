import type { Module } from '../nn/module.ts';

/** The size of one image. */
export interface ImageShape {
  readonly channels: number;
  /** In pixels. */
  readonly height: number;
  readonly width: number;
}

/** A classifier of images: uint8[N,channels,height,width] in, logits float32[N,classes] out. */
export interface Model {
  readonly name: string;
  readonly input: ImageShape;
  readonly classes: number;
  readonly network: Module;
  /** Taps whose activations are worth drawing, in the order of the forward pass. */
  readonly figureLayers: readonly string[];
}

/** How a model differs from its definition. */
export interface ModelOptions {
  /** Rates of the dropout layers, in the order of the forward pass; the model's own by default. */
  readonly dropout?: readonly number[];
  /** Multiplies the channels of the convolutions; 1 by default. */
  readonly width?: number;
}

/** Where the code of a model stands. */
export interface ModelSource {
  /** Absolute. */
  readonly path: string;
  /** Of the file, and of those of its own that it imports: SHA-256 in hexadecimal digits. */
  readonly sha256: string;
  /** Whether the file is that of one model, or of an experiment with several. */
  readonly kind: 'model' | 'experiment';
}

/** A network that is defined for any size of image and any number of classes. */
export interface ModelDefinition {
  readonly name: string;
  /** What it consists of, in a few words. */
  readonly title: string;
  /** Rates of its dropout layers, in order, where nobody says others. */
  readonly dropout: readonly number[];
  /** Absent for models of the catalogue, and for those that a program brings. */
  readonly source?: ModelSource;
  /** Throws GraphError where the images are too small for the network. */
  build(input: ImageShape, classes: number, options?: ModelOptions): Model;
}

/** Whether an image is too small for a network that was made for photographs: below 64 pixels on a side. */
export function isSmall({ height, width }: ImageShape): boolean {
  return Math.min(height, width) < 64;
}
