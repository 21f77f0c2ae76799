/** Layers of networks as ONNX has them. */
import type { Shape } from '../types.ts';
import { define, type Operands, optional, required } from './definition.ts';
import { floating, sameDtype, slidingWindow } from './rules.ts';

export const convAttributes = {
  kernel_shape: required('ints'),
  pads: optional('ints'),
  strides: optional('ints'),
  dilations: optional('ints'),
  group: optional('int'),
};

/** The output shape of Conv(X [N,C,…], W [M,C/group,…]). */
function convolved(
  x: Operands,
  data: number,
  weight: number,
  a: { readonly kernel_shape: readonly number[]; readonly group?: number },
): Shape {
  const channels = x.size(data, 1);
  const expected = x.size(weight, 1) * (a.group ?? 1);
  if (channels !== expected) throw x.error(`the data has ${channels} channels, the weight expects ${expected}`);
  return [x.dimension(data, 0), x.size(weight, 0), ...slidingWindow(x, data, a)];
}

function matrixProduct(x: Operands): Shape {
  const [a, b] = [x.shape(0), x.shape(1)];
  if (x.dimension(0, -1) !== x.dimension(1, -2))
    throw x.error(`inner sizes of [${a.join(',')}] and [${b.join(',')}] differ`);
  const batch = a.slice(0, -2);
  if (b.length > 2 && b.slice(0, -2).join() !== batch.join())
    throw x.error(`batch dimensions of [${a.join(',')}] and [${b.join(',')}] differ`);
  return [...batch, x.dimension(0, -2), x.dimension(1, -1)];
}

export const poolAttributes = {
  kernel_shape: required('ints'),
  pads: optional('ints'),
  strides: optional('ints'),
};

export const neural = {
  Conv: define({
    domain: '',
    inputs: ['X', 'W', 'B?'],
    outputs: ['Y'],
    attributes: convAttributes,
    infer: (x, a) => [{ dtype: sameDtype(x, 0, 1), shape: convolved(x, 0, 1, a) }],
    macs: (x, a) => {
      const [, channels = 0, ...kernel] = x.static(1);
      const output = convolved(x, 0, 1, a).map((size) => (typeof size === 'number' ? size : 1));
      return [...output, channels, ...kernel].reduce((product, size) => product * size, 1);
    },
  }),
  /** The adjoint of Conv in its data: X [N,M,…], W [M,C,…] -> [N,C,(size - 1) stride + kernel - pads]. */
  ConvTranspose: define({
    domain: '',
    inputs: ['X', 'W'],
    outputs: ['Y'],
    attributes: convAttributes,
    infer: (x, { kernel_shape, pads, strides, group = 1 }) => {
      if (group !== 1 || x.size(0, 1) !== x.size(1, 0))
        throw x.error(`the data has ${x.size(0, 1)} channels, the weight expects ${x.size(1, 0)} in one group`);
      const spatial = kernel_shape.map((kernel, axis) => {
        const padding = (pads?.[axis] ?? 0) + (pads?.[axis + kernel_shape.length] ?? 0);
        return (x.size(0, axis + 2) - 1) * (strides?.[axis] ?? 1) + kernel - padding;
      });
      return [{ dtype: sameDtype(x, 0, 1), shape: [x.dimension(0, 0), x.size(1, 1), ...spatial] }];
    },
    macs: (x) => [...x.static(0), x.size(1, 1), ...x.static(1).slice(2)].reduce((product, size) => product * size, 1),
  }),
  MatMul: define({
    domain: '',
    inputs: ['A', 'B'],
    outputs: ['Y'],
    attributes: {},
    infer: (x) => [{ dtype: sameDtype(x, 0, 1), shape: matrixProduct(x) }],
    macs: (x) =>
      [...matrixProduct(x), x.size(0, -1)].reduce<number>((p, size) => (typeof size === 'number' ? p * size : p), 1),
  }),
  /** Y = A' B' + C, where the primes are transpositions (ONNX Gemm with alpha = beta = 1). */
  Gemm: define({
    domain: '',
    inputs: ['A', 'B', 'C?'],
    outputs: ['Y'],
    attributes: { transA: optional('int'), transB: optional('int') },
    infer: (x, { transA = 0, transB = 0 }) => {
      const [rows, inner] = transA ? [1, 0] : [0, 1];
      const [other, columns] = transB ? [1, 0] : [0, 1];
      x.rank(0, 2);
      x.rank(1, 2);
      if (x.dimension(0, inner) !== x.dimension(1, other))
        throw x.error(`inner sizes differ: ${x.dimension(0, inner)} and ${x.dimension(1, other)}`);
      return [{ dtype: sameDtype(x, 0, 1), shape: [x.dimension(0, rows), x.dimension(1, columns)] }];
    },
    macs: (x, { transA = 0 }) => {
      const rows = x.dimension(0, transA ? 1 : 0);
      return (typeof rows === 'number' ? rows : 1) * x.size(1, 0) * x.size(1, 1);
    },
  }),
  MaxPool: define({
    domain: '',
    inputs: ['X'],
    outputs: ['Y', 'Indices?'],
    attributes: poolAttributes,
    infer: (x, a) => {
      const shape = [x.dimension(0, 0), x.dimension(0, 1), ...slidingWindow(x, 0, a)];
      return [
        { dtype: floating(x, 0).dtype, shape },
        { dtype: 'int64', shape },
      ];
    },
  }),
  /** Y is zero but at the flat positions I, where it is X. */
  MaxUnpool: define({
    domain: '',
    inputs: ['X', 'I', 'output_shape'],
    outputs: ['output'],
    attributes: poolAttributes,
    infer: (x) => [{ dtype: floating(x, 0).dtype, shape: x.ints(2) }],
  }),
  GlobalAveragePool: define({
    domain: '',
    inputs: ['X'],
    outputs: ['Y'],
    attributes: {},
    infer: (x) => {
      const shape = x.shape(0);
      return [{ dtype: floating(x, 0).dtype, shape: [...shape.slice(0, 2), ...shape.slice(2).map(() => 1)] }];
    },
  }),
  /** Inference form: statistics are inputs, one output. Training speaks BatchNormInternal. */
  BatchNormalization: define({
    domain: '',
    inputs: ['X', 'scale', 'B', 'input_mean', 'input_var'],
    outputs: ['Y'],
    attributes: { epsilon: required('float') },
    infer: (x) => [floating(x, 0)],
  }),
  Softmax: define({
    domain: '',
    inputs: ['input'],
    outputs: ['output'],
    attributes: { axis: required('int') },
    infer: (x) => [floating(x, 0)],
  }),
  LogSoftmax: define({
    domain: '',
    inputs: ['input'],
    outputs: ['output'],
    attributes: { axis: required('int') },
    infer: (x) => [floating(x, 0)],
  }),
};
