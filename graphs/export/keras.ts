import { type Graph, type Node, scopeOf } from '../ir/graph.ts';
import { GraphError, staticShape, type Value } from '../ir/types.ts';
import { floatConstants, operand, result } from './constants.ts';
import { surroundings } from './inference-graph.ts';
import {
  batchNormalization,
  type Constants,
  conv2d,
  dense,
  type LayerBody,
  maxPooling2d,
  plain,
  unsupported,
} from './keras-layers.ts';
import type { KerasLayer, KerasModel, KerasWeight, LayerReference } from './keras-types.ts';

/** Where a value of the graph is found in the Keras model. */
interface Place {
  readonly layer: string;
  /** What is still to be done to it, x scale + offset; null for nothing. */
  readonly pending: Affine | null;
  /** [C,H,W] where the value was flattened from such images. */
  readonly flattened?: readonly number[];
  /** True for what are images [C,1,1] in the graph, and vectors already in Keras. */
  readonly pooled?: boolean;
}

/** One number of each for all channels, or one per channel. */
interface Affine {
  readonly scale: readonly number[];
  readonly offset: readonly number[];
}

/**
 * An inference graph as a functional Keras model in channels_last: `images` is [batch,H,W,C], raw pixels included (as
 * float32 from 0 to 255); arithmetic with constants in front of the network becomes one Rescaling layer.
 *
 * @throws GraphError where an operator has no counterpart, with its layer
 */
export function toKeras(graph: Graph): KerasModel {
  return new KerasWriter(graph).write();
}

class KerasWriter {
  readonly #graph: Graph;
  readonly #constants: Constants;
  readonly #layers: KerasLayer[] = [];
  readonly #weights: KerasWeight[] = [];
  readonly #places = new Map<string, Place>();

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#constants = floatConstants(graph);
  }

  write(): KerasModel {
    const [images, ...more] = this.#graph.inputs;
    if (!images || more.length > 0)
      throw new GraphError(`a Keras model here has one input, graph '${this.#graph.name}' has ${more.length + 1}`);
    this.#input(images);
    for (const node of this.#graph.nodes) this.#places.set(result(node).name, this.#place(node));
    const outputs = this.#graph.outputs.map(({ name }) => [name, this.#settled(name)] as const);
    return {
      topology: {
        keras_version: '2.15.0',
        backend: 'tensorflow',
        model_config: {
          class_name: 'Functional',
          config: {
            name: this.#graph.name,
            layers: this.#layers,
            input_layers: [reference(images.name)],
            output_layers: outputs.map(([, layer]) => reference(layer)),
          },
        },
      },
      weights: this.#weights,
      outputs: new Map(outputs),
    };
  }

  #input({ name, shape }: Value): void {
    const [channels = 0, height = 0, width = 0] = staticShape(shape.slice(1), `input '${name}'`);
    const config = { batch_input_shape: [null, height, width, channels], dtype: 'float32', sparse: false, name };
    this.#layers.push({ class_name: 'InputLayer', name, config, inbound_nodes: [] });
    this.#places.set(name, { layer: name, pending: null });
  }

  /** What a node's result is in the Keras model; adds a layer where one is needed. */
  #place(node: Node): Place {
    const data = operand(node, 0);
    const before = this.#places.get(data.name);
    if (!before) throw unsupported(node, 'its data are a constant');
    switch (node.op) {
      case 'Cast':
      case 'Identity':
        return before;
      case 'Add':
      case 'Sub':
      case 'Mul':
      case 'Div':
        return { ...before, pending: this.#affine(node, data, before) };
      case 'Flatten':
        return this.#flatten(node, data, before);
      default:
        return this.#layer(node, data, this.#body(node, before));
    }
  }

  #body(node: Node, { flattened }: Place): LayerBody {
    const name = nameOf(node);
    switch (node.op) {
      case 'Conv':
        return conv2d(node, name, this.#constants);
      case 'BatchNormalization':
        return batchNormalization(node, name, this.#constants);
      case 'MaxPool':
        return maxPooling2d(node);
      case 'GlobalAveragePool':
        return plain('GlobalAveragePooling2D', { data_format: 'channels_last' });
      case 'Relu':
        return plain('Activation', { activation: 'relu' });
      case 'Gemm':
        return dense(node, name, this.#constants, flattened);
      case 'Softmax':
        return plain('Activation', { activation: 'softmax' });
      default:
        throw unsupported(node, 'nobody has written one');
    }
  }

  #affine(node: Node & { op: 'Add' | 'Sub' | 'Mul' | 'Div' }, data: Value, { pending }: Place): Affine {
    const by = this.#constants.get(operand(node, 1).name);
    const perChannel = by?.shape.join() === [1, data.shape[1], 1, 1].join() && data.shape.length === 4;
    if (!by || !(by.data.length === 1 || perChannel))
      throw unsupported(node, 'only arithmetic with a number, or with one per channel, has');
    const { scale, offset } = pending ?? { scale: [1], offset: [0] };
    const each = (before: readonly number[], change: (value: number, number: number) => number) =>
      Array.from({ length: Math.max(before.length, by.data.length) }, (_, channel) =>
        change(before[before.length === 1 ? 0 : channel] ?? 0, by.data[by.data.length === 1 ? 0 : channel] ?? 0),
      );
    switch (node.op) {
      case 'Add':
        return { scale, offset: each(offset, (value, number) => value + number) };
      case 'Sub':
        return { scale, offset: each(offset, (value, number) => value - number) };
      case 'Mul':
        return {
          scale: each(scale, (value, number) => value * number),
          offset: each(offset, (value, number) => value * number),
        };
      case 'Div':
        return {
          scale: each(scale, (value, number) => value / number),
          offset: each(offset, (value, number) => value / number),
        };
    }
  }

  /** Pooled images are vectors in Keras already. */
  #flatten(node: Node, data: Value, before: Place): Place {
    const shape = staticShape(data.shape.slice(1), node.name);
    if (shape.length !== 3) throw unsupported(node, `only images [C,H,W] are flattened, got [${shape.join(',')}]`);
    if (before.pooled) return before;
    return { ...this.#layer(node, data, plain('Flatten', { data_format: 'channels_last' })), flattened: shape };
  }

  #layer(node: Node, data: Value, { kind, config, weights }: LayerBody): Place {
    const layer = nameOf(node);
    this.#push(layer, kind, config, this.#settled(data.name));
    this.#weights.push(...weights);
    return {
      layer,
      pending: null,
      pooled: node.op === 'GlobalAveragePool' || (this.#places.get(data.name)?.pooled ?? false),
    };
  }

  /** The layer that gives a value; pending arithmetic becomes a Rescaling layer. */
  #settled(name: string): string {
    const place = this.#places.get(name);
    if (!place) throw new GraphError(`internal: '${name}' is not in the Keras model`);
    const { layer, pending } = place;
    if (pending === null) return layer;
    // A number stands for all channels; Keras takes a list as one per channel.
    const short = (numbers: readonly number[]) => (numbers.length === 1 ? (numbers[0] ?? 0) : numbers);
    const config = { scale: short(pending.scale), offset: short(pending.offset) };
    this.#push(surroundings.normalize, 'Rescaling', config, layer);
    this.#places.set(name, { ...place, layer: surroundings.normalize, pending: null });
    return surroundings.normalize;
  }

  #push(name: string, kind: string, config: LayerBody['config'], from: string): void {
    if (this.#layers.some((layer) => layer.name === name))
      throw new GraphError(`two layers of the Keras model would be named '${name}'`);
    const common = { name, trainable: true, dtype: 'float32' };
    this.#layers.push({
      class_name: kind,
      name,
      config: { ...common, ...config },
      inbound_nodes: [[[...reference(from), {}]]],
    });
  }
}

function nameOf(node: Node): string {
  return scopeOf(node) || node.name;
}

function reference(layer: string): LayerReference {
  return [layer, 0, 0];
}
