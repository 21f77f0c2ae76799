/** Gradients of depthwise convolutions and of those with a stride, in the blocked layout. */
import type { GraphBuilder } from '../../ir/builder.ts';
import { elementCount, staticShape, type Value } from '../../ir/types.ts';
import type { Sizes } from '../portable/strided-conv.ts';
import type { BlockedLayout } from './layout.ts';

/** One kernel for each channel. */
export function isDepthwise({ groups, inputs, outputs }: Sizes): boolean {
  return groups > 1 && groups === inputs && groups === outputs;
}

/** Rows and columns of zeros after the data, up to the end of the last window; negative where some of the data are in none. */
export function zerosAfter({ result, strides, dilations, kernel, data, begins }: Sizes): readonly [number, number] {
  const after = (axis: 0 | 1) =>
    (result[axis] - 1) * strides[axis] + dilations[axis] * (kernel[axis] - 1) + 1 - data[axis] - begins[axis];
  return [after(0), after(1)];
}

/**
 * dX of a depthwise convolution, or of one of a single group with a stride: the correlation of dY, spread by zeros as far as the
 * windows lie apart, with the turned kernels. A kernel of one element is applied before dY is spread, to a quarter of the
 * elements for strides of 2. Null where the correlation would need negative padding.
 *
 * @param dY blocked; `kernels` as the layout has them
 */
export function stridedDataGradient(
  layout: BlockedLayout,
  b: GraphBuilder,
  dY: Value,
  kernels: Value,
  s: Sizes,
): Value | null {
  const depthwise = isDepthwise(s);
  const turned = depthwise ? turnedDepthwise(layout, b, kernels) : layout.turned(b, kernels);
  const single = s.kernel.every((size) => size === 1);
  const reach = s.kernel.map((size, axis) => (s.dilations[axis] ?? 1) * (size - 1));
  const begins = reach.map((size, axis) => size - (s.begins[axis] ?? 0));
  const ends = s.data.map((size, axis) => {
    const rows = (s.result[axis] ?? 0) * (s.strides[axis] ?? 1);
    return size - rows - (begins[axis] ?? 0) + (reach[axis] ?? 0);
  });
  if ([...begins, ...ends].some((size) => size < 0)) return null;
  const attributes = { strides: [1, 1], dilations: s.dilations, kernel_shape: s.kernel, group: s.groups };
  if (single && ends.every((size) => size === 0))
    return spreadByZeros(layout, b, b.op('NchwcConv', [dY, turned], { ...attributes, pads: [0, 0, 0, 0] }), s.strides);
  const apart = spreadByZeros(layout, b, dY, s.strides);
  return b.op('NchwcConv', [apart, turned], { ...attributes, pads: [...begins, ...ends] });
}

/**
 * dW [C,1,kh,kw] of a depthwise convolution: every map of every image is a channel of its own, convolved with its dY as kernel, which lies
 * in memory as dY does. Null where windows leave out the end of the data.
 *
 * @param dY and `x`: blocked
 */
export function depthwiseWeightGradient(
  layout: BlockedLayout,
  b: GraphBuilder,
  dY: Value,
  x: Value,
  s: Sizes,
): Value | null {
  const ends = zerosAfter(s);
  if (ends.some((size) => size < 0)) return null;
  const maps = s.batch * s.inputs;
  const product = b.op('NchwcConv', [b.reshape(x, [1, maps, ...s.data]), b.reshape(dY, [maps, 1, ...s.result])], {
    kernel_shape: s.result,
    strides: s.dilations,
    dilations: s.strides,
    pads: [...s.begins, ...ends],
    group: maps,
  });
  const taps = s.kernel[0] * s.kernel[1];
  const sums = b.sum(b.reshape(product, [s.batch, s.inputs / layout.block, taps, layout.block]), [0]);
  return b.reshape(b.op('Transpose', [sums], { perm: [0, 2, 1] }), [s.inputs, 1, ...s.kernel]);
}

/** Depthwise kernels [C/b,kh,kw,b(C)] turned by 180 degrees. */
function turnedDepthwise(layout: BlockedLayout, b: GraphBuilder, kernels: Value): Value {
  const shape = staticShape(kernels.shape, kernels.name);
  const [channels = 0, , ...kernel] = shape;
  const taps = elementCount(kernel);
  if (taps === 1) return kernels;
  const lying = b.reshape(kernels, [channels / layout.block, taps, layout.block]);
  const backwards = Array.from({ length: taps }, (_, i) => taps - 1 - i);
  return b.reshape(b.op('Gather', [lying, b.ints(...backwards)], { axis: 1 }), shape);
}

/**
 * Blocked [N,C,H,W] to [N,C,s H,s W]: element (h,w) to (s h,s w), zeros around it. Each element is repeated, and what is too many
 * multiplied by zero: two passes that all threads share, where padding is one of a single thread.
 */
function spreadByZeros(
  layout: BlockedLayout,
  b: GraphBuilder,
  value: Value,
  [rows, columns]: readonly [number, number],
): Value {
  if (rows === 1 && columns === 1) return value;
  const [images = 0, channels = 0, height = 0, width = 0] = staticShape(value.shape, value.name);
  const repeated = b.op('NchwcUpsample', [value], {
    scales: [1, 1, rows, columns],
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
  });
  // One row of elements and the rows of zeros below it.
  const line = width * columns * layout.block;
  const pattern = new Float32Array(rows * line);
  for (let column = 0; column < width; column++)
    pattern.fill(1, column * columns * layout.block, (column * columns + 1) * layout.block);
  const mask = b.constant({ dtype: 'float32', shape: [pattern.length], data: pattern });
  const lying = b.reshape(repeated, [(images * channels * height) / layout.block, pattern.length]);
  return b.reshape(b.mul(lying, mask), [images, channels, height * rows, width * columns]);
}
