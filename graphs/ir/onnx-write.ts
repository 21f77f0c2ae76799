/** Graph -> the messages of an ONNX file. `onnx-read.ts` is the way back. */
import { attributeEntries, type Graph, type Node } from './graph.ts';
import {
  type AttributeMessage,
  attributeType,
  type GraphMessage,
  type ModelMessage,
  type NodeMessage,
  type TensorMessage,
  type ValueInfoMessage,
} from './onnx-messages.ts';
import type { AttributeValue } from './ops/definition.ts';
import { onnxDataType } from './ops/elementwise.ts';
import { definitionOf, onnxTypeOf } from './ops/index.ts';
import { tensorBytes } from './tensor-bytes.ts';
import { GraphError, type Initializer, type Value } from './types.ts';

/** What an ONNX file says beside its graph. */
export interface ModelOptions {
  /** Version of ONNX's own operators; 17 by default. */
  readonly opset?: number;
  /** Version of the file format; 8 (the one of opset 17) by default. */
  readonly irVersion?: number;
  /** Who made the file; 'atelier' by default. */
  readonly producer?: string;
  readonly docString?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The messages of a file that holds the graph; the file is a function of the graph and the options alone. */
export function writeModel(graph: Graph, options: ModelOptions): ModelMessage {
  return modelAround(writeGraph(graph), graph, options);
}

/** A value that goes from turn to turn of a Scan, and what a turn makes of it. */
export interface Carried {
  readonly input: string;
  readonly output: string;
}

/**
 * The messages of a file whose graph runs another again and again, by ONNX's Scan: what is carried goes from turn to turn, each
 * under the names that it has in the body; all other inputs have one entry for each turn along a first axis named 'steps', and so
 * have all other outputs. Throws GraphError where the body lacks a carried input or output.
 */
export function writeScan(body: Graph, carried: readonly Carried[], options: ModelOptions): ModelMessage {
  const taken = (kind: string, values: readonly Value[], names: readonly string[]) => {
    const first = names.map((name) => {
      const value = values.find((candidate) => candidate.name === name);
      if (!value) throw new GraphError(`graph '${body.name}' has no ${kind} '${name}' to be carried from turn to turn`);
      return value;
    });
    return { first, rest: values.filter(({ name }) => !names.includes(name)) };
  };
  const inputs = taken(
    'input',
    body.inputs,
    carried.map(({ input }) => input),
  );
  const outputs = taken(
    'output',
    body.outputs,
    carried.map(({ output }) => output),
  );
  const ordered: Graph = {
    ...body,
    inputs: [...inputs.first, ...inputs.rest],
    outputs: [...outputs.first, ...outputs.rest],
  };
  const stacked = (value: Value): Value => ({ ...value, shape: ['steps', ...value.shape] });
  const scan: NodeMessage = {
    input: ordered.inputs.map(({ name }) => name),
    output: ordered.outputs.map(({ name }) => name),
    name: 'steps',
    op_type: 'Scan',
    domain: '',
    attribute: [
      { name: 'body', type: attributeType.graph, g: writeGraph(ordered) },
      { name: 'num_scan_inputs', type: attributeType.int, i: inputs.rest.length },
    ],
  };
  const around: GraphMessage = {
    node: [scan],
    name: `${body.name}_scan`,
    initializer: [],
    input: [...inputs.first, ...inputs.rest.map(stacked)].map(writeValue),
    output: [...outputs.first, ...outputs.rest.map(stacked)].map(writeValue),
    value_info: [],
  };
  return modelAround(around, body, options);
}

/** @param nodesOf the graph whose operators the file needs */
function modelAround(message: GraphMessage, nodesOf: Graph, options: ModelOptions): ModelMessage {
  const { opset = 17, irVersion = 8, producer = 'atelier', docString, metadata = {} } = options;
  const domains = new Set(nodesOf.nodes.map((node) => definitionOf(node.op).domain));
  domains.delete('');
  return {
    ir_version: irVersion,
    producer_name: producer,
    ...(docString === undefined ? {} : { doc_string: docString }),
    graph: message,
    opset_import: [{ domain: '', version: opset }, ...[...domains].sort().map((domain) => ({ domain, version: 1 }))],
    metadata_props: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  };
}

function writeGraph({ name, inputs, outputs, initializers, nodes }: Graph): GraphMessage {
  const described = new Set(outputs.map((value) => value.name));
  const between = nodes.flatMap((node) => node.outputs.flatMap((value) => value ?? []));
  return {
    node: nodes.map(writeNode),
    name,
    initializer: initializers.map(writeInitializer),
    input: inputs.map(writeValue),
    output: outputs.map(writeValue),
    value_info: between.filter((value) => !described.has(value.name)).map(writeValue),
  };
}

function writeNode(node: Node): NodeMessage {
  return {
    input: operandNames(node.inputs),
    output: operandNames(node.outputs),
    name: node.name,
    op_type: onnxTypeOf(node.op),
    domain: definitionOf(node.op).domain,
    // By name, so that the bytes do not depend on the order in which an attributes object was written down.
    attribute: attributeEntries(node)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => writeAttribute(node, name, value)),
  };
}

/** ONNX marks an absent operand by an empty name, and leaves out those at the end. */
function operandNames(operands: readonly (Value | null)[]): readonly string[] {
  const present = operands.findLastIndex((value) => value !== null) + 1;
  return operands.slice(0, present).map((value) => value?.name ?? '');
}

function writeAttribute(node: Node, name: string, value: AttributeValue): AttributeMessage {
  if (typeof value === 'string') return { name, type: attributeType.string, s: new TextEncoder().encode(value) };
  const isFloat = definitionOf(node.op).attributes[name]?.kind === 'float';
  if (typeof value === 'number' && isFloat) return { name, type: attributeType.float, f: value };
  return typeof value === 'number'
    ? { name, type: attributeType.int, i: value }
    : { name, type: attributeType.ints, ints: value };
}

function writeInitializer({ value, tensor }: Initializer): TensorMessage {
  return {
    dims: tensor.shape,
    data_type: onnxDataType[tensor.dtype],
    name: value.name,
    raw_data: tensorBytes(tensor),
  };
}

function writeValue({ name, dtype, shape, sequence }: Value): ValueInfoMessage {
  if (sequence)
    return { name, type: { sequence_type: { elem_type: { tensor_type: { elem_type: onnxDataType[dtype] } } } } };
  const dim = shape.map((size) => (typeof size === 'number' ? { dim_value: size } : { dim_param: size }));
  return { name, type: { tensor_type: { elem_type: onnxDataType[dtype], shape: { dim } } } };
}
