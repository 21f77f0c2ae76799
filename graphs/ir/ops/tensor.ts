/** Operators that move, select or summarise elements. */
import { type Dimension, elementCount, knownCount, type Shape } from '../types.ts';
import { define, type Operands, optional, required } from './definition.ts';
import { broadcast, normalizeAxes, reducedShape, sameDtype } from './rules.ts';

/** ReduceSum takes its axes as an input since opset 13; the other reductions as an attribute until 18. */
function reduce() {
  return define({
    domain: '',
    inputs: ['data'],
    outputs: ['reduced'],
    attributes: { axes: optional('ints'), keepdims: required('int') },
    infer: (x, { axes, keepdims }) => [{ dtype: x.type(0).dtype, shape: reducedShape(x, x.shape(0), axes, keepdims) }],
  });
}

/**
 * Reshape's rule: 0 copies the dimension at its place, one -1 takes what is left. A symbolic dimension may pass only
 * through 0, or into the -1 when it is the only one there.
 */
function reshapedShape(x: Operands, target: readonly number[]): Shape {
  const source = x.shape(0);
  const result: (Dimension | undefined)[] = target.map((size, axis) => {
    if (size === -1) return undefined;
    return size === 0 ? x.dimension(0, axis) : size;
  });
  const symbols = source.filter((size) => typeof size === 'string');
  const kept = result.filter((size) => typeof size === 'string');
  const free = result.indexOf(undefined);
  const rest = knownCount(source) / knownCount(result.filter((size) => size !== undefined));
  const misfit = () => x.error(`cannot reshape [${source.join(',')}] to [${target.join(',')}]`);
  if (free < 0) {
    if (rest !== 1 || symbols.length !== kept.length) throw misfit();
  } else if (symbols.length === kept.length && Number.isInteger(rest)) {
    result[free] = rest;
  } else if (symbols.length === kept.length + 1 && rest === 1) {
    result[free] = symbols.find((name) => !kept.includes(name)) ?? symbols[0];
  } else throw misfit();
  return result.map((size) => {
    if (size === undefined) throw misfit();
    return size;
  });
}

function slicedSize(size: number, start: number, end: number, step: number): number {
  const clamp = (at: number, low: number, high: number) => Math.min(Math.max(at < 0 ? at + size : at, low), high);
  return step > 0
    ? Math.max(0, Math.ceil((clamp(end, 0, size) - clamp(start, 0, size)) / step))
    : Math.max(0, Math.ceil((clamp(end, -1, size - 1) - clamp(start, 0, size - 1)) / step));
}

export const tensor = {
  Reshape: define({
    domain: '',
    inputs: ['data', 'shape'],
    outputs: ['reshaped'],
    attributes: {},
    infer: (x) => [{ dtype: x.type(0).dtype, shape: reshapedShape(x, x.ints(1)) }],
  }),
  Flatten: define({
    domain: '',
    inputs: ['input'],
    outputs: ['output'],
    attributes: { axis: required('int') },
    infer: (x, { axis }) => {
      const shape = x.shape(0);
      if (Math.abs(axis) > shape.length) throw x.error(`axis ${axis} does not exist in rank ${shape.length}`);
      const fold = (part: Shape): Dimension =>
        part.length === 1 && part[0] !== undefined
          ? part[0]
          : elementCount(
              part.map((size) => {
                if (typeof size === 'number') return size;
                throw x.error(`symbolic dimension '${size}' cannot be folded with others`);
              }),
            );
      return [{ dtype: x.type(0).dtype, shape: [fold(shape.slice(0, axis)), fold(shape.slice(axis))] }];
    },
  }),
  Transpose: define({
    domain: '',
    inputs: ['data'],
    outputs: ['transposed'],
    attributes: { perm: required('ints') },
    infer: (x, { perm }) => {
      const shape = x.shape(0);
      if ([...perm].sort((a, b) => a - b).join() !== [...shape.keys()].join())
        throw x.error(`perm [${perm.join(',')}] is no permutation of the axes of [${shape.join(',')}]`);
      return [{ dtype: x.type(0).dtype, shape: perm.map((axis) => x.dimension(0, axis)) }];
    },
  }),
  Slice: define({
    domain: '',
    inputs: ['data', 'starts', 'ends', 'axes', 'steps'],
    outputs: ['output'],
    attributes: {},
    infer: (x) => {
      const axes = normalizeAxes(x, x.ints(3), x.shape(0).length);
      const result = [...x.shape(0)];
      const counts = [1, 2, 3, 4].map((index) => x.ints(index).length);
      axes.forEach((axis, i) => {
        const [start, end, step] = [x.ints(1)[i], x.ints(2)[i], x.ints(4)[i]];
        if (start === undefined || end === undefined || !step || new Set(counts).size > 1)
          throw x.error('starts, ends and steps must have one entry for each axis, and no step may be 0');
        result[axis] = slicedSize(x.size(0, axis), start, end, step);
      });
      return [{ dtype: x.type(0).dtype, shape: result }];
    },
  }),
  /** Entries of `data` along one axis, picked by number; negative numbers count from the end. */
  Gather: define({
    domain: '',
    inputs: ['data', 'indices'],
    outputs: ['output'],
    attributes: { axis: required('int') },
    infer: (x, { axis: given }) => {
      const { dtype, shape } = x.type(0);
      const [axis = 0] = normalizeAxes(x, [given], shape.length);
      if (x.type(1).dtype !== 'int64') throw x.error(`indices must be int64, got ${x.type(1).dtype}`);
      return [{ dtype, shape: [...shape.slice(0, axis), ...x.shape(1), ...shape.slice(axis + 1)] }];
    },
  }),
  Pad: define({
    domain: '',
    inputs: ['data', 'pads', { optional: 'constant_value' }],
    outputs: ['output'],
    attributes: {},
    infer: (x) => {
      const shape = x.shape(0);
      const pads = x.ints(1);
      if (pads.length !== 2 * shape.length)
        throw x.error(`pads needs ${2 * shape.length} entries (all begins, then all ends), got ${pads.length}`);
      if (x.has(2)) x.expect(2, x.type(0).dtype, []);
      const padded = shape.map((size, axis): Dimension => {
        const extra = (pads[axis] ?? 0) + (pads[axis + shape.length] ?? 0);
        return extra === 0 ? size : x.size(0, axis) + extra;
      });
      return [{ dtype: x.type(0).dtype, shape: padded }];
    },
  }),
  Concat: define({
    domain: '',
    inputs: [{ variadic: 'inputs' }],
    outputs: ['concat_result'],
    attributes: { axis: required('int') },
    infer: (x, { axis }) => {
      const [at] = normalizeAxes(x, [axis], x.shape(0).length);
      const first = x.shape(0);
      let total = 0;
      for (let i = 0; i < x.count; i++) {
        const shape = x.shape(i);
        sameDtype(x, 0, i);
        if (shape.length !== first.length || shape.some((size, k) => k !== at && size !== first[k]))
          throw x.error(`input ${i} [${shape.join(',')}] does not join [${first.join(',')}] along axis ${axis}`);
        total += x.size(i, axis);
      }
      return [{ dtype: x.type(0).dtype, shape: first.map((size, k) => (k === at ? total : size)) }];
    },
  }),
  /** Resize to a constant size for each axis; the form with scales is not used here. */
  Resize: define({
    domain: '',
    inputs: ['X', { optional: 'roi' }, { optional: 'scales' }, { optional: 'sizes' }],
    outputs: ['Y'],
    attributes: {
      mode: required('string'),
      coordinate_transformation_mode: required('string'),
      nearest_mode: required('string'),
    },
    infer: (x) => {
      const sizes = x.ints(3);
      if (sizes.length !== x.shape(0).length)
        throw x.error(`sizes needs one entry for each of [${x.shape(0).join(',')}]`);
      return [{ dtype: x.type(0).dtype, shape: sizes }];
    },
  }),
  Expand: define({
    domain: '',
    inputs: ['input', 'shape'],
    outputs: ['output'],
    attributes: {},
    infer: (x) => [{ dtype: x.type(0).dtype, shape: broadcast(x, x.shape(0), x.ints(1)) }],
  }),
  ReduceSum: define({
    domain: '',
    inputs: ['data', { optional: 'axes' }],
    outputs: ['reduced'],
    attributes: { keepdims: required('int') },
    infer: (x, { keepdims }) => [
      { dtype: x.type(0).dtype, shape: reducedShape(x, x.shape(0), x.has(1) ? x.ints(1) : undefined, keepdims) },
    ],
  }),
  ReduceMean: reduce(),
  ReduceMax: reduce(),
  ReduceSumSquare: reduce(),
  ArgMax: define({
    domain: '',
    inputs: ['data'],
    outputs: ['reduced'],
    attributes: { axis: required('int'), keepdims: required('int') },
    infer: (x, { axis, keepdims }) => [{ dtype: 'int64', shape: reducedShape(x, x.shape(0), [axis], keepdims) }],
  }),
  OneHot: define({
    domain: '',
    inputs: ['indices', 'depth', 'values'],
    outputs: ['output'],
    attributes: { axis: required('int') },
    infer: (x, { axis }) => {
      if (axis !== -1 && axis !== x.shape(0).length) throw x.error('only the last axis is supported');
      const { dtype } = x.type(2);
      const [depth, ...more] = x.ints(1);
      x.expect(2, dtype, [2]);
      if (depth === undefined || more.length > 0) throw x.error(`depth must be one number, got ${x.ints(1).length}`);
      return [{ dtype, shape: [...x.shape(0), depth] }];
    },
  }),
};
