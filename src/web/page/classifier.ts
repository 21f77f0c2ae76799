import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import type { PageLayer } from '../page-model.ts';
import type { Loaded } from './load.ts';

/** What the model made of one image. */
export interface Outcome {
  /** float32 [classes] */
  readonly probabilities: Float32Array;
  readonly layer: PageLayer;
  /** float32 [channels * height * width] of that layer. */
  readonly activations: Float32Array;
  readonly milliseconds: number;
}

export type Classify = (pixels: Uint8Array, layer: PageLayer) => Promise<Outcome>;

export const runtimeVersion = () => `onnxruntime-web ${env.versions.web ?? ''}`;

/** Compiles the model. Calls must not overlap. */
export async function createClassifier({ about, model, runtime }: Loaded): Promise<Classify> {
  // More threads need headers of the server (cross-origin isolation), and one is enough for an image at a time.
  env.wasm.numThreads = 1;
  env.wasm.wasmBinary = runtime;
  const session = await InferenceSession.create(model, { executionProviders: ['wasm'] });
  const { channels, height, width } = about.shape;
  return async (pixels, layer) => {
    const started = performance.now();
    const images = new Tensor('uint8', pixels, [1, channels, height, width]);
    const results = await session.run({ images }, [...new Set(['probabilities', layer.output])]);
    const numbers = (name: string): Float32Array => {
      const data = results[name]?.data;
      if (data instanceof Float32Array) return data;
      throw new Error(`internal: the model has no output '${name}'`);
    };
    return {
      probabilities: numbers('probabilities'),
      layer,
      activations: numbers(layer.output),
      milliseconds: performance.now() - started,
    };
  };
}
