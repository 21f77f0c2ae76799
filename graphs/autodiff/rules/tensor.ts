import type { tensor } from '../../ir/ops/tensor.ts';
import { elementCount, GraphError, staticShape, type Value } from '../../ir/types.ts';
import type { RuleContext, RuleEntry } from '../rule.ts';

const shapeOf = (value: Value) => staticShape(value.shape, value.name);

/** The gradient of a reduction spread back over the reduced axes. */
function spread(
  c: RuleContext<'ReduceSum' | 'ReduceMean' | 'ReduceSumSquare'>,
  axes: readonly number[] | undefined,
): Value {
  const shape = shapeOf(c.x(0));
  const gone = new Set(axes?.map((axis) => (axis < 0 ? axis + shape.length : axis)) ?? shape.keys());
  const kept = shape.map((size, axis) => (gone.has(axis) ? 1 : size));
  return c.b.op('Expand', [c.b.reshape(c.dY, kept), c.b.ints(...shape)], {});
}

/** How gradients pass through operators that move, select or summarise elements. */
export const tensorRules: { readonly [O in keyof typeof tensor]: RuleEntry<O> } = {
  Reshape: (c) => [() => c.b.reshape(c.dY, shapeOf(c.x(0))), null],
  Flatten: (c) => [() => c.b.reshape(c.dY, shapeOf(c.x(0)))],
  // dX is dY under the inverse permutation.
  Transpose: (c) => {
    const { perm } = c.node.attributes;
    return [() => c.b.op('Transpose', [c.dY], { perm: perm.map((_, axis) => perm.indexOf(axis)) })];
  },
  // Elements that were cut away get zeros.
  Slice: (c) => [
    () => {
      const shape = shapeOf(c.x(0));
      const begins = shape.map(() => 0);
      const [starts, axes, steps] = [1, 3, 4].map((i) => constantInts(c, i));
      axes?.forEach((axis, i) => {
        const size = shape.at(axis) ?? 0;
        const start = starts?.[i] ?? 0;
        if (steps?.[i] !== 1) throw new GraphError(`${c.node.name}: Slice has a gradient for steps of 1 only`);
        begins[axis < 0 ? axis + shape.length : axis] = Math.min(Math.max(start < 0 ? start + size : start, 0), size);
      });
      const ends = shapeOf(c.dY).map((size, axis) => (shape[axis] ?? 0) - size - (begins[axis] ?? 0));
      return c.b.op('Pad', [c.dY, c.b.ints(...begins, ...ends)], {});
    },
    null,
    null,
    null,
    null,
  ],
  // Picks the same element twice, perhaps: none of the layers needs it.
  Gather: 'forbidden',
  // Elements that were added are cut away, and elements that were cut away get zeros.
  Pad: (c) => {
    const pads = constantInts(c, 1).map((size) => -size);
    return [() => c.b.op('Pad', [c.dY, c.b.ints(...pads)], {}), null, null];
  },
  // Each input gets its part of dY.
  Concat: (c) => {
    const { axis } = c.node.attributes;
    let end = 0;
    return c.node.inputs.map((_, i) => {
      const start = end;
      end += shapeOf(c.x(i)).at(axis) ?? 0;
      const stop = end;
      return () => c.b.op('Slice', [c.dY, c.b.ints(start), c.b.ints(stop), c.b.ints(axis), c.b.ints(1)], {});
    });
  },
  Resize: 'forbidden',
  // Expand only broadcasts: the walk sums that away.
  Expand: ({ dY }) => [dY, null],
  ReduceSum: (c) => [() => spread(c, c.node.inputs[1] ? constantInts(c, 1) : undefined), null],
  ReduceMean: (c) => [
    () => {
      const count = elementCount(shapeOf(c.x(0))) / elementCount(shapeOf(c.y()));
      return c.b.mul(spread(c, c.node.attributes.axes), c.b.scalar(1 / count));
    },
  ],
  // d Σ x² = 2 x dx
  ReduceSumSquare: (c) => [() => c.b.mul(spread(c, c.node.attributes.axes), c.b.mul(c.x(0), c.b.scalar(2)))],
  ReduceMax: 'forbidden',
  ArgMax: 'none',
  OneHot: 'none',
};

function constantInts(c: RuleContext<'Slice' | 'Pad' | 'ReduceSum'>, index: number): readonly number[] {
  const tensor = c.b.tensorOf(c.x(index));
  if (tensor === undefined)
    throw new GraphError(`${c.node.name}: input ${index} must be a constant to have a gradient`);
  return Array.from<number | bigint, number>(tensor.data, Number);
}
