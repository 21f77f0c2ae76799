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

/** Element types, under NumPy's names. */
export type DataType = keyof ElementArrays;

/** What makes host arrays: of zeros, or over bytes that are there. */
interface ArrayConstructor<A> {
  new (length: number): A;
  new (buffer: ArrayBuffer): A;
  readonly BYTES_PER_ELEMENT: number;
}

const constructors: { readonly [D in DataType]: ArrayConstructor<ElementArrays[D]> } = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

/** A static size, or the name of a size known only at run time ('batch'). */
export type Dimension = number | string;
/** Sizes of the axes; [] is a scalar's. */
export type Shape = readonly Dimension[];

/** What is known of a tensor before anything runs. */
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
export type TensorOf<D extends DataType> = {
  readonly [K in D]: { readonly dtype: K; readonly shape: readonly number[]; readonly data: ElementArrays[K] };
}[D];

/** A tensor of any element type: comparing `dtype` tells which, and narrows `data`. */
export type Tensor = TensorOf<DataType>;

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

/** The product of the sizes that are known; a symbolic dimension counts as 1. */
export function knownCount(shape: Shape): number {
  return elementCount(shape.filter((size) => typeof size === 'number'));
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
export function emptyArray<D extends DataType>(dtype: D, length: number): ElementArrays[D] {
  return new constructors[dtype](length);
}

/** A tensor of zeros. */
export function zeros<D extends DataType>(dtype: D, shape: readonly number[]): TensorOf<D> {
  return { dtype, shape, data: emptyArray(dtype, elementCount(shape)) };
}

/** A tensor over a buffer, which is shared: as many elements of the type as it has room for. */
export function tensorOver<D extends DataType>(dtype: D, shape: readonly number[], buffer: ArrayBuffer): TensorOf<D> {
  return { dtype, shape, data: new constructors[dtype](buffer) };
}

/** A tensor around an array that has come from elsewhere, or undefined where it does not hold elements of that type. */
export function tensorAround(dtype: string, shape: readonly number[], data: unknown): Tensor | undefined {
  return isDataType(dtype) ? around(dtype, shape, data) : undefined;
}

function around<D extends DataType>(dtype: D, shape: readonly number[], data: unknown): TensorOf<D> | undefined {
  return data instanceof constructors[dtype] ? { dtype, shape, data } : undefined;
}

/** Whether a name is that of an element type. */
export function isDataType(name: string): name is DataType {
  return Object.hasOwn(constructors, name);
}

/** Bytes that one element of a type takes on the host. */
export function bytesPerElement(dtype: DataType): number {
  return constructors[dtype].BYTES_PER_ELEMENT;
}

/** A float32 tensor from numbers; without a shape, a vector. */
export function float32(values: ArrayLike<number>, shape: readonly number[] = [values.length]): TensorOf<'float32'> {
  return { dtype: 'float32', shape, data: Float32Array.from(values) };
}

/** An int64 tensor from whole numbers; without a shape, a vector. */
export function int64(values: readonly number[], shape: readonly number[] = [values.length]): TensorOf<'int64'> {
  return { dtype: 'int64', shape, data: BigInt64Array.from(values, BigInt) };
}
