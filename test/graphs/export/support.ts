/** Untrained models with lively numbers in every place, and graphs run through onnxruntime. */
import { type ExportForm, inferenceGraph } from '../../../graphs/export/inference-graph.ts';
import type { Graph } from '../../../graphs/ir/graph.ts';
import { serializeModel } from '../../../graphs/ir/serialize.ts';
import type { Tensor } from '../../../graphs/ir/types.ts';
import { optimizerOf } from '../../../graphs/optim/from-recipe.ts';
import { trainStep } from '../../../graphs/programs/train-step.ts';
import { Session } from '../../../src/runtime/session.ts';
import { fromOrt, toOrt } from '../../../src/runtime/tensors.ts';
import { initialState, type TensorMap } from '../../../src/training/initialize.ts';
import { entryOf, type ModelName } from '../../models.ts';
import { numbers } from '../ir/fixtures.ts';

export const form: ExportForm = { input: 'bytes', output: 'logits' };

export function modelOf(name: ModelName) {
  const { build, recipe, normalization } = entryOf(name);
  return { model: build(recipe.dropout), recipe, normalization };
}

/** Initial weights; statistics and scales of batch normalization as training might leave them. */
export function stateOf(name: ModelName): TensorMap {
  const { model, recipe, normalization } = modelOf(name);
  const program = trainStep({ model, normalization, optimizer: optimizerOf(recipe.optimizer), batchSize: 2 });
  const state = initialState(model.network, program, 42);
  return new Map(
    [...state].map(([tensor, value], i): [string, Tensor] => {
      const lively = model.network.buffers.some((buffer) => buffer.name === tensor && buffer.dtype === 'float32');
      const scale = value.dtype === 'float32' && value.data.every((element) => element === 1);
      if (value.dtype !== 'float32' || !(lively || scale)) return [tensor, value];
      const shift = tensor.endsWith('mean') ? 0 : 1;
      return [tensor, { ...value, data: Float32Array.from(numbers(value.data.length, i), (x) => shift + x) }];
    }),
  );
}

export function graphOf(name: ModelName, as: ExportForm = form): Graph {
  return inferenceGraph(modelOf(name), stateOf(name), as);
}

/** Images of blots: noise, mostly black. */
export function pixels(count: number, seed = 1): Uint8Array {
  return Uint8Array.from(numbers(count * 784, seed), (x) => Math.max(0, Math.round(x * 510)));
}

/** One output of a graph for raw images. */
export async function run(graph: Graph, images: Uint8Array, opset = 17, output = 'logits'): Promise<Float32Array> {
  const session = await Session.load(serializeModel(graph, { opset }), graph.name, { device: 'cpu', threads: 1 });
  const shape = [images.length / 784, 1, 28, 28];
  const results = await session.run({ images: toOrt({ dtype: 'uint8', shape, data: images }) });
  await session.release();
  const result = results[output];
  const tensor = result && fromOrt(result, output);
  if (tensor?.dtype !== 'float32') throw new Error(`no output ${output}`);
  return tensor.data;
}

export function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}
