/**
 * A network as data: the layers with their tensors, and its forward pass in evaluation as nodes. Whoever reads it computes what
 * the network computes, and needs no code of whoever wrote it.
 */
import type { UncheckedNode } from '../ir/graph.ts';
import { type AttributeValue, isOpName } from '../ir/ops/index.ts';
import { tensorBytes, tensorFromBytes } from '../ir/tensor-bytes.ts';
import { type DataType, GraphError, type Tensor, type Value } from '../ir/types.ts';
import type { Forward } from '../nn/forward.ts';
import type { Module } from '../nn/module.ts';
import type { BufferSpec, ParameterSpec } from '../nn/specs.ts';
import { type StartedForward, startForward } from '../programs/start-forward.ts';
import type { ImageShape, Model } from './model.ts';

/** The version of the form. */
export const networkFormat = 1;

/** A layer, or layers together. */
export interface LayerData {
  readonly name: string;
  readonly description: string;
  /** Of itself and of all within it, as in the module. */
  readonly parameters: readonly string[];
  readonly buffers: readonly string[];
  readonly children: readonly LayerData[];
  /** What it does with its children's results, where they do not simply follow each other. */
  readonly joins?: string | undefined;
}

/** A constant tensor: its elements as little-endian bytes in hexadecimal digits. */
export interface ConstantData {
  readonly dtype: DataType;
  readonly shape: readonly number[];
  readonly bytes: string;
}

/** An operation. Operands and results are names; null stands where an optional one is left out. */
export interface NodeData {
  readonly op: string;
  /** The layer whose operation it is; '' outside of any. */
  readonly scope: string;
  readonly inputs: readonly (string | null)[];
  readonly outputs: readonly (string | null)[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** A network, for images of one size and a number of classes. */
export interface NetworkData {
  readonly format: typeof networkFormat;
  readonly name: string;
  readonly input: ImageShape;
  readonly classes: number;
  readonly figureLayers: readonly string[];
  /** In the order in which they are initialized. */
  readonly parameters: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly buffers: readonly BufferSpec[];
  readonly layers: LayerData;
  /** What the forward pass reads, in the order in which it asks: the images, parameters and buffers. */
  readonly inputs: readonly string[];
  readonly constants: Readonly<Record<string, ConstantData>>;
  readonly nodes: readonly NodeData[];
  /** Values that layers leave behind, by the layer's name. */
  readonly taps: Readonly<Record<string, string>>;
  /** The value that is the logits. */
  readonly logits: string;
  /** The forward pass in training, as one text for each node: what a resumed run must have again. */
  readonly training: readonly string[];
}

/** The batch of the forward pass in training. Its size stands in no parameter; one that no other size is. */
const trainingBatch = 2;

/** The data of a model's network. Throws GraphError where its forward pass cannot be run. */
export function networkData(model: Model): NetworkData {
  const { name, input, classes, network, figureLayers } = model;
  const start = startForward({ model });
  const { b, f, logits } = start;
  const { nodes, constants } = recorded(start);
  return {
    format: networkFormat,
    name,
    input,
    classes,
    figureLayers,
    parameters: network.parameters.map(({ name: parameter, shape }) => ({ name: parameter, shape })),
    buffers: network.buffers.map(({ name: buffer, dtype, shape, fill }) => ({ name: buffer, dtype, shape, fill })),
    layers: layerData(network),
    inputs: b.inputs.map((value) => value.name),
    constants,
    nodes,
    taps: Object.fromEntries([...f.taps].map(([tap, value]) => [tap, value.name])),
    logits: logits.name,
    training: nodeTexts(startForward({ model, batch: trainingBatch, training: true })),
  };
}

function layerData({ name, description, parameters, buffers, children, joins }: Module): LayerData {
  const names = (specs: readonly { readonly name: string }[]) => specs.map((spec) => spec.name);
  return {
    name,
    description,
    parameters: names(parameters),
    buffers: names(buffers),
    children: children.map(layerData),
    ...(joins === undefined ? {} : { joins }),
  };
}

/** The nodes of a started forward, and the constants that they read. */
function recorded({ b }: Pick<StartedForward<unknown>, 'b'>): Pick<NetworkData, 'nodes' | 'constants'> {
  const constants: Record<string, ConstantData> = {};
  for (const value of b.nodes.flatMap((node) => node.inputs)) {
    const tensor = value ? b.tensorOf(value) : undefined;
    if (value && tensor) constants[value.name] = constantData(tensor);
  }
  return { nodes: b.nodes.map(nodeData), constants };
}

function nodeData({ op, name, inputs, outputs, attributes }: UncheckedNode): NodeData {
  const given: Record<string, AttributeValue> = {};
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    if (typeof value === 'number' && !Number.isFinite(value))
      throw new GraphError(`${name}: attribute ${key} is ${value}, a finite number was expected`);
    given[key] = value;
  }
  return {
    op,
    scope: name.slice(0, Math.max(0, name.lastIndexOf('/'))),
    inputs: inputs.map((value) => value?.name ?? null),
    outputs: outputs.map((value) => value?.name ?? null),
    attributes: given,
  };
}

function constantData(tensor: Tensor): ConstantData {
  const digits = Array.from(tensorBytes(tensor), (byte) => byte.toString(16).padStart(2, '0'));
  return { dtype: tensor.dtype, shape: tensor.shape, bytes: digits.join('') };
}

/** Each node with its operands in one line; constants by their elements, as their names are not what they are. */
function nodeTexts({ b }: StartedForward<unknown>): readonly string[] {
  return b.nodes.map((node) => {
    const { op, scope, inputs, outputs, attributes } = nodeData(node);
    const operands = node.inputs.map((value, i) => {
      const tensor = value ? b.tensorOf(value) : undefined;
      return tensor ? JSON.stringify(constantData(tensor)) : (inputs[i] ?? 'none');
    });
    const sorted = Object.entries(attributes).toSorted(([one], [other]) => (one < other ? -1 : 1));
    return `${scope === '' ? '' : `${scope}: `}${op}(${operands.join(', ')}) ${JSON.stringify(Object.fromEntries(sorted))} -> ${outputs.length}`;
  });
}

/**
 * A model that computes what the data say. It can be evaluated and exported, and not be trained: nothing of it initializes
 * parameters, or knows the forward pass in training.
 *
 * @throws GraphError, here or when its forward pass is run, where the data contradict themselves
 */
export function modelOfData(data: NetworkData): Model {
  const { name, input, classes, figureLayers } = data;
  return { name, input, classes, figureLayers, network: moduleOfData(data) };
}

function moduleOfData(data: NetworkData): Module {
  const parameters = new Map(
    data.parameters.map(({ name, shape }): [string, ParameterSpec] => [name, { name, shape, initialize: untrainable }]),
  );
  const buffers = new Map(data.buffers.map((spec) => [spec.name, spec] as const));
  const module = (layer: LayerData): Module => ({
    name: layer.name,
    description: layer.description,
    parameters: layer.parameters.map((name) => known(parameters, name, 'parameter')),
    buffers: layer.buffers.map((name) => known(buffers, name, 'buffer')),
    children: layer.children.map(module),
    ...(layer.joins === undefined ? {} : { joins: layer.joins }),
    forward: untrainable,
  });
  return { ...module(data.layers), forward: (f, x) => replayed(data, { parameters, buffers }, f, x) };
}

function untrainable(): never {
  throw new GraphError('internal: a network that was read from a run is evaluated as a whole, and not trained');
}

interface Specs {
  readonly parameters: ReadonlyMap<string, ParameterSpec>;
  readonly buffers: ReadonlyMap<string, BufferSpec>;
}

/** The forward pass that was recorded, on these images. */
function replayed(data: NetworkData, { parameters, buffers }: Specs, f: Forward, images: Value): Value {
  if (f.training) untrainable();
  const [first, ...others] = data.inputs;
  const values = new Map<string, Value>();
  if (first !== undefined) values.set(first, images);
  for (const name of others) {
    const parameter = parameters.get(name);
    values.set(name, parameter ? f.parameter(parameter) : f.buffer(known(buffers, name, 'parameter or buffer')));
  }
  for (const [name, { dtype, shape, bytes }] of Object.entries(data.constants)) {
    const elements = Uint8Array.from(bytes.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
    values.set(name, f.b.constant(tensorFromBytes(dtype, shape, elements, `constant '${name}'`)));
  }
  for (const node of data.nodes) {
    const { op, scope } = node;
    if (!isOpName(op)) throw new GraphError(`there is no operator '${op}'`);
    const inputs = node.inputs.map((name) => (name === null ? null : known(values, name, 'value')));
    const wanted = { outputs: node.outputs.map((name) => name !== null) };
    const outputs = f.b.within(scope, () => f.b.node(op, inputs, node.attributes, wanted));
    node.outputs.forEach((name, i) => {
      const value = outputs[i];
      if (name !== null && value) values.set(name, value);
    });
  }
  for (const [name, value] of Object.entries(data.taps)) f.tap(name, known(values, value, 'value'));
  return known(values, data.logits, 'value');
}

function known<T>(values: ReadonlyMap<string, T>, name: string, what: string): T {
  const value = values.get(name);
  if (value === undefined) throw new GraphError(`there is no ${what} '${name}'`);
  return value;
}
