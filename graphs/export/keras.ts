import { type Graph, type Node, producers, scopeOf } from '../ir/graph.ts';
import { GraphError, staticShape, type Value } from '../ir/types.ts';
import { floatConstants, operand, result } from './constants.ts';
import { surroundings } from './inference-graph.ts';
import {
  batchNormalization,
  type Constants,
  conv2d,
  dense,
  type LayerBody,
  plain,
  pooling2d,
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
  readonly #makers: ReadonlyMap<string, Node>;
  /** Layers of the network that have one in the Keras model. */
  readonly #own = new Set<string>();

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#constants = floatConstants(graph);
    this.#makers = producers(graph.nodes);
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
      case 'Mul': {
        const other = this.#places.get(operand(node, 1).name);
        if (other) return this.#merge(node, node.op === 'Add' ? 'Add' : 'Multiply', {});
        return { ...before, pending: this.#affine(node, data, before) };
      }
      case 'Concat':
        if (node.attributes.axis !== 1 || data.shape.length !== 4)
          throw unsupported(node, 'only the channels of images are joined');
        return this.#merge(node, 'Concatenate', { axis: -1 });
      case 'Sub':
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
      case 'AveragePool':
        return pooling2d(node, this.#isPositive(operand(node, 0)));
      case 'GlobalAveragePool':
        return plain('GlobalAveragePooling2D', { data_format: 'channels_last' });
      case 'Relu':
        return plain('Activation', { activation: 'relu' });
      case 'Sigmoid':
      case 'Tanh':
      case 'Softplus':
        return plain('Activation', { activation: node.op.toLowerCase() });
      case 'LeakyRelu':
        return plain('LeakyReLU', { alpha: node.attributes.alpha });
      case 'Elu':
        return plain('ELU', { alpha: node.attributes.alpha });
      case 'Clip': {
        const [low, high] = [1, 2].map((i) => this.#constants.get(node.inputs[i]?.name ?? '')?.data[0]);
        if (low !== 0 || high === undefined) throw unsupported(node, 'only the one from 0 to a number has');
        return plain('ReLU', { max_value: high });
      }
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

  /** A layer of several values that are all there already. */
  #merge(node: Node, kind: string, config: LayerBody['config']): Place {
    const parts = node.inputs.flatMap((value) => (value ? [value] : []));
    const known = parts.map(({ name }) => this.#places.get(name));
    if (known.includes(undefined)) throw unsupported(node, 'one of its operands is a constant');
    if (parts.some(({ shape }) => shape.join() !== parts[0]?.shape.join()) && kind !== 'Concatenate')
      throw unsupported(node, 'its operands have different shapes');
    const layer = this.#free(nameOf(node));
    this.#push(layer, kind, config, ...parts.map(({ name }) => this.#settled(name)));
    return { layer, pending: null, pooled: known.every((place) => place?.pooled === true) };
  }

  /** Whether what made a value gives no number below 0. */
  #isPositive({ name }: Value): boolean {
    const op = this.#makers.get(name)?.op;
    return op === 'Relu' || op === 'Sigmoid' || op === 'Softplus';
  }

  /** The name, or, where an operator of the same layer has it, the name with a number. */
  #free(name: string): string {
    const taken = (candidate: string) => this.#layers.some((layer) => layer.name === candidate);
    let free = name;
    for (let count = 1; taken(free) && this.#own.has(name); count++) free = `${name}_${count}`;
    this.#own.add(name);
    return free;
  }

  #layer(node: Node, data: Value, { kind, config, weights, zeros }: LayerBody): Place {
    const layer = this.#free(nameOf(node));
    let from = this.#settled(data.name);
    if (zeros) {
      const padded = `${layer}_pad`;
      this.#push(padded, 'ZeroPadding2D', { padding: zeros, data_format: 'channels_last' }, from);
      from = padded;
    }
    this.#push(layer, kind, config, from);
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

  #push(name: string, kind: string, config: LayerBody['config'], ...from: readonly string[]): void {
    if (this.#layers.some((layer) => layer.name === name))
      throw new GraphError(`two layers of the Keras model would be named '${name}'`);
    const common = { name, trainable: true, dtype: 'float32' };
    this.#layers.push({
      class_name: kind,
      name,
      config: { ...common, ...config },
      inbound_nodes: [from.map((one) => [...reference(one), {}] as const)],
    });
  }
}

function nameOf(node: Node): string {
  return scopeOf(node) || node.name;
}

function reference(layer: string): LayerReference {
  return [layer, 0, 0];
}
