/** The messages of an ONNX file -> Graph. `onnx-write.ts` is the way there. */
import { shortestDecimal } from './float32.ts';
import type { Graph, Node, UncheckedNode } from './graph.ts';
import { checkNode, inferTypes } from './infer.ts';
import type { Fields } from './onnx-fields.ts';
import { attributeType } from './onnx-messages.ts';
import type { AttributeValue } from './ops/definition.ts';
import { dataTypeOf } from './ops/elementwise.ts';
import { definitionOf, type OpName, opNameOf } from './ops/index.ts';
import { tensorFromBytes } from './tensor-bytes.ts';
import type { DataType, Dimension, Initializer, TensorType, Value } from './types.ts';
import { validate } from './validate.ts';

/** An ONNX file, read. */
export interface Model {
  readonly graph: Graph;
  /** Version of ONNX's own operators. */
  readonly opset: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The graph of a model with its opset and its metadata, validated. Throws GraphError with the place in the file. */
export function readModel(model: Fields): Model {
  const graph = readGraph(model.message('graph'));
  const opset = model.messages('opset_import').find((entry) => isOnnx(entry.string('domain')));
  if (!opset) throw model.error("opset_import says no version of ONNX's own operators (domain '')");
  const metadata = model.messages('metadata_props').map((entry) => [entry.string('key'), entry.string('value')]);
  return { graph, opset: opset.int('version'), metadata: Object.fromEntries(metadata) };
}

function readGraph(graph: Fields): Graph {
  const inputs = graph.messages('input').map(readValue);
  const outputs = graph.messages('output').map(readValue);
  const initializers = graph.messages('initializer').map(readInitializer);
  const scope = new Scope([...inputs, ...outputs, ...graph.messages('value_info').map(readValue)], initializers);
  const nodes = graph.messages('node').map((node) => readNode(node, scope));
  const name = graph.string('name');
  return graph.located(() => validate({ name, inputs, outputs, initializers, nodes }));
}

/** The values that are known so far, by name. */
class Scope {
  private readonly values: Map<string, Value>;
  private readonly constants: ReadonlyMap<string, Initializer>;

  constructor(values: readonly Value[], initializers: readonly Initializer[]) {
    this.constants = new Map(initializers.map((initializer) => [initializer.value.name, initializer]));
    this.values = new Map([...values, ...initializers.map(({ value }) => value)].map((value) => [value.name, value]));
  }

  /** The value an input's name stands for. */
  operand(name: string, node: Fields): Value | null {
    if (name === '') return null;
    const value = this.values.get(name);
    if (!value) throw node.error(`takes '${name}', which is no input, initializer or output of an earlier node`);
    return value;
  }

  /** The value a node makes, of the type the file gives it, or else of the type that its operator's rule gives it. */
  result(name: string, node: Fields, infer: () => TensorType | undefined): Value | null {
    if (name === '') return null;
    const known = this.values.get(name);
    if (known) return known;
    const type = node.located(infer);
    if (!type) throw node.error(`output '${name}' is one more than the operator has`);
    const value: Value = { ...type, name };
    this.values.set(name, value);
    return value;
  }

  readonly tensorOf = ({ name }: Value) => this.constants.get(name)?.tensor;
}

function readNode(message: Fields, scope: Scope): Node {
  const op = readOp(message);
  const call = {
    op,
    name: message.string('name'),
    inputs: withoutTrailingNulls(message.strings('input').map((name) => scope.operand(name, message))),
    attributes: Object.fromEntries(message.messages('attribute').map((a) => [a.string('name'), readAttribute(a)])),
  };
  const names = message.strings('output');
  const results = names.map((name, i) => scope.result(name, message, () => inferTypes(call, scope.tensorOf)[i]));
  const unwanted = definitionOf(op)
    .outputs.slice(results.length)
    .map(() => null);
  const node: UncheckedNode = { ...call, outputs: [...results, ...unwanted] };
  return message.located(() => {
    checkNode(node);
    return node;
  });
}

function readOp(node: Fields): OpName {
  const type = node.string('op_type');
  const domain = node.string('domain');
  const op = opNameOf(isOnnx(domain) ? '' : domain, type);
  if (op !== undefined) return op;
  throw node.error(
    `operator '${isOnnx(domain) ? type : `${domain}.${type}`}' is not in Atelier's operator table (graphs/ir/ops); the runtime may know it, graph programs here do not`,
  );
}

function isOnnx(domain: string): boolean {
  return domain === '' || domain === 'ai.onnx';
}

function withoutTrailingNulls(values: readonly (Value | null)[]): readonly (Value | null)[] {
  return values.slice(0, values.findLastIndex((value) => value !== null) + 1);
}

function readAttribute(attribute: Fields): AttributeValue {
  const type = attribute.int('type');
  switch (type) {
    case attributeType.float:
      return shortestDecimal(attribute.float('f'));
    case attributeType.int:
      return attribute.int('i');
    case attributeType.string:
      return attribute.located(() => new TextDecoder('utf-8', { fatal: true }).decode(attribute.bytes('s')));
    case attributeType.ints:
      return attribute.ints('ints');
  }
  throw attribute.error(`type ${type} is not one of FLOAT (1), INT (2), STRING (3), INTS (7)`);
}

/** The constants of a model alone, whatever its operators are. */
export function readInitializers(model: Fields): readonly Initializer[] {
  return model.message('graph').messages('initializer').map(readInitializer);
}

function readInitializer(message: Fields): Initializer {
  const dtype = readDataType(message, 'data_type');
  const shape = message.ints('dims');
  const negative = shape.find((size) => size < 0);
  if (negative !== undefined) throw message.error(`dims contain ${negative}`);
  const value: Value = { name: message.string('name'), dtype, shape };
  return { value, tensor: tensorFromBytes(dtype, shape, message.bytes('raw_data'), `${message.path}.raw_data`) };
}

function readValue(message: Fields): Value {
  const value = message.message('type');
  if (value.has('sequence_type')) {
    const element = value.message('sequence_type').message('elem_type').message('tensor_type');
    return { name: message.string('name'), dtype: readDataType(element, 'elem_type'), shape: [], sequence: true };
  }
  const type = value.message('tensor_type');
  const shape = type.message('shape').messages('dim').map(readDimension);
  return { name: message.string('name'), dtype: readDataType(type, 'elem_type'), shape };
}

function readDimension(dimension: Fields): Dimension {
  if (dimension.has('dim_param')) {
    const name = dimension.string('dim_param');
    if (name !== '') return name;
  } else if (dimension.has('dim_value')) {
    const size = dimension.int('dim_value');
    if (size >= 0) return size;
  }
  throw dimension.error("a size of 0 or more or a name such as 'batch' was expected");
}

function readDataType(message: Fields, key: string): DataType {
  const number = message.int(key);
  const dtype = dataTypeOf(number);
  if (dtype === undefined) throw message.error(`${key} ${number} is no element type known here`);
  return dtype;
}
