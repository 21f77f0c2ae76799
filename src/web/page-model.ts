/** What an exported page knows of its model: model.json, written by the export and read by the page. Types and names only. */

import type { ImageShape } from '../../graphs/models/model.ts';
import type { Preparation } from '../data/own/origin.ts';

/** The page's files beside what Vite makes of its sources; paths below the page's folder. */
export const pageFiles = {
  page: 'index.html',
  about: 'model.json',
  model: 'model.onnx',
  samples: 'samples.bin',
  /** gzip: a quarter of its bytes, and static servers seldom compress. */
  runtime: 'assets/onnxruntime.wasm.gz',
} as const;

/** A layer that the page can show. */
export interface PageLayer {
  readonly name: string;
  /** A second name: `stage1`. */
  readonly alias: string | null;
  /** `Conv2d(1, 32, kernel=3, padding=0)` */
  readonly description: string;
  /** The output of model.onnx that holds it, float32[batch,…]. */
  readonly output: string;
  /** A vector is [C, 1, 1]. */
  readonly shape: readonly [channels: number, height: number, width: number];
}

/** How good the model is on a split. */
export interface PageMetrics {
  readonly split: string;
  readonly count: number;
  readonly accuracy: number;
  readonly macroF1: number;
}

export interface PageModel {
  /** `Model 1, baseline` */
  readonly title: string;
  readonly model: string;
  readonly dataset: string;
  readonly run: string;
  readonly checkpoint: string;
  readonly epoch: number;
  readonly parameters: number;
  readonly producer: string;
  readonly metrics: readonly PageMetrics[];
  /** Of an image. */
  readonly shape: ImageShape;
  /** What the images are of: `clothes`; null where nobody says. */
  readonly things: string | null;
  /** True where they show light things on black, so that pictures with a light ground are to be inverted. */
  readonly lightOnBlack: boolean;
  /** What becomes of pictures; null where the whole of each is averaged down, in the middle of black. */
  readonly preparation: Preparation | null;
  readonly classes: readonly string[];
  readonly layers: readonly PageLayer[];
  /** The layer shown first. */
  readonly firstLayer: string;
  /** The split whose first images are in samples.bin. */
  readonly sampleSplit: 'test' | 'validation';
  /** Class numbers of these images, uint8 [count * channels * height * width]. */
  readonly sampleLabels: readonly number[];
  /** The colours of activation maps from lowest to highest, rrggbb one after the other. */
  readonly colors: string;
}
