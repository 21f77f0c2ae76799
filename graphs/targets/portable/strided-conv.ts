/** Gradients of convolutions of any stride, dilation, padding and number of groups, in standard operators. */
import type { GraphBuilder } from '../../ir/builder.ts';
import type { AttributesOf } from '../../ir/ops/index.ts';
import { restOf } from '../../ir/ops/rules.ts';
import { GraphError, staticShape, type Value } from '../../ir/types.ts';
import type { LoweringContext } from '../target.ts';

type Pair = readonly [height: number, width: number];

/** The sizes of a two-dimensional convolution. */
export interface Sizes {
  readonly batch: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly groups: number;
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  /** Zeros before and after each axis of the data. */
  readonly begins: Pair;
  readonly ends: Pair;
  readonly data: Pair;
  readonly result: Pair;
}

const pair = ([first = 0, second = 0]: readonly number[]): Pair => [first, second];

/** Throws GraphError where there are not two spatial axes. */
export function sizesOf(c: LoweringContext<'ConvGrad'>): Sizes {
  const { strides = [1, 1], dilations = [1, 1], pads = [0, 0, 0, 0], group = 1, kernel_shape } = c.node.attributes;
  if (kernel_shape.length !== 2)
    throw new GraphError(
      `${c.node.name}: the gradient of a convolution is lowered for two spatial axes, got ${kernel_shape.length}`,
    );
  const [batch = 0, inputs = 0, ...data] = staticShape(c.x(1).shape, c.node.name);
  const [outputs = 0] = staticShape(c.x(2).shape, c.node.name);
  const [, , ...result] = staticShape(c.x(0).shape, c.node.name);
  return {
    batch,
    inputs,
    outputs,
    groups: group,
    kernel: pair(kernel_shape),
    strides: pair(strides),
    dilations: pair(dilations),
    begins: pair(pads),
    ends: pair(pads.slice(2)),
    data: pair(data),
    result: pair(result),
  };
}

/** dX [N,C,H,W] and dW [M,C/g,kh,kw], each made when it is asked for. */
export function stridedGradients(c: LoweringContext<'ConvGrad'>): {
  readonly data: () => Value;
  readonly weight: () => Value;
} {
  const s = sizesOf(c);
  const { b } = c;
  const depthwise = s.groups > 1 && s.groups === s.inputs && s.groups === s.outputs;
  return {
    data: () => dataGradient(b, c.x(0), c.x(2), s, c.node.attributes),
    weight: () => (depthwise ? depthwiseWeightGradient : weightGradient)(b, c.x(0), c.x(1), s),
  };
}

/**
 * dX = ConvTranspose(dY, W), the rest behind the last window included. Depthwise with stride 1 it is a convolution with
 * turned kernels where padding allows, for which the CPU provider has a kernel of its own.
 */
function dataGradient(b: GraphBuilder, dY: Value, weight: Value, s: Sizes, window: AttributesOf<'ConvGrad'>): Value {
  const reach = s.kernel.map((kernel, axis) => (s.dilations[axis] ?? 1) * (kernel - 1));
  const begins = reach.map((size, axis) => size - (s.begins[axis] ?? 0));
  const ends = reach.map((size, axis) => size - (s.ends[axis] ?? 0));
  const isConvolution = s.groups === s.inputs && s.groups === s.outputs && [...s.strides].every((step) => step === 1);
  if (s.groups > 1 && isConvolution && [...begins, ...ends].every((size) => size >= 0)) {
    const last = -(2 ** 31);
    const turned = b.op('Slice', [weight, b.ints(-1, -1), b.ints(last, last), b.ints(2, 3), b.ints(-1, -1)], {});
    const pads = [...begins, ...ends];
    return b.op('Conv', [dY, turned], { kernel_shape: s.kernel, dilations: s.dilations, pads, group: s.groups });
  }
  return b.op('ConvTranspose', [dY, weight], { ...window, output_padding: restOf(s.data, window) });
}

/** The data with their padding, cut to what windows see. */
function padded(b: GraphBuilder, data: Value, s: Sizes, [rows, columns]: Pair): Value {
  const seen = (axis: 0 | 1) => (s.result[axis] - 1) * s.strides[axis] + s.dilations[axis] * (s.kernel[axis] - 1) + 1;
  const ends = ([0, 1] as const).map((axis) => seen(axis) - s.data[axis] - s.begins[axis]);
  const pads = Array<number>(2 * data.shape.length).fill(0);
  pads[rows] = s.begins[0];
  pads[columns] = s.begins[1];
  pads[data.shape.length + rows] = ends[0] ?? 0;
  pads[data.shape.length + columns] = ends[1] ?? 0;
  return pads.every((size) => size === 0) ? data : b.op('Pad', [data, b.ints(...pads)], {});
}

/**
 * dW[m,c,i,j] = Σ X[n,c,h s + i d,w s + j d] dY[n,m,h,w] as one convolution: the images become channels, the channels of a
 * group lie inside the width, the stride is the dilation and the dilation the stride. X is [1, g·N, H, W·C/g], the kernel dY
 * as [M, N, OH, OW]; the result, [1, M, kh, (d (kw - 1) + 1)·C/g], holds every d-th column that is wanted.
 */
function weightGradient(b: GraphBuilder, dY: Value, data: Value, s: Sizes): Value {
  const inner = s.inputs / s.groups;
  const split = b.reshape(data, [s.batch, s.groups, inner, ...s.data]);
  const lying = b.op('Transpose', [split], { perm: [1, 0, 3, 4, 2] });
  const whole = padded(b, lying, s, [2, 3]);
  const [, , height = 0, width = 0] = staticShape(whole.shape, whole.name);
  const images = b.reshape(whole, [1, s.groups * s.batch, height, width * inner]);
  const kernels = b.op('Transpose', [dY], { perm: [1, 0, 2, 3] });
  const product = b.op('Conv', [images, kernels], {
    kernel_shape: s.result,
    strides: [s.dilations[0], 1],
    dilations: [s.strides[0], s.strides[1] * inner],
    group: s.groups,
  });
  const extent = s.dilations[1] * (s.kernel[1] - 1) + 1;
  const columns = b.reshape(product, [s.outputs, s.kernel[0], extent, inner]);
  const step = s.dilations[1];
  const wanted =
    step === 1 ? columns : b.op('Slice', [columns, b.ints(0), b.ints(extent), b.ints(2), b.ints(step)], {});
  return b.op('Transpose', [wanted], { perm: [0, 3, 1, 2] });
}

/** One kernel for each channel: every map is a convolution of its own with its dY, and images are added up. */
function depthwiseWeightGradient(b: GraphBuilder, dY: Value, data: Value, s: Sizes): Value {
  const whole = padded(b, data, s, [2, 3]);
  const [, , ...size] = staticShape(whole.shape, whole.name);
  const maps = s.batch * s.inputs;
  const product = b.op('Conv', [b.reshape(whole, [1, maps, ...size]), b.reshape(dY, [maps, 1, ...s.result])], {
    kernel_shape: s.result,
    strides: s.dilations,
    dilations: s.strides,
    group: maps,
  });
  return b.reshape(b.sum(b.reshape(product, [s.batch, s.inputs, ...s.kernel]), [0]), [s.outputs, 1, ...s.kernel]);
}
