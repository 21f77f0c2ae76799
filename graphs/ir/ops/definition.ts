import {
  type DataType,
  formatType,
  GraphError,
  type Shape,
  sameType,
  staticShape,
  type Tensor,
  type TensorType,
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
export type AttributeSpecs = Readonly<Record<string, AttributeSpec>>;

export function required<K extends AttributeKind>(kind: K): AttributeSpec<K, true> {
  return { kind, required: true };
}
export function optional<K extends AttributeKind>(kind: K): AttributeSpec<K, false> {
  return { kind, required: false };
}

/** The attributes object that a table of specs asks for: required keys, and optional ones that may be left out. */
export type AttributesFrom<S extends AttributeSpecs> = {
  readonly [K in keyof S as S[K]['required'] extends true ? K : never]: AttributeTypes[S[K]['kind']];
} & {
  readonly [K in keyof S as S[K]['required'] extends true ? never : K]?: AttributeTypes[S[K]['kind']];
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

  has(index: number): boolean {
    return (this.types[index] ?? null) !== null;
  }

  type(index: number): TensorType {
    const type = this.types[index] ?? null;
    if (type === null) throw this.error(`input ${index} is missing`);
    return type;
  }

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

  static(index: number): readonly number[] {
    return staticShape(this.shape(index), `${this.what}: input ${index}`);
  }

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

  error(message: string): GraphError {
    return new GraphError(`${this.what}: ${message}`);
  }
}

/** One row of the operator table. */
export interface OpDefinition<S extends AttributeSpecs = AttributeSpecs> {
  /** ONNX's op_type, where the row's key is not it: for operators of one name in several domains. */
  readonly type?: string;
  /** '' is ai.onnx. */
  readonly domain: '' | 'com.microsoft' | 'com.microsoft.nchwc' | 'ai.atelier';
  /** Names as in the operator's documentation; a trailing '?' marks an optional one, a leading '...' any number. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: S;
  /** True for operators that only a target may lower: no execution provider is asked to run them. */
  readonly training?: true;
  /** The types of all outputs. Throws GraphError where the operands do not fit. */
  infer(operands: Operands, attributes: AttributesFrom<S>): readonly TensorType[];
  /** Multiply-adds of one execution, where there are any worth counting. */
  macs?(operands: Operands, attributes: AttributesFrom<S>): number;
}

/** Declares a row, so that its attributes are inferred from the specs. */
export function define<const S extends AttributeSpecs>(definition: OpDefinition<S>): OpDefinition<S> {
  return definition;
}
