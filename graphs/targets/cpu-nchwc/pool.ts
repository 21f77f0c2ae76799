import type { GraphBuilder } from '../../ir/builder.ts';
import type { Value } from '../../ir/types.ts';
import { maxPoolGradient as portableGradient, tileSize } from '../portable/pool.ts';
import type { Lowering } from '../target.ts';
import type { BlockedLayout } from './layout.ts';

/** Max-pool in the blocked layout, which computes no indices: the gradient below does without them. */
export function maxPool(layout: BlockedLayout): Lowering<'MaxPool'> {
  return (c) => {
    const { b, node } = c;
    const x = c.x(0);
    if (!layout.fits(x)) return c.copy();
    const { pads = [0, 0, 0, 0], strides = [1, 1], kernel_shape } = node.attributes;
    const y = layout.leave(b, b.op('NchwcMaxPool', [layout.enter(b, x)], { kernel_shape, strides, pads }));
    return [y, c.wants(1) ? b.multi('MaxPool', [x], node.attributes)[1] : null];
  };
}

/**
 * dX = dY at the first maximum of each 2x2 window in row-major order, as in PyTorch, with Y = max(X). Three pools of X say
 * where it is: the first element, the larger of the first row, the larger of the first column. What of dY is left goes on
 * from position to position; the last takes the rest. The four results lie one after the other in each pair of rows.
 */
export function maxPoolGradient(layout: BlockedLayout): Lowering<'MaxPoolGrad'> {
  return (c) => {
    const { b, node } = c;
    const { input_shape } = node.attributes;
    const pool = c.maker(1);
    if (tileSize(node) !== 2 || !layout.fits(pool.x(0))) return portableGradient(c);
    const [x, y, dY] = [pool.x(0), pool.y(0), c.x(0)].map((value) => layout.enter(b, value));
    if (!x || !y || !dY) return [];
    const positions: Value[] = [];
    let left = dY;
    for (const kernel_shape of [
      [1, 1],
      [1, 2],
      [2, 1],
    ]) {
      const candidate = b.op('NchwcMaxPool', [x], { kernel_shape, strides: [2, 2], pads: [0, 0, 0, 0] });
      const here = b.mul(left, b.cast(b.op('Equal', [candidate, y], {}), 'float32'));
      left = b.sub(left, here);
      positions.push(here);
    }
    return [layout.leave(b, interleaved(layout, b, [...positions, left], input_shape))];
  };
}

/** Blocked [N,C,h,w] for the positions (0,0), (0,1), (1,0), (1,1) of each window to blocked [N,C,2h,2w]. */
function interleaved(
  layout: BlockedLayout,
  b: GraphBuilder,
  values: readonly Value[],
  shape: readonly number[],
): Value {
  const [images = 0, channels = 0, height = 0, width = 0] = shape;
  const rows = (images * channels * height) / layout.block / 2;
  const columns = values.map((value) => b.reshape(value, [rows, width / 2, 1, layout.block]));
  const line = (start: number) =>
    b.reshape(b.op('Concat', columns.slice(start, start + 2), { axis: 2 }), [rows, 1, width * layout.block]);
  return b.reshape(b.op('Concat', [line(0), line(2)], { axis: 1 }), shape);
}
