/**
 * The vocabulary of a graph: element types, shapes, values, constants. ONNX things keep their ONNX spelling.
 * Everything here is readonly data; `builder.ts` makes graphs, `passes/` turn one graph into another.
 */

/** The host array that holds elements of each type. bool is one byte per element, float16 its raw bits. */
export interface ElementArrays {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly float16: Uint16Array;
  readonly int64: BigInt64Array;
  readonly int32: Int32Array;
  readonly int8: Int8Array;
  readonly uint8: Uint8Array;
  readonly bool: Uint8Array;
}

export type DataType = keyof ElementArrays;

/** A static size, or the name of a size known only at run time ('batch'). */
export type Dimension = number | string;
export type Shape = readonly Dimension[];

export interface TensorType {
  readonly dtype: DataType;
  readonly shape: Shape;
  /** A list of tensors instead of one, each of a shape of its own; `shape` is [] then. */
  readonly sequence?: true;
}

/** One edge of a graph: a named tensor whose element type and shape are known before anything runs. */
export interface Value extends TensorType {
  readonly name: string;
}

/** Elements with their type and static shape, row-major. */
export type Tensor = {
  readonly [D in DataType]: { readonly dtype: D; readonly shape: readonly number[]; readonly data: ElementArrays[D] };
}[DataType];

export type TensorOf<D extends DataType> = Extract<Tensor, { dtype: D }>;

/** A tensor that is part of the graph itself (an ONNX initializer). */
export interface Initializer {
  readonly value: Value;
  readonly tensor: Tensor;
}

/** A mistake in a graph or in a call of a builder: the message names the node, what was expected and what was found. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
}

/** `float32[2,3]`, or `seq(float32)`: the way types are printed everywhere. */
export function formatType({ dtype, shape, sequence }: TensorType): string {
  return sequence ? `seq(${dtype})` : `${dtype}[${shape.join(',')}]`;
}

/** True when two shapes are the same, symbolic dimensions by name. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** True when both the element type and the shape are the same. */
export function sameType(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && a.sequence === b.sequence && sameShape(a.shape, b.shape);
}

/** The product of static sizes; the empty shape (a scalar) has one element. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The shape as numbers. Throws GraphError where a dimension is symbolic; `what` names the thing in the message. */
export function staticShape(shape: Shape, what: string): readonly number[] {
  return shape.map((size, axis) => {
    if (typeof size === 'number') return size;
    throw new GraphError(`${what}: dimension ${axis} is symbolic ('${size}'), a static size was expected`);
  });
}

/** Throws GraphError where a dimension is neither a size (a whole number of 0 or more) nor a name. */
export function checkShape(shape: Shape, what: string): void {
  shape.forEach((size, axis) => {
    const fits = typeof size === 'string' ? size !== '' : Number.isSafeInteger(size) && size >= 0;
    if (!fits)
      throw new GraphError(
        `${what}: dimension ${axis} of [${shape.join(',')}] must be a size of 0 or more, or a name such as 'batch'`,
      );
  });
}

/** Throws GraphError where the elements of a tensor do not fill its shape. */
export function checkTensor(tensor: Tensor, what: string): void {
  checkShape(tensor.shape, what);
  if (tensor.data.length !== elementCount(tensor.shape))
    throw new GraphError(`${what}: ${formatType(tensor)} holds ${tensor.data.length} elements`);
}

/** Zeroed elements of a type: `emptyArray('float32', 6)` is a Float32Array of six zeros. */
export function emptyArray<D extends DataType>(dtype: D, length: number): ElementArrays[D];
export function emptyArray(dtype: DataType, length: number): ElementArrays[DataType] {
  switch (dtype) {
    case 'float32':
      return new Float32Array(length);
    case 'float64':
      return new Float64Array(length);
    case 'float16':
      return new Uint16Array(length);
    case 'int64':
      return new BigInt64Array(length);
    case 'int32':
      return new Int32Array(length);
    case 'int8':
      return new Int8Array(length);
    case 'uint8':
    case 'bool':
      return new Uint8Array(length);
  }
}

/** A tensor of zeros. */
export function zeros<D extends DataType>(dtype: D, shape: readonly number[]): TensorOf<D>;
export function zeros(dtype: DataType, shape: readonly number[]): Tensor {
  const length = elementCount(shape);
  switch (dtype) {
    case 'float32':
      return { dtype, shape, data: new Float32Array(length) };
    case 'float64':
      return { dtype, shape, data: new Float64Array(length) };
    case 'float16':
      return { dtype, shape, data: new Uint16Array(length) };
    case 'int64':
      return { dtype, shape, data: new BigInt64Array(length) };
    case 'int32':
      return { dtype, shape, data: new Int32Array(length) };
    case 'int8':
      return { dtype, shape, data: new Int8Array(length) };
    case 'uint8':
      return { dtype, shape, data: new Uint8Array(length) };
    case 'bool':
      return { dtype, shape, data: new Uint8Array(length) };
  }
}

/** A float32 tensor from numbers; without a shape, a vector. */
export function float32(values: ArrayLike<number>, shape: readonly number[] = [values.length]): TensorOf<'float32'> {
  return { dtype: 'float32', shape, data: Float32Array.from(values) };
}

/** An int64 tensor from whole numbers; without a shape, a vector. */
export function int64(values: readonly number[], shape: readonly number[] = [values.length]): TensorOf<'int64'> {
  return { dtype: 'int64', shape, data: BigInt64Array.from(values, BigInt) };
}
