/** Shape rules that several operators share. */
import type { DataType, Dimension, Shape, TensorType } from '../types.ts';
import { define, type Operands, required } from './definition.ts';

const floats: readonly DataType[] = ['float32', 'float64', 'float16'];

/** NumPy's (and ONNX's) multidirectional broadcasting; a symbolic dimension meets itself or 1. */
export function broadcast(operands: Operands, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis): Dimension => {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    throw operands.error(`shapes [${a.join(',')}] and [${b.join(',')}] do not broadcast`);
  });
}

/** The element type that operands `a` and `b` must share. */
export function sameDtype(operands: Operands, a: number, b: number): DataType {
  const left = operands.type(a).dtype;
  const right = operands.type(b).dtype;
  if (left !== right) throw operands.error(`inputs ${a} and ${b} must have one type, got ${left} and ${right}`);
  return left;
}

/** A binary operator with broadcasting; comparisons answer bool. */
export function binary(result?: 'bool') {
  return define({
    domain: '',
    inputs: ['A', 'B'],
    outputs: ['C'],
    attributes: {},
    infer: (x) => {
      const dtype = sameDtype(x, 0, 1);
      return [{ dtype: result ?? dtype, shape: broadcast(x, x.shape(0), x.shape(1)) }];
    },
  });
}

/** A floating-point function applied element by element. */
export function unary() {
  return define({
    domain: '',
    inputs: ['X'],
    outputs: ['Y'],
    attributes: {},
    infer: (x) => [floating(x, 0)],
  });
}

/** As `unary`, with a slope for what is below 0. */
export function slanted() {
  return define({
    domain: '',
    inputs: ['X'],
    outputs: ['Y'],
    attributes: { alpha: required('float') },
    infer: (x) => [floating(x, 0)],
  });
}

/** The type of an operand that must be floating point. */
export function floating(operands: Operands, index: number): TensorType {
  const type = operands.type(index);
  if (!floats.includes(type.dtype)) throw operands.error(`input ${index} must be floating point, got ${type.dtype}`);
  return type;
}

/** Axes as non-negative numbers, each checked against the rank. */
export function normalizeAxes(operands: Operands, axes: readonly number[], rank: number): readonly number[] {
  return axes.map((axis) => {
    if (axis < -rank || axis >= rank) throw operands.error(`axis ${axis} does not exist in rank ${rank}`);
    return axis < 0 ? axis + rank : axis;
  });
}

/** The shape after reducing `axes` (all of them where none are given). */
export function reducedShape(
  operands: Operands,
  shape: Shape,
  axes: readonly number[] | undefined,
  keepdims: number,
): Shape {
  if (axes?.length === 0) throw operands.error('no axes given; leave the list out to reduce over all of them');
  const gone = new Set(axes === undefined ? shape.keys() : normalizeAxes(operands, axes, shape.length));
  return shape.flatMap((size, axis) => (gone.has(axis) ? (keepdims === 0 ? [] : [1]) : [size]));
}

/** A window that slides over data [N,C,…]: sizes for each spatial axis; pads are all begins, then all ends. */
export interface Window {
  readonly kernel_shape: readonly number[];
  readonly strides?: readonly number[];
  readonly pads?: readonly number[];
  readonly dilations?: readonly number[];
}

/** Refuses attributes of a window that do not fit data of shape [N,C,…]: one entry for each spatial axis, two for pads. */
export function checkWindow(operands: Operands, shape: Shape, window: Window): void {
  const rank = shape.length - 2;
  const { kernel_shape, strides, dilations, pads } = window;
  const check = (name: string, values: readonly number[] | undefined, count: number, least: number) => {
    if (values && (values.length !== count || values.some((value) => value < least)))
      throw operands.error(
        `${name} must be ${count} numbers of ${least} or more for data of rank ${shape.length}, got [${values.join(',')}]`,
      );
  };
  if (rank < 1) throw operands.error(`the data must have spatial axes, [N,C,…], got [${shape.join(',')}]`);
  check('kernel_shape', kernel_shape, rank, 1);
  check('strides', strides, rank, 1);
  check('dilations', dilations, rank, 1);
  check('pads', pads, 2 * rank, 0);
}

/**
 * Spatial sizes of data [N,C,…] after a sliding window: floor((size + pads - dilation (kernel - 1) - 1) / stride) + 1
 * for each axis (ONNX Conv and MaxPool with auto_pad NOTSET and ceil_mode 0). pads are all begins, then all ends.
 */
export function slidingWindow(operands: Operands, shape: Shape, window: Window): readonly number[] {
  checkWindow(operands, shape, window);
  const rank = window.kernel_shape.length;
  return window.kernel_shape.map((kernel, axis) => {
    const size = shape[axis + 2];
    if (typeof size !== 'number')
      throw operands.error(`axis ${axis + 2} is symbolic ('${size}'), a static size was expected`);
    const padding = (window.pads?.[axis] ?? 0) + (window.pads?.[axis + rank] ?? 0);
    const extent = (window.dilations?.[axis] ?? 1) * (kernel - 1) + 1;
    const result = Math.floor((size + padding - extent) / (window.strides?.[axis] ?? 1)) + 1;
    if (result < 1) throw operands.error(`a window of ${extent} does not fit into ${size} (axis ${axis + 2})`);
    return result;
  });
}

/**
 * What of padded data of spatial sizes `sizes` lies behind the last window, for each axis: from 0 to below the stride. It
 * is the output_padding with which ConvTranspose comes back to these sizes.
 */
export function restOf(sizes: readonly number[], window: Window): readonly number[] {
  const rank = window.kernel_shape.length;
  return window.kernel_shape.map((kernel, axis) => {
    const padding = (window.pads?.[axis] ?? 0) + (window.pads?.[axis + rank] ?? 0);
    const extent = (window.dilations?.[axis] ?? 1) * (kernel - 1) + 1;
    return ((sizes[axis] ?? 0) + padding - extent) % (window.strides?.[axis] ?? 1);
  });
}
