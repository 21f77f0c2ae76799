import type { Graph, Node, UncheckedNode } from './graph.ts';
import { checkNode, inferTypes } from './infer.ts';
import { onnxDataType } from './ops/elementwise.ts';
import type { AttributesOf, OpName } from './ops/index.ts';
import {
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

export type Operand = Value | null | undefined;

/** What a caller may say of a node beside its operands. */
export interface NodeOptions {
  /** Which outputs are wanted; the others are left out. All by default. */
  readonly outputs?: readonly boolean[];
}

/**
 * Makes a graph node by node. Types are inferred and checked as each node is added, so a mistake is reported at the
 * line that made it. Names are a function of the order of the calls: the same program gives the same names.
 */
export class GraphBuilder {
  readonly nodes: Node[] = [];
  readonly inputs: Value[] = [];
  private readonly initializers = new Map<string, Initializer>();
  private readonly outputs: { readonly name: string; readonly value: Value }[] = [];
  private readonly taken = new Map<string, number>();
  private readonly constants = new Map<string, Value>();
  private scope: readonly string[] = [];

  constructor(readonly name: string) {}

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

  input(name: string, dtype: DataType, shape: Shape): Value {
    const value: Value = { name: this.claim(name), dtype, shape };
    this.inputs.push(value);
    return value;
  }

  /** A constant of the graph; equal constants are one. */
  constant(tensor: Tensor, name?: string): Value {
    const key = `${tensor.dtype}[${tensor.shape.join()}]${tensor.data.join()}`;
    const known = name === undefined && tensor.data.length <= 64 ? this.constants.get(key) : undefined;
    if (known) return known;
    const value: Value = {
      name: name === undefined ? this.unique(constantName(tensor)) : this.claim(name),
      dtype: tensor.dtype,
      shape: tensor.shape,
    };
    this.initializers.set(value.name, { value, tensor });
    if (name === undefined && tensor.data.length <= 64) this.constants.set(key, value);
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

  /** Adds a node and returns its first output. */
  op<O extends OpName>(op: O, inputs: readonly Operand[], attributes: AttributesOf<O>): Value {
    const [first] = this.multi(op, inputs, attributes);
    if (!first) throw new GraphError(`internal: ${op} has no first output`);
    return first;
  }

  /** Adds a node and returns all its outputs, null where `options.outputs` says that one is not wanted. */
  multi<O extends OpName>(
    op: O,
    inputs: readonly Operand[],
    attributes: AttributesOf<O>,
    options: NodeOptions = {},
  ): readonly (Value | null)[] {
    const name = this.unique([...this.scope, op].join('/'));
    const operands = inputs.map((input) => input ?? null);
    const types = inferTypes({ op, name, inputs: operands, attributes }, (value) => this.tensorOf(value));
    const outputs = types.map((type, i): Value | null => {
      if (options.outputs !== undefined && options.outputs[i] !== true) return null;
      return { ...type, name: this.claim(`${name}${types.length === 1 ? '' : `.${i}`}_output`) };
    });
    const node: UncheckedNode = { op, name, inputs: operands, outputs, attributes };
    checkNode(node);
    this.nodes.push(node);
    return outputs;
  }

  /** Adds a node of another graph as it stands, names included, on translated operands. Returns its new outputs. */
  copy(node: UncheckedNode, translate: (value: Value) => Value): readonly (Value | null)[] {
    const inputs = node.inputs.map((input) => input && translate(input));
    const types = inferTypes({ ...node, inputs }, (value) => this.tensorOf(value));
    const outputs = node.outputs.map((output, i): Value | null => {
      const type = types[i];
      return output && type ? { ...type, name: this.claim(output.name) } : null;
    });
    const copied: UncheckedNode = { ...node, name: this.claim(node.name), inputs, outputs };
    checkNode(copied);
    this.nodes.push(copied);
    return outputs;
  }

  /** The tensor behind a value that is a constant of this graph. */
  tensorOf(value: Value): Tensor | undefined {
    return this.initializers.get(value.name)?.tensor;
  }

  /** Marks a value as an output of the graph under a name of the caller's choice. */
  output(name: string, value: Value): void {
    this.outputs.push({ name, value });
  }

  cast(value: Value, dtype: DataType): Value {
    return value.dtype === dtype ? value : this.op('Cast', [value], { to: onnxDataType[dtype] });
  }

  reshape(value: Value, shape: readonly number[]): Value {
    return value.shape.join() === shape.join() ? value : this.op('Reshape', [value, this.ints(...shape)], {});
  }

  /** Sum over axes; all of them where none are given. */
  sum(value: Value, axes?: readonly number[], keepdims = 0): Value {
    return this.op('ReduceSum', [value, axes && this.ints(...axes)], { keepdims });
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
      if (produced.has(value.name) && !renamed.has(value.name)) renamed.set(value.name, result);
      else extra.push({ op: 'Identity', name: `${name}/Identity`, inputs: [value], outputs: [result], attributes: {} });
      return result;
    });
    const rename = (value: Value | null) => (value && renamed.get(value.name)) ?? value;
    const nodes = [...this.nodes, ...extra].map(
      (node): Node => ({ ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) }),
    );
    return { name: this.name, inputs: this.inputs, outputs, initializers: [...this.initializers.values()], nodes };
  }

  private claim(name: string): string {
    if (this.taken.has(name)) throw new GraphError(`the name '${name}' is taken already in graph '${this.name}'`);
    this.taken.set(name, 1);
    return name;
  }

  private unique(name: string): string {
    let count = this.taken.get(name) ?? 0;
    let candidate = count === 0 ? name : `${name}_${count}`;
    while (this.taken.has(candidate)) candidate = `${name}_${++count}`;
    this.taken.set(name, count + 1);
    if (candidate !== name) this.taken.set(candidate, 1);
    return candidate;
  }
}

/** Small constants carry their value in their name: `0.5`, `[0,2,3]`. */
function constantName({ dtype, shape, data }: Tensor): string {
  if (data.length > 8) return `constant_${dtype}`;
  const text = Array.from<number | bigint>(data).map(String).join(',');
  return shape.length === 0 ? `${text}:${dtype}` : `[${text}]:${dtype}`;
}

/** Throws GraphError where a value has not the type that is needed; `what` names it in the message. */
export function expectType(value: Value, expected: Omit<Value, 'name'>, what: string): void {
  if (!sameType(value, expected))
    throw new GraphError(`${what}: expected ${formatType(expected)}, got ${formatType(value)}`);
}
