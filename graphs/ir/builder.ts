import { shortestDecimal } from './float32.ts';
import type { Graph, Node, UncheckedNode } from './graph.ts';
import { checkNode, inferTypes } from './infer.ts';
import { Names } from './names.ts';
import { isOptional } from './ops/definition.ts';
import { onnxDataType } from './ops/elementwise.ts';
import {
  type AttributesOf,
  type ChosenOf,
  definitionOf,
  type OperandsOf,
  type OpName,
  type ResultsOf,
  requireOp,
} from './ops/index.ts';
import {
  checkShape,
  checkTensor,
  type DataType,
  float32,
  formatType,
  GraphError,
  type Initializer,
  int64,
  type Shape,
  sameType,
  type Tensor,
  type Value,
} from './types.ts';

/** What stands at the place of an operand: null or nothing where an optional one is left out. */
type Operand = Value | null | undefined;

/** What a caller may say of a node beside its operands. */
export interface NodeOptions {
  /** Which of the optional outputs are wanted; the others are left out. All by default. */
  readonly outputs?: readonly boolean[];
}

/** Unnamed constants of up to so many elements are shared where they are equal. */
const sharedElements = 64;

/**
 * Makes a graph node by node. Types are inferred and checked as each node is added, so a mistake is reported at the
 * line that made it. Names are a function of the order of the calls: the same program gives the same names.
 */
export class GraphBuilder {
  readonly nodes: Node[] = [];
  readonly inputs: Value[] = [];
  private readonly initializers = new Map<string, Initializer>();
  private readonly outputs: { readonly name: string; readonly value: Value }[] = [];
  private readonly nodeNames: Names;
  private readonly valueNames: Names;
  private readonly constants = new Map<string, Value>();
  private scope: readonly string[] = [];

  constructor(readonly name: string) {
    this.nodeNames = new Names(name);
    this.valueNames = new Names(name);
  }

  /** Everything that `body` adds is named below `name`: `conv1/Conv`. */
  within<T>(name: string, body: () => T): T {
    const outer = this.scope;
    this.scope = name === '' ? outer : [...outer, name];
    try {
      return body();
    } finally {
      this.scope = outer;
    }
  }

  /** An input of the graph. Throws GraphError where the name is taken, or a dimension is neither a size nor a name. */
  input(name: string, dtype: DataType, shape: Shape): Value {
    checkShape(shape, `input '${name}'`);
    const value: Value = { name: this.valueNames.claim(name, `input '${name}'`), dtype, shape };
    this.inputs.push(value);
    return value;
  }

  /** An input that is a list of tensors of one type, each of a shape of its own. */
  sequence(name: string, dtype: DataType): Value {
    const value: Value = { name: this.valueNames.claim(name, `input '${name}'`), dtype, shape: [], sequence: true };
    this.inputs.push(value);
    return value;
  }

  /** A constant of the graph. Small ones without a name of their own are one where they are equal. */
  constant(tensor: Tensor, name?: string): Value {
    const { dtype, shape } = tensor;
    const key = name === undefined && tensor.data.length <= sharedElements ? constantKey(tensor) : undefined;
    const known = key === undefined ? undefined : this.constants.get(key);
    if (known) return known;
    const called = name ?? constantName(tensor);
    checkTensor(tensor, `constant '${called}'`);
    const owner = `constant '${called}'`;
    const free = name === undefined ? this.valueNames.unique(called, owner) : this.valueNames.claim(called, owner);
    const value: Value = { name: free, dtype, shape };
    this.initializers.set(value.name, { value, tensor });
    if (key !== undefined) this.constants.set(key, value);
    return value;
  }

  /** A float32 scalar constant. */
  scalar(number: number): Value {
    return this.constant(float32([number], []));
  }

  /** An int64 vector constant: shapes, axes, pads. */
  ints(...numbers: readonly number[]): Value {
    return this.constant(int64(numbers));
  }

  /**
   * Adds a node and returns its first output; other outputs are left out where they are optional. Throws GraphError where
   * the operands do not fit the operator.
   */
  op<O extends OpName>(op: O, inputs: OperandsOf<O>, attributes: AttributesOf<O>): Value {
    requireOp(op);
    const outputs = definitionOf(op).outputs.map((_, i) => i === 0);
    const [first] = this.node(op, inputs, attributes, { outputs });
    if (!first) throw new GraphError(`internal: ${op} has no first output`);
    return first;
  }

  /**
   * Adds a node and returns all its outputs, null where `options.outputs` says that an optional one is not wanted. Throws
   * GraphError where the operands do not fit the operator.
   */
  multi<O extends OpName>(op: O, inputs: OperandsOf<O>, attributes: AttributesOf<O>): ResultsOf<O>;
  multi<O extends OpName>(op: O, inputs: OperandsOf<O>, attributes: AttributesOf<O>, options: NodeOptions): ChosenOf<O>;
  multi(
    op: OpName,
    inputs: readonly Operand[],
    attributes: UncheckedNode['attributes'],
    options?: NodeOptions,
  ): readonly (Value | null)[] {
    return this.node(op, inputs, attributes, options);
  }

  /** As `multi`, of an operator that only the caller's data name: its operands are checked as the node is added, not by the compiler. */
  node(
    op: OpName,
    inputs: readonly Operand[],
    attributes: UncheckedNode['attributes'],
    options: NodeOptions = {},
  ): readonly (Value | null)[] {
    requireOp(op);
    const path = [...this.scope, op].join('/');
    const name = this.nodeNames.unique(path, `node '${path}'`);
    const operands = inputs.slice(0, inputs.findLastIndex((input) => input) + 1).map((input) => input ?? null);
    const types = inferTypes({ op, name, inputs: operands, attributes }, (value) => this.tensorOf(value));
    const specs = definitionOf(op).outputs;
    const outputs = types.map((type, i): Value | null => {
      if (isOptional(specs[i]) && options.outputs !== undefined && options.outputs[i] !== true) return null;
      const called = `${name}${types.length === 1 ? '' : `.${i}`}_output`;
      return { ...type, name: this.valueNames.claim(called, `the output of ${name}`) };
    });
    this.append({ op, name, inputs: operands, outputs, attributes });
    return outputs;
  }

  /** Adds a node of another graph as it stands, names included, on translated operands. Returns its new outputs. */
  copy(node: UncheckedNode, translate: (value: Value) => Value): readonly (Value | null)[] {
    const name = this.nodeNames.claim(node.name, `node '${node.name}'`);
    const inputs = node.inputs.map((input) => input && translate(input));
    const types = inferTypes({ ...node, inputs }, (value) => this.tensorOf(value));
    const outputs = node.outputs.map((output, i): Value | null => {
      const type = types[i];
      return output && type ? { ...type, name: this.valueNames.claim(output.name, `the output of ${name}`) } : null;
    });
    this.append({ ...node, inputs, outputs });
    return outputs;
  }

  /** The tensor behind a value that is a constant of this graph. */
  tensorOf(value: Value): Tensor | undefined {
    return this.initializers.get(value.name)?.tensor;
  }

  /** Marks a value as an output of the graph under a name of the caller's choice, which nothing else may have. */
  output(name: string, value: Value): void {
    if (name !== value.name) this.valueNames.claim(name, `output '${name}' (the value '${value.name}')`);
    this.outputs.push({ name, value });
  }

  /** x + y, with broadcasting, in the type that both have; so are the three below. */
  add(x: Value, y: Value): Value {
    return this.op('Add', [x, y], {});
  }

  /** x - y. */
  sub(x: Value, y: Value): Value {
    return this.op('Sub', [x, y], {});
  }

  /** x y, element by element. */
  mul(x: Value, y: Value): Value {
    return this.op('Mul', [x, y], {});
  }

  /** x / y, element by element. */
  div(x: Value, y: Value): Value {
    return this.op('Div', [x, y], {});
  }

  /** -x, for floating-point numbers. */
  neg(x: Value): Value {
    return this.op('Neg', [x], {});
  }

  /** √x, for floating-point numbers. */
  sqrt(x: Value): Value {
    return this.op('Sqrt', [x], {});
  }

  /** The value in another element type; the value itself where it has that type already. */
  cast(value: Value, dtype: DataType): Value {
    return value.dtype === dtype ? value : this.op('Cast', [value], { to: onnxDataType[dtype] });
  }

  /** The value in another static shape of as many elements; the value itself where it has that shape already. */
  reshape(value: Value, shape: readonly number[]): Value {
    return value.shape.join() === shape.join() ? value : this.op('Reshape', [value, this.ints(...shape)], {});
  }

  /** Sum over axes; all of them where none are given. */
  sum(value: Value, axes?: readonly number[], keepdims = 0): Value {
    return this.op('ReduceSum', [value, axes ? this.ints(...axes) : null], { keepdims });
  }

  /**
   * The finished graph. An output takes its name by renaming the value that it is; a value that is an input, a
   * constant or already an output under another name passes through an Identity.
   */
  finish(): Graph {
    const renamed = new Map<string, Value>();
    const produced = new Set(this.nodes.flatMap((node) => node.outputs.flatMap((value) => value?.name ?? [])));
    const extra: Node[] = [];
    const outputs = this.outputs.map(({ name, value }): Value => {
      const result: Value = { ...value, name };
      if (!renamed.has(value.name) && (name === value.name || produced.has(value.name)))
        renamed.set(value.name, result);
      else extra.push({ op: 'Identity', name: `${name}/Identity`, inputs: [value], outputs: [result], attributes: {} });
      return result;
    });
    const rename = (value: Value | null) => (value && renamed.get(value.name)) ?? value;
    const nodes = [
      ...this.nodes.map(
        (node): Node => ({ ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) }),
      ),
      ...extra.map((node): Node => ({ ...node, inputs: node.inputs.map(rename) })),
    ];
    return { name: this.name, inputs: this.inputs, outputs, initializers: [...this.initializers.values()], nodes };
  }

  private append(node: UncheckedNode): void {
    checkNode(node);
    this.nodes.push(node);
  }
}

/** Equal for tensors of the same type and the same elements; -0 differs from 0. */
function constantKey(tensor: Tensor): string {
  return `${formatType(tensor)}${elementTexts(tensor).join()}`;
}

/** Small constants carry their value in their name: `0.5:float32`, `[0,2,3]:int64`. */
function constantName(tensor: Tensor): string {
  if (tensor.data.length > 8) return `constant_${tensor.dtype}`;
  const text = elementTexts(tensor).join();
  return tensor.shape.length === 0 ? `${text}:${tensor.dtype}` : `[${text}]:${tensor.dtype}`;
}

function elementTexts({ dtype, data }: Tensor): readonly string[] {
  const elements = dtype === 'float32' ? Array.from(data, shortestDecimal) : Array.from<number | bigint>(data);
  return elements.map((element) => (Object.is(element, -0) ? '-0' : String(element)));
}

/** Throws GraphError where a value has not the type that is needed; `what` names it in the message. */
export function expectType(value: Value, expected: Omit<Value, 'name'>, what: string): void {
  if (!sameType(value, expected))
    throw new GraphError(`${what}: expected ${formatType(expected)}, got ${formatType(value)}`);
}
