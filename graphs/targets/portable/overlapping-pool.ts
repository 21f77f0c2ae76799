import type { GraphBuilder } from '../../ir/builder.ts';
import { restOf } from '../../ir/ops/rules.ts';
import { elementCount, float32, GraphError, type Value } from '../../ir/types.ts';
import type { LoweringContext } from '../target.ts';

/** Below every number that a float32 holds, but no infinity: it is multiplied by 0. */
const lowest = -3.4e38;

/**
 * Max-pool's gradient for windows that overlap, are padded or leave a rest: dX takes dY at the first maximum of each window
 * in row-major order, as in PyTorch, and adds where several windows have theirs at one place.
 *
 * A convolution with the unit kernels lays each window out as channels, [N·C, kh·kw, OH, OW]; ArgMax names the first of the
 * largest, and the transposed convolution with the same kernels puts dY back. Products with 0 and 1 are exact.
 */
export function overlappingPoolGradient(c: LoweringContext<'MaxPoolGrad'>): Value {
  const { b, node } = c;
  const { input_shape, ...window } = node.attributes;
  const { kernel_shape, strides, pads = [] } = window;
  const [batch = 0, channels = 0, ...sizes] = input_shape;
  if (sizes.length !== 2)
    throw new GraphError(`${node.name}: the gradient of max-pool is lowered for two spatial axes, got ${sizes.length}`);
  const planes = batch * channels;
  const taps = elementCount(kernel_shape);
  const kernels = unitKernels(b, kernel_shape);
  const x = b.reshape(c.maker(1).x(0), [planes, 1, ...sizes]);
  const windows = b.op('Conv', [bordered(b, x, pads), kernels], { kernel_shape, ...(strides ? { strides } : {}) });
  const first = b.op('ArgMax', [windows], { axis: 1, keepdims: 1 });
  const places = b.constant({
    dtype: 'int64',
    shape: [1, taps, 1, 1],
    data: BigInt64Array.from({ length: taps }, (_, i) => BigInt(i)),
  });
  const chosen = b.cast(b.op('Equal', [first, places], {}), 'float32');
  const [, , ...pooled] = c.x(0).shape.map(Number);
  const laid = b.mul(chosen, b.reshape(c.x(0), [planes, 1, ...pooled]));
  const rest = restOf(sizes, window);
  return b.reshape(b.op('ConvTranspose', [laid, kernels], { ...window, output_padding: rest }), input_shape);
}

/** [kh·kw,1,kh,kw]: kernel i is 1 at place i, 0 elsewhere. */
function unitKernels(b: GraphBuilder, kernel: readonly number[]): Value {
  const taps = elementCount(kernel);
  const units = new Float32Array(taps * taps);
  for (let i = 0; i < taps; i++) units[i * taps + i] = 1;
  return b.constant(float32(units, [taps, 1, ...kernel]));
}

/** Maps [P,1,H,W] with a border that is never a maximum. */
function bordered(b: GraphBuilder, x: Value, pads: readonly number[]): Value {
  if (pads.every((size) => size === 0)) return x;
  const [top = 0, left = 0, bottom = 0, right = 0] = pads;
  return b.op('Pad', [x, b.ints(0, 0, top, left, 0, 0, bottom, right), b.scalar(lowest)], {});
}
