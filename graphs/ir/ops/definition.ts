import {
  type DataType,
  formatType,
  GraphError,
  type Shape,
  sameType,
  staticShape,
  type Tensor,
  type TensorType,
  type Value,
} from '../types.ts';

/** The kinds an ONNX attribute can have here, with their TypeScript types. */
export interface AttributeTypes {
  readonly int: number;
  readonly float: number;
  readonly string: string;
  readonly ints: readonly number[];
}
export type AttributeKind = keyof AttributeTypes;
export type AttributeValue = AttributeTypes[AttributeKind];

export interface AttributeSpec<K extends AttributeKind = AttributeKind, R extends boolean = boolean> {
  readonly kind: K;
  readonly required: R;
}
/** The attributes of an operator, by their ONNX names. */
export type AttributeSpecs = Readonly<Record<string, AttributeSpec>>;

/** An attribute that a node must have. */
export function required<K extends AttributeKind>(kind: K): AttributeSpec<K, true> {
  return { kind, required: true };
}
/** An attribute that a node may leave out. */
export function optional<K extends AttributeKind>(kind: K): AttributeSpec<K, false> {
  return { kind, required: false };
}

/** The attributes object that a table of specs asks for: required keys, and optional ones that may be left out. */
export type AttributesFrom<S extends AttributeSpecs> = {
  readonly [K in keyof S as S[K]['required'] extends true ? K : never]: AttributeTypes[S[K]['kind']];
} & {
  readonly [K in keyof S as S[K]['required'] extends true ? never : K]?: AttributeTypes[S[K]['kind']];
};

/**
 * An operand of an operator, under its name in the operator's documentation: one that must be there, one that may be
 * left out, or, at the end, any number of them.
 */
export type OperandSpec = string | { readonly optional: string } | { readonly variadic: string };

/** Whether an operand may be left out. */
export function isOptional(spec: OperandSpec | undefined): boolean {
  return typeof spec === 'object' && 'optional' in spec;
}

/** Whether an operand stands for any number of them. */
export function isVariadic(spec: OperandSpec | undefined): boolean {
  return typeof spec === 'object' && 'variadic' in spec;
}

/** How messages name an operand: `B?` may be left out, `...inputs` is any number. */
export function operandName(spec: OperandSpec): string {
  if (typeof spec === 'string') return spec;
  return 'optional' in spec ? `${spec.optional}?` : `...${spec.variadic}`;
}

/** The operands that a list of specs asks for: as a tuple, whose end may be left out as far as it is optional. */
export type OperandsFrom<S extends readonly OperandSpec[]> = S extends readonly [
  infer First extends OperandSpec,
  ...infer Rest extends readonly OperandSpec[],
]
  ? First extends string
    ? readonly [Value, ...OperandsFrom<Rest>]
    : First extends { readonly optional: string }
      ? readonly [(Value | null)?, ...OperandsFrom<Rest>]
      : readonly Value[]
  : readonly [];

/** All results of a node. */
export type ResultsFrom<S extends readonly OperandSpec[]> = { readonly [I in keyof S]: Value };

/** The results of a node of which the caller has chosen: null may stand where one is optional. */
export type ChosenFrom<S extends readonly OperandSpec[]> = {
  readonly [I in keyof S]: S[I] extends string ? Value : Value | null;
};

/** What a shape rule may look at: the types of the operands, and the numbers of those that are constants. */
export class Operands {
  constructor(
    private readonly what: string,
    private readonly types: readonly (TensorType | null)[],
    /** The tensor behind an operand that is a constant. */
    private readonly constant: (index: number) => Tensor | undefined,
  ) {}

  get count(): number {
    return this.types.length;
  }

  /** Whether operand `index` is there. */
  has(index: number): boolean {
    return (this.types[index] ?? null) !== null;
  }

  /** The type of operand `index`. Throws GraphError where it is absent, as all methods here do. */
  type(index: number): TensorType {
    const type = this.types[index] ?? null;
    if (type === null) throw this.error(`input ${index} is missing`);
    return type;
  }

  /** The shape of operand `index`. */
  shape(index: number): Shape {
    return this.type(index).shape;
  }

  /** One dimension, counted from the end where negative. */
  dimension(index: number, axis: number): number | string {
    const shape = this.shape(index);
    const size = shape[axis < 0 ? axis + shape.length : axis];
    if (size === undefined) throw this.error(`input ${index} has rank ${shape.length}, axis ${axis} does not exist`);
    return size;
  }

  /** A dimension that must be known when the graph is built. */
  size(index: number, axis: number): number {
    const size = this.dimension(index, axis);
    if (typeof size === 'number') return size;
    throw this.error(`input ${index}, axis ${axis} is symbolic ('${size}'), a static size was expected`);
  }

  /** The whole numbers of an operand that must be a constant of the graph (a shape, axes, pads). */
  ints(index: number): readonly number[] {
    const tensor = this.constant(index);
    if (!tensor) throw this.error(`input ${index} must be a constant of the graph`);
    if (tensor.dtype !== 'int64') throw this.error(`input ${index} must be int64, got ${tensor.dtype}`);
    return Array.from(tensor.data, Number);
  }

  /** The shape of an operand all of whose dimensions must be known when the graph is built. */
  static(index: number): readonly number[] {
    return staticShape(this.shape(index), `${this.what}: input ${index}`);
  }

  /** The shape of an operand that must have so many dimensions. */
  rank(index: number, rank: number): Shape {
    const shape = this.shape(index);
    if (shape.length !== rank) throw this.error(`input ${index} must have rank ${rank}, got [${shape.join(',')}]`);
    return shape;
  }

  /** Refuses an operand of any other type. */
  expect(index: number, dtype: DataType, shape: Shape): void {
    const [expected, found] = [{ dtype, shape }, this.type(index)];
    if (!sameType(expected, found))
      throw this.error(`input ${index} must be ${formatType(expected)}, got ${formatType(found)}`);
  }

  /** A GraphError with the node's name before what went wrong. */
  error(message: string): GraphError {
    return new GraphError(`${this.what}: ${message}`);
  }
}

/** One row of the operator table. */
export interface OpDefinition<
  S extends AttributeSpecs = AttributeSpecs,
  I extends readonly OperandSpec[] = readonly OperandSpec[],
  O extends readonly OperandSpec[] = readonly OperandSpec[],
> {
  /** ONNX's op_type, where the row's key is not it: for operators of one name in several domains. */
  readonly type?: string;
  /** '' is ai.onnx. */
  readonly domain: '' | 'com.microsoft' | 'com.microsoft.nchwc' | 'ai.atelier';
  readonly inputs: I;
  readonly outputs: O;
  readonly attributes: S;
  /** True for operators that only a target may lower: no execution provider is asked to run them. */
  readonly training?: true;
  /** The types of all outputs. Throws GraphError where the operands do not fit. */
  infer(operands: Operands, attributes: AttributesFrom<S>): readonly TensorType[];
  /** Multiply-adds of one execution, where there are any worth counting. */
  macs?(operands: Operands, attributes: AttributesFrom<S>): number;
}

/** Declares a row, so that the types of its operands, results and attributes are inferred from the specs. */
export function define<
  const S extends AttributeSpecs,
  const I extends readonly OperandSpec[],
  const O extends readonly OperandSpec[],
>(definition: OpDefinition<S, I, O>): OpDefinition<S, I, O> {
  return definition;
}
