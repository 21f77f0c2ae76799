import type { GraphBuilder } from '../../ir/builder.ts';
import type { NodeOf } from '../../ir/graph.ts';
import type { OpName } from '../../ir/ops/index.ts';
import type { Value } from '../../ir/types.ts';
import type { LoweringContext } from '../target.ts';
import { overlappingPoolGradient } from './overlapping-pool.ts';

/**
 * Max-pool's gradient without indices, which not every provider returns (WebGPU does not): dX = dY where X is the first
 * maximum of its window in row-major order, as in PyTorch. Exact ties are common, because black background is constant.
 *
 * The equalities E = (X = up(Y)) are seen as rows of one window row each, [N·C·h, k·W], and multiplied with a constant
 * matrix that subtracts from each position the equalities before it in its window. What stays above zero is the first.
 */
export function maxPoolGradient(c: LoweringContext<'MaxPoolGrad'>): readonly Value[] {
  const { b, node } = c;
  const { input_shape } = node.attributes;
  const [batch = 0, channels = 0, height = 0, width = 0] = input_shape;
  const kernel = tileSize(node);
  if (kernel === null) return [overlappingPoolGradient(c)];
  const pool = c.maker(1);
  const [x, y] = [pool.x(0), pool.y(0)];
  const equal = b.cast(b.op('Equal', [x, enlarged(b, y, input_shape)], {}), 'float32');
  const rows = b.reshape(equal, [(batch * channels * height) / kernel, kernel * width]);
  const firsts = b.op('Relu', [b.op('MatMul', [rows, earlierSubtracted(b, kernel, width)], {})], {});
  return [b.mul(b.reshape(firsts, input_shape), enlarged(b, c.x(0), input_shape))];
}

/** The side of a pool's windows where they are squares that tile the image, else null. */
export function tileSize({ attributes }: NodeOf<'MaxPoolGrad'>): number | null {
  const { input_shape, kernel_shape, strides, pads = [] } = attributes;
  const [kernel = 0, other] = kernel_shape;
  const [, , height = 0, width = 0] = input_shape;
  const tiled = [...kernel_shape, ...(strides ?? [1, 1])].every((size) => size === kernel) && other === kernel;
  const fits = tiled && pads.every((pad) => pad === 0) && height % kernel === 0 && width % kernel === 0;
  return fits ? kernel : null;
}

/**
 * The gradient that input `index` spreads over windows, where it is made by MaxPoolGrad: each element of it lands in one
 * position, so that a sum over positions is the same for both, over a quarter of the elements for windows of 2x2.
 */
export function spread<O extends OpName>(c: LoweringContext<O>, index: number): Value | null {
  return c.madeBy(index, 'MaxPoolGrad')?.x(0) ?? null;
}

/** Each element repeated over a square, up to the given shape. */
function enlarged(b: GraphBuilder, value: Value, shape: readonly number[]): Value {
  return b.op('Resize', [value, null, null, b.ints(...shape)], {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  });
}

/** P[s,t] = 1 on the diagonal, -1 where s and t share a window and s comes earlier; position k·W is row·W + column. */
function earlierSubtracted(b: GraphBuilder, kernel: number, width: number): Value {
  const size = kernel * width;
  const matrix = new Float32Array(size * size);
  const windowOf = (position: number) => Math.floor((position % width) / kernel);
  for (let s = 0; s < size; s++) {
    matrix[s * size + s] = 1;
    for (let t = s + 1; t < size; t++) if (windowOf(s) === windowOf(t)) matrix[s * size + t] = -1;
  }
  return b.constant({ dtype: 'float32', shape: [size, size], data: matrix });
}
