/** Layers of networks as ONNX has them. */
import { elementCount, knownCount, type Shape } from '../types.ts';
import { type AttributesFrom, define, type Operands, optional, required } from './definition.ts';
import { broadcast, checkWindow, floating, normalizeAxes, sameDtype, slidingWindow } from './rules.ts';

/** What convolutions of all domains can be told; ONNX's defaults where something is left out. */
export const convAttributes = {
  kernel_shape: required('ints'),
  pads: optional('ints'),
  strides: optional('ints'),
  dilations: optional('ints'),
  group: optional('int'),
};

/** A convolution's window, as `convAttributes` tell it. */
type ConvWindow = AttributesFrom<typeof convAttributes>;

/** The output shape of Conv(X [N,C,…], W [M,C/group,…]). */
export function convolved(
  x: Operands,
  data: number,
  weight: number,
  a: { readonly kernel_shape: readonly number[]; readonly group?: number },
): Shape {
  const { group = 1 } = a;
  const [channels, outputs] = [x.size(data, 1), x.size(weight, 0)];
  const expected = x.size(weight, 1) * group;
  if (channels !== expected) throw x.error(`the data has ${channels} channels, the weight expects ${expected}`);
  if (group < 1 || outputs % group !== 0)
    throw x.error(`${outputs} output channels do not divide into ${group} groups`);
  checkKernel(x, weight, a.kernel_shape);
  return [x.dimension(data, 0), outputs, ...slidingWindow(x, x.shape(data), a)];
}

/** The output shape of ConvTranspose(X [N,M,…], W [M,C/group,…]). */
function transposeConvolved(x: Operands, a: ConvWindow & { readonly output_padding?: readonly number[] }): Shape {
  const { kernel_shape, pads, strides, dilations, group = 1, output_padding } = a;
  const channels = x.size(0, 1);
  if (channels !== x.size(1, 0)) throw x.error(`the data has ${channels} channels, the weight expects ${x.size(1, 0)}`);
  if (group < 1 || channels % group !== 0)
    throw x.error(`${channels} input channels do not divide into ${group} groups`);
  checkWindow(x, x.shape(0), a);
  checkKernel(x, 1, kernel_shape);
  const spatial = kernel_shape.map((kernel, axis) => {
    const padding = (pads?.[axis] ?? 0) + (pads?.[axis + kernel_shape.length] ?? 0);
    const [stride, more] = [strides?.[axis] ?? 1, output_padding?.[axis] ?? 0];
    if (more < 0 || (more > 0 && more >= stride))
      throw x.error(`output_padding must be from 0 to below the stride of ${stride}, got ${more} (axis ${axis + 2})`);
    const size = (x.size(0, axis + 2) - 1) * stride + (dilations?.[axis] ?? 1) * (kernel - 1) + 1 - padding + more;
    if (size < 1) throw x.error(`padding of ${padding} leaves nothing of the result (axis ${axis + 2})`);
    return size;
  });
  return [x.dimension(0, 0), x.size(1, 1) * group, ...spatial];
}

function checkKernel(x: Operands, weight: number, kernel: readonly number[]): void {
  const shape = x.shape(weight);
  if (shape.slice(2).join() !== kernel.join())
    throw x.error(`kernel_shape [${kernel.join(',')}] is not that of the weight [${shape.join(',')}]`);
}

/** Refuses operands `indices` that are not one number per channel of operand 0, in its type. */
export function checkPerChannel(x: Operands, data: number, indices: readonly number[]): void {
  for (const index of indices) x.expect(index, floating(x, data).dtype, [x.dimension(data, 1)]);
}

/** A function of slices along one axis. */
function alongAxis() {
  return define({
    domain: '',
    inputs: ['input'],
    outputs: ['output'],
    attributes: { axis: required('int') },
    infer: (x, { axis }) => {
      normalizeAxes(x, [axis], x.shape(0).length);
      return [floating(x, 0)];
    },
  });
}

function matrixProduct(x: Operands): Shape {
  const [a, b] = [x.shape(0), x.shape(1)];
  if (x.dimension(0, -1) !== x.dimension(1, -2))
    throw x.error(`inner sizes of [${a.join(',')}] and [${b.join(',')}] differ`);
  const batch = b.length > 2 ? broadcast(x, a.slice(0, -2), b.slice(0, -2)) : a.slice(0, -2);
  return [...batch, x.dimension(0, -2), x.dimension(1, -1)];
}

/** What pools of all domains can be told. */
export const poolAttributes = {
  kernel_shape: required('ints'),
  pads: optional('ints'),
  strides: optional('ints'),
};

export const neural = {
  Conv: define({
    domain: '',
    inputs: ['X', 'W', { optional: 'B' }],
    outputs: ['Y'],
    attributes: convAttributes,
    infer: (x, a) => {
      const type = { dtype: sameDtype(x, 0, 1), shape: convolved(x, 0, 1, a) };
      if (x.has(2)) x.expect(2, type.dtype, [x.size(1, 0)]);
      return [type];
    },
    macs: (x, a) => {
      const [, channels = 0, ...kernel] = x.static(1);
      return knownCount([...convolved(x, 0, 1, a), channels, ...kernel]);
    },
  }),
  /**
   * The adjoint of Conv in its data: X [N,M,…], W [M,C/group,…] -> [N,C,(size - 1) stride + dilation (kernel - 1) + 1 - pads +
   * output_padding]; output_padding is below the stride, and adds to the end.
   */
  ConvTranspose: define({
    domain: '',
    inputs: ['X', 'W', { optional: 'B' }],
    outputs: ['Y'],
    attributes: { ...convAttributes, output_padding: optional('ints') },
    infer: (x, a) => {
      const type = { dtype: sameDtype(x, 0, 1), shape: transposeConvolved(x, a) };
      if (x.has(2)) x.expect(2, type.dtype, [x.size(1, 1) * (a.group ?? 1)]);
      return [type];
    },
    macs: (x) => elementCount([...x.static(0), x.size(1, 1), ...x.static(1).slice(2)]),
  }),
  MatMul: define({
    domain: '',
    inputs: ['A', 'B'],
    outputs: ['Y'],
    attributes: {},
    infer: (x) => [{ dtype: sameDtype(x, 0, 1), shape: matrixProduct(x) }],
    macs: (x) => knownCount([...matrixProduct(x), x.size(0, -1)]),
  }),
  /** Y = A' B' + C, where the primes are transpositions (ONNX Gemm with alpha = beta = 1). */
  Gemm: define({
    domain: '',
    inputs: ['A', 'B', { optional: 'C' }],
    outputs: ['Y'],
    attributes: { transA: optional('int'), transB: optional('int') },
    infer: (x, { transA = 0, transB = 0 }) => {
      const [rows, inner] = transA ? [1, 0] : [0, 1];
      const [other, columns] = transB ? [1, 0] : [0, 1];
      x.rank(0, 2);
      x.rank(1, 2);
      if (x.dimension(0, inner) !== x.dimension(1, other))
        throw x.error(`inner sizes differ: ${x.dimension(0, inner)} and ${x.dimension(1, other)}`);
      const type = { dtype: sameDtype(x, 0, 1), shape: [x.dimension(0, rows), x.dimension(1, columns)] };
      if (x.has(2) && (sameDtype(x, 0, 2) && broadcast(x, x.shape(2), type.shape)).join() !== type.shape.join())
        throw x.error(`C [${x.shape(2).join(',')}] does not broadcast to [${type.shape.join(',')}]`);
      return [type];
    },
    macs: (x, { transA = 0 }) => {
      return knownCount([x.dimension(0, transA ? 1 : 0), x.size(1, 0), x.size(1, 1)]);
    },
  }),
  MaxPool: define({
    domain: '',
    inputs: ['X'],
    outputs: ['Y', { optional: 'Indices' }],
    attributes: poolAttributes,
    infer: (x, a) => {
      const shape = [x.dimension(0, 0), x.dimension(0, 1), ...slidingWindow(x, x.shape(0), a)];
      return [
        { dtype: floating(x, 0).dtype, shape },
        { dtype: 'int64', shape },
      ];
    },
  }),
  /** Means of windows over zero-padded data: padding counts in each divisor (count_include_pad must be 1). */
  AveragePool: define({
    domain: '',
    inputs: ['X'],
    outputs: ['Y'],
    attributes: { ...poolAttributes, count_include_pad: required('int') },
    infer: (x, a) => {
      if (a.count_include_pad !== 1) throw x.error(`count_include_pad must be 1, got ${a.count_include_pad}`);
      return [
        {
          dtype: floating(x, 0).dtype,
          shape: [x.dimension(0, 0), x.dimension(0, 1), ...slidingWindow(x, x.shape(0), a)],
        },
      ];
    },
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
    infer: (x) => {
      checkPerChannel(x, 0, [1, 2, 3, 4]);
      return [floating(x, 0)];
    },
  }),
  /**
   * With statistics over the axes from `axis` on, Y = (X - Mean) InvStdDev Scale + B; Scale and B have these axes, Mean and
   * InvStdDev = 1 / √(variance + ε) the others and ones (Ba et al., 2016). Standard since opset 17.
   */
  LayerNormalization: define({
    domain: '',
    inputs: ['X', 'Scale', { optional: 'B' }],
    outputs: ['Y', { optional: 'Mean' }, { optional: 'InvStdDev' }],
    attributes: { axis: required('int'), epsilon: required('float') },
    infer: (x, { axis }) => {
      const shape = x.shape(0);
      const [first = 0] = normalizeAxes(x, [axis], shape.length);
      const type = floating(x, 0);
      for (const index of [1, 2]) if (x.has(index)) x.expect(index, type.dtype, shape.slice(first));
      const statistics = { dtype: type.dtype, shape: shape.map((size, i) => (i < first ? size : 1)) };
      return [type, statistics, statistics];
    },
  }),
  Softmax: alongAxis(),
  LogSoftmax: alongAxis(),
};
