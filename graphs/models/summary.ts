import { scopeOf } from '../ir/graph.ts';
import { macsOf } from '../ir/infer.ts';
import { elementCount, staticShape } from '../ir/types.ts';
import { startForward } from '../programs/start-forward.ts';
import { layersOf } from './layers-of.ts';
import type { Model } from './model.ts';

/** One layer of a model, for one image. */
export interface LayerSummary {
  readonly name: string;
  readonly description: string;
  /** Without the batch dimension. */
  readonly outputShape: readonly number[];
  readonly parameters: number;
  /** Elements of running statistics and counters. */
  readonly buffers: number;
  /** Multiply-adds of one forward pass of one image. */
  readonly macs: number;
}

/** A model's layers with the totals of their columns. */
export interface ModelSummary {
  readonly model: string;
  readonly inputShape: readonly number[];
  readonly layers: readonly LayerSummary[];
  readonly parameters: number;
  readonly buffers: number;
  readonly macs: number;
}

/** What a model consists of, read off its forward function run on one symbolic image in evaluation mode. */
export function summarize(model: Model): ModelSummary {
  const { name, input, network } = model;
  const inputShape = [input.channels, input.height, input.width];
  const { b, f } = startForward({ model, batch: 1 });
  const layers = layersOf(network).map((module): LayerSummary => {
    const output = f.taps.get(module.name);
    return {
      name: module.name,
      description: module.joins ?? module.description,
      outputShape: output ? staticShape(output.shape, module.name).slice(1) : [],
      // Those of a module's parts have rows of their own.
      parameters: module.joins ? 0 : total(module.parameters.map(({ shape }) => elementCount(shape))),
      buffers: module.joins ? 0 : total(module.buffers.map(({ shape }) => elementCount(shape))),
      macs: total(
        b.nodes
          .filter((node) => scopeOf(node) === module.name)
          .map((node) => macsOf(node, (value) => b.tensorOf(value))),
      ),
    };
  });
  return {
    model: name,
    inputShape,
    layers,
    parameters: total(layers.map((layer) => layer.parameters)),
    buffers: total(layers.map((layer) => layer.buffers)),
    macs: total(layers.map((layer) => layer.macs)),
  };
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
