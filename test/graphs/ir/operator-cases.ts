/** What the shape rule of every operator gives, and what it refuses in which words. A new operator needs a row here. */
import type { Graph, UncheckedNode } from '../../../graphs/ir/graph.ts';
import { checkNode, inferTypes } from '../../../graphs/ir/infer.ts';
import type { AttributeValue } from '../../../graphs/ir/ops/definition.ts';
import { onnxDataType } from '../../../graphs/ir/ops/elementwise.ts';
import type { OpName } from '../../../graphs/ir/ops/index.ts';
import { type DataType, type Initializer, int64, type Value } from '../../../graphs/ir/types.ts';

/** `float32[2,n]`, or the numbers of an int64 constant, or null for an operand that is absent. */
type Operand = string | readonly number[] | null;
export interface Case {
  readonly inputs: readonly Operand[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** Output types, separated by blanks. */
  readonly gives?: string;
  /** Part of the message. */
  readonly fails?: string;
}

const f23 = 'float32[2,3]';

const arithmetic: readonly Case[] = [
  { inputs: [f23, f23], gives: f23 },
  { inputs: ['float32[2,1,3]', 'float32[4,1]'], gives: 'float32[2,4,3]' },
  { inputs: ['float64[]', 'float64[n,3]'], gives: 'float64[n,3]' },
  { inputs: ['int64[n,1]', 'int64[1,m]'], gives: 'int64[n,m]' },
  { inputs: [f23, 'float32[2]'], fails: 'shapes [2,3] and [2] do not broadcast' },
  { inputs: ['float32[n]', 'float32[3]'], fails: 'shapes [n] and [3] do not broadcast' },
  { inputs: [f23, 'int64[2,3]'], fails: 'inputs 0 and 1 must have one type, got float32 and int64' },
  { inputs: [f23], fails: 'inputs (A, B) expected, got 1' },
];
const comparison: readonly Case[] = [
  { inputs: ['int64[n,1]', 'int64[4]'], gives: 'bool[n,4]' },
  { inputs: [f23, 'float64[2,3]'], fails: 'must have one type' },
];
const floatFunction: readonly Case[] = [
  { inputs: ['float32[n,3]'], gives: 'float32[n,3]' },
  { inputs: ['float16[]'], gives: 'float16[]' },
  { inputs: ['int64[2]'], fails: 'input 0 must be floating point, got int64' },
];
const reduction: readonly Case[] = [
  { inputs: ['float32[n,3,4]'], attributes: { keepdims: 0 }, gives: 'float32[]' },
  { inputs: ['float32[n,3,4]'], attributes: { keepdims: 1 }, gives: 'float32[1,1,1]' },
  { inputs: ['float32[n,3,4]'], attributes: { axes: [1, -1], keepdims: 0 }, gives: 'float32[n]' },
  { inputs: [f23], attributes: { axes: [2], keepdims: 0 }, fails: 'axis 2 does not exist in rank 2' },
  { inputs: [f23], attributes: { axes: [0] }, fails: 'attribute keepdims must be int, got undefined' },
  { inputs: [f23], attributes: { axes: [], keepdims: 0 }, fails: 'no axes given; leave the list out' },
];
const overAxis: readonly Case[] = [
  { inputs: ['float32[n,10]'], attributes: { axis: -1 }, gives: 'float32[n,10]' },
  { inputs: ['int64[2]'], attributes: { axis: 0 }, fails: 'must be floating point' },
  { inputs: [f23], attributes: { axis: 0.5 }, fails: 'attribute axis must be int, got 0.5' },
  { inputs: [f23], attributes: { axis: 2 }, fails: 'axis 2 does not exist in rank 2' },
];

const slanted: readonly Case[] = [
  { inputs: ['float32[n,3]'], attributes: { alpha: 0.01 }, gives: 'float32[n,3]' },
  { inputs: [f23], fails: 'attribute alpha must be float, got undefined' },
  { inputs: ['int64[2]'], attributes: { alpha: 1 }, fails: 'must be floating point' },
];

const k33 = { kernel_shape: [3, 3] };
const images = 'float32[n,3,8,8]';
const blocked = 'float32[2,16,8,8]';
const resizing = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };

export const cases: Readonly<Record<OpName, readonly Case[]>> = {
  Add: arithmetic,
  Sub: arithmetic,
  Mul: arithmetic,
  Div: arithmetic,
  Pow: [
    { inputs: [f23, 'float32[]'], gives: f23 },
    { inputs: [f23, 'float32[2]'], fails: 'do not broadcast' },
  ],
  Equal: comparison,
  Greater: comparison,
  Neg: floatFunction,
  Exp: floatFunction,
  Log: floatFunction,
  Sqrt: floatFunction,
  Reciprocal: floatFunction,
  Sign: floatFunction,
  Sigmoid: floatFunction,
  Erf: floatFunction,
  Softplus: floatFunction,
  LeakyRelu: slanted,
  Elu: slanted,
  Clip: [
    { inputs: [f23], gives: f23 },
    { inputs: ['float32[n,3]', 'float32[]', 'float32[]'], gives: 'float32[n,3]' },
    { inputs: [f23, null, 'float32[]'], gives: f23 },
    { inputs: [f23, 'float32[1]'], fails: 'input 1 must be float32[], got float32[1]' },
    { inputs: ['int64[2]'], fails: 'must be floating point' },
  ],
  HardSigmoid: [
    { inputs: [f23], attributes: { alpha: 2, beta: 0.5 }, gives: f23 },
    { inputs: ['int64[2]'], attributes: { alpha: 2, beta: 0.5 }, fails: 'must be floating point' },
  ],
  Tanh: floatFunction,
  Relu: floatFunction,
  Identity: [{ inputs: ['bool[n]'], gives: 'bool[n]' }],
  Cast: [
    { inputs: ['uint8[n,2]'], attributes: { to: onnxDataType.float32 }, gives: 'float32[n,2]' },
    { inputs: [f23], attributes: { to: 8 }, fails: 'attribute to=8 is no element type known here' },
  ],
  Where: [
    { inputs: ['bool[n,1]', 'float32[3]', 'float32[]'], gives: 'float32[n,3]' },
    { inputs: ['bool[2]', 'float32[2]', 'int64[2]'], fails: 'inputs 1 and 2 must have one type' },
    { inputs: [f23, f23, f23], fails: 'input 0 must be bool[2,3], got float32[2,3]' },
  ],
  Reshape: [
    { inputs: ['float32[2,3,4]', [6, 4]], gives: 'float32[6,4]' },
    { inputs: ['float32[2,3,4]', [0, -1]], gives: 'float32[2,12]' },
    { inputs: ['float32[n,3,4]', [0, -1]], gives: 'float32[n,12]' },
    { inputs: ['float32[n,3,4]', [-1, 12]], gives: 'float32[n,12]' },
    { inputs: [f23, []], fails: 'cannot reshape [2,3] to []' },
    { inputs: [f23, [4, -1]], fails: 'cannot reshape [2,3] to [4,-1]' },
    { inputs: [f23, [-1, -1]], fails: 'cannot reshape' },
    { inputs: ['float32[n,3]', [6]], fails: 'cannot reshape [n,3] to [6]' },
    { inputs: [f23, 'int64[2]'], fails: 'input 1 must be a constant of the graph' },
  ],
  Flatten: [
    { inputs: ['float32[n,3,4]'], attributes: { axis: 1 }, gives: 'float32[n,12]' },
    { inputs: ['float32[2,3,4]'], attributes: { axis: 0 }, gives: 'float32[1,24]' },
    { inputs: ['float32[n,3,4]'], attributes: { axis: 2 }, fails: "symbolic dimension 'n' cannot be folded" },
    { inputs: [f23], attributes: { axis: 3 }, fails: 'axis 3 does not exist in rank 2' },
  ],
  Transpose: [
    { inputs: ['float32[n,3,4]'], attributes: { perm: [2, 0, 1] }, gives: 'float32[4,n,3]' },
    { inputs: [f23], attributes: { perm: [0, 0] }, fails: 'perm [0,0] is no permutation of the axes of [2,3]' },
    { inputs: [f23], attributes: { perm: [0] }, fails: 'perm [0] is no permutation' },
  ],
  Slice: [
    { inputs: ['float32[n,8]', [1], [7], [1], [2]], gives: 'float32[n,3]' },
    { inputs: ['float32[8]', [-1], [-100], [0], [-1]], gives: 'float32[8]' },
    { inputs: ['float32[8,4]', [-3, 0], [1000, 2], [0, -1], [1, 1]], gives: 'float32[3,2]' },
    { inputs: ['float32[8]', [5], [2], [0], [1]], gives: 'float32[0]' },
    { inputs: ['float32[8]', [0], [1], [0], [0]], fails: 'no step may be 0' },
    { inputs: ['float32[8]', [0], [1, 2], [0, 0], [1]], fails: 'one entry for each axis' },
    { inputs: ['float32[8,8]', [0, 0], [1], [0], [1]], fails: 'one entry for each axis' },
    { inputs: ['float32[n]', [0], [1], [0], [1]], fails: "axis 0 is symbolic ('n')" },
    { inputs: ['float32[8]', [0], [1], [1], [1]], fails: 'axis 1 does not exist in rank 1' },
  ],
  Gather: [
    { inputs: ['float32[8,4]', [3, 0, -1]], attributes: { axis: 0 }, gives: 'float32[3,4]' },
    { inputs: ['float32[n,8,4]', 'int64[2,2]'], attributes: { axis: -2 }, gives: 'float32[n,2,2,4]' },
    { inputs: ['float32[8,4]', 'float32[2]'], attributes: { axis: 0 }, fails: 'indices must be int64, got float32' },
    { inputs: ['float32[8,4]', [0]], attributes: { axis: 2 }, fails: 'axis 2 does not exist in rank 2' },
  ],
  Pad: [
    { inputs: ['float32[n,2]', [0, 1, 0, 2]], gives: 'float32[n,5]' },
    { inputs: ['float32[5]', [-1, -1]], gives: 'float32[3]' },
    { inputs: ['float32[2]', [1]], fails: 'pads needs 2 entries (all begins, then all ends), got 1' },
    { inputs: ['float32[2]', [-2, -1]], fails: 'output 0: dimension 0 of [-1] must be a size of 0 or more' },
  ],
  Concat: [
    { inputs: ['float32[n,2]', 'float32[n,3]', 'float32[n,4]'], attributes: { axis: -1 }, gives: 'float32[n,9]' },
    { inputs: [f23, 'float32[3,3]'], attributes: { axis: 1 }, fails: 'input 1 [3,3] does not join [2,3] along axis 1' },
    { inputs: [], attributes: { axis: 0 }, fails: 'inputs (...inputs) expected, got 0' },
    { inputs: [f23, 'int64[2,3]'], attributes: { axis: 0 }, fails: 'inputs 0 and 1 must have one type' },
  ],
  Resize: [
    { inputs: [images, null, null, [2, 3, 16, 16]], attributes: resizing, gives: 'float32[2,3,16,16]' },
    {
      inputs: [images, null, null, [16, 16]],
      attributes: resizing,
      fails: 'sizes needs one entry for each of [n,3,8,8]',
    },
  ],
  Expand: [
    { inputs: ['float32[n,1]', [1, 4]], gives: 'float32[n,4]' },
    { inputs: ['float32[3]', [2]], fails: 'shapes [3] and [2] do not broadcast' },
    { inputs: ['float32[1]', [-4]], fails: 'output 0: dimension 0 of [-4] must be a size of 0 or more' },
  ],
  ReduceSum: [
    { inputs: ['float32[n,3,4]', [0, 2]], attributes: { keepdims: 1 }, gives: 'float32[1,3,1]' },
    { inputs: ['float32[n,3,4]', null], attributes: { keepdims: 0 }, gives: 'float32[]' },
    { inputs: ['float32[n,3,4]'], attributes: { keepdims: 0 }, gives: 'float32[]' },
    { inputs: [f23, [-3]], attributes: { keepdims: 0 }, fails: 'axis -3 does not exist in rank 2' },
  ],
  ReduceMean: reduction,
  ReduceMax: reduction,
  ReduceSumSquare: reduction,
  ArgMax: [
    { inputs: ['float32[n,10]'], attributes: { axis: -1, keepdims: 0 }, gives: 'int64[n]' },
    { inputs: ['float32[n]'], attributes: { axis: 1, keepdims: 0 }, fails: 'axis 1 does not exist in rank 1' },
  ],
  OneHot: [
    { inputs: ['int64[n]', [10], 'float32[2]'], attributes: { axis: -1 }, gives: 'float32[n,10]' },
    { inputs: ['int64[n]', [10], 'float32[2]'], attributes: { axis: 0 }, fails: 'only the last axis is supported' },
    { inputs: ['int64[n]', [10], 'float32[3]'], attributes: { axis: -1 }, fails: 'input 2 must be float32[2], got' },
    { inputs: ['int64[n]', [10, 2], 'float32[2]'], attributes: { axis: -1 }, fails: 'depth must be one number, got 2' },
  ],
  Conv: [
    { inputs: [images, 'float32[16,3,3,3]', 'float32[16]'], attributes: k33, gives: 'float32[n,16,6,6]' },
    {
      inputs: [images, 'float32[16,3,3,3]'],
      attributes: { ...k33, pads: [1, 0, 1, 2], strides: [2, 3], dilations: [2, 1] },
      gives: 'float32[n,16,3,3]',
    },
    { inputs: ['float32[2,8,5,5]', 'float32[8,1,3,3]'], attributes: { ...k33, group: 8 }, gives: 'float32[2,8,3,3]' },
    {
      inputs: [images, 'float32[16,4,3,3]'],
      attributes: k33,
      fails: 'the data has 3 channels, the weight expects 4',
    },
    {
      inputs: ['float32[2,3,2,8]', 'float32[4,3,3,3]'],
      attributes: k33,
      fails: 'a window of 3 does not fit into 2 (axis 2)',
    },
    { inputs: [images, 'float64[4,3,3,3]'], attributes: k33, fails: 'inputs 0 and 1 must have one type' },
    { inputs: [images, null], attributes: k33, fails: 'inputs (X, W, B?) expected' },
    {
      inputs: [images, 'float32[4,3,3,3]', 'float32[3]'],
      attributes: k33,
      fails: 'input 2 must be float32[4], got float32[3]',
    },
    {
      inputs: [images, 'float32[4,3,3,3]', 'float64[4]'],
      attributes: k33,
      fails: 'input 2 must be float32[4], got float64[4]',
    },
    {
      inputs: [images, 'float32[4,3,5,5]'],
      attributes: k33,
      fails: 'kernel_shape [3,3] is not that of the weight [4,3,5,5]',
    },
    {
      inputs: ['float32[2,3,8]', 'float32[4,3,3,3]'],
      attributes: k33,
      fails: 'kernel_shape must be 1 numbers of 1 or more for data of rank 3, got [3,3]',
    },
    {
      inputs: [images, 'float32[4,3,3,3]'],
      attributes: { ...k33, pads: [1, 1] },
      fails: 'pads must be 4 numbers of 0 or more for data of rank 4, got [1,1]',
    },
    {
      inputs: [images, 'float32[4,3,3,3]'],
      attributes: { ...k33, strides: [0, 1] },
      fails: 'strides must be 2 numbers of 1 or more',
    },
    {
      inputs: [images, 'float32[4,3,3,3]'],
      attributes: { ...k33, dilations: [1] },
      fails: 'dilations must be 2 numbers of 1 or more',
    },
    {
      inputs: ['float32[2,4,8,8]', 'float32[3,2,3,3]'],
      attributes: { ...k33, group: 2 },
      fails: '3 output channels do not divide into 2 groups',
    },
    {
      inputs: [images, 'float32[4,3,3,3]'],
      attributes: { ...k33, auto_pad: 'SAME_UPPER' },
      fails: "unknown attribute 'auto_pad'; there are: kernel_shape, pads, strides, dilations, group",
    },
  ],
  ConvTranspose: [
    {
      inputs: ['float32[n,4,3,3]', 'float32[4,2,3,3]'],
      attributes: { ...k33, strides: [2, 2], pads: [1, 1, 0, 0] },
      gives: 'float32[n,2,6,6]',
    },
    { inputs: ['float32[n,4,3,3]', 'float32[5,2,3,3]'], attributes: k33, fails: 'channels' },
    {
      inputs: ['float32[n,4,3,3]', 'float32[4,2,2,2]'],
      attributes: k33,
      fails: 'kernel_shape [3,3] is not that of the weight',
    },
    {
      inputs: ['float32[n,4,5,5]', 'float32[4,3,3,2]', 'float32[6]'],
      attributes: {
        kernel_shape: [3, 2],
        group: 2,
        strides: [2, 3],
        dilations: [2, 1],
        pads: [1, 0, 2, 1],
        output_padding: [1, 2],
      },
      // (5 - 1) 2 + 2 (3 - 1) + 1 - 3 + 1 and (5 - 1) 3 + (2 - 1) + 1 - 1 + 2.
      gives: 'float32[n,6,11,15]',
    },
    {
      inputs: ['float32[n,4,5,5]', 'float32[4,3,3,3]'],
      attributes: { ...k33, strides: [2, 2], output_padding: [2, 0] },
      fails: 'output_padding must be from 0 to below the stride of 2, got 2 (axis 2)',
    },
    {
      inputs: ['float32[n,4,1,5]', 'float32[4,3,3,3]'],
      attributes: { ...k33, pads: [2, 0, 1, 0] },
      fails: 'padding of 3 leaves nothing of the result (axis 2)',
    },
    {
      inputs: ['float32[n,4,5,5]', 'float32[4,3,3,3]'],
      attributes: { ...k33, group: 3 },
      fails: '4 input channels do not divide into 3 groups',
    },
  ],
  AveragePool: [
    {
      inputs: [images],
      attributes: { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1], count_include_pad: 1 },
      gives: 'float32[n,3,4,8]',
    },
    {
      inputs: [images],
      attributes: { kernel_shape: [2, 2], count_include_pad: 0 },
      fails: 'count_include_pad must be 1, got 0',
    },
    { inputs: ['int64[2,3,4,4]'], attributes: { kernel_shape: [2, 2], count_include_pad: 1 }, fails: 'floating point' },
  ],
  LayerNormalization: [
    {
      inputs: ['float32[n,5,4]', 'float32[4]', 'float32[4]'],
      attributes: { axis: -1, epsilon: 1e-5 },
      gives: 'float32[n,5,4] float32[n,5,1] float32[n,5,1]',
    },
    {
      inputs: ['float32[2,5,4]', 'float32[5,4]'],
      attributes: { axis: 1, epsilon: 1e-5 },
      gives: 'float32[2,5,4] float32[2,1,1] float32[2,1,1]',
    },
    {
      inputs: ['float32[2,5,4]', 'float32[5]'],
      attributes: { axis: 2, epsilon: 1e-5 },
      fails: 'input 1 must be float32[4], got float32[5]',
    },
    { inputs: [f23, 'float32[3]'], attributes: { axis: 2, epsilon: 1e-5 }, fails: 'axis 2 does not exist in rank 2' },
  ],
  MatMul: [
    { inputs: ['float32[n,4]', 'float32[4,5]'], gives: 'float32[n,5]' },
    { inputs: ['float32[7,n,4]', 'float32[7,4,5]'], gives: 'float32[7,n,5]' },
    { inputs: ['float32[7,n,4]', 'float32[4,5]'], gives: 'float32[7,n,5]' },
    { inputs: ['float32[n,4]', 'float32[5,4]'], fails: 'inner sizes of [n,4] and [5,4] differ' },
    { inputs: ['float32[7,3,n,4]', 'float32[7,1,4,5]'], gives: 'float32[7,3,n,5]' },
    { inputs: ['float32[2,1,4]', 'float32[3,4,1]'], fails: 'shapes [2] and [3] do not broadcast' },
  ],
  Gemm: [
    { inputs: ['float32[n,4]', 'float32[5,4]', 'float32[5]'], attributes: { transB: 1 }, gives: 'float32[n,5]' },
    { inputs: ['float32[4,3]', 'float32[4,5]'], attributes: { transA: 1 }, gives: 'float32[3,5]' },
    { inputs: ['float32[3,4]', 'float32[5,4]'], fails: 'inner sizes differ: 4 and 5' },
    { inputs: ['float32[1,3,4]', 'float32[4,5]'], fails: 'input 0 must have rank 2, got [1,3,4]' },
    { inputs: ['float32[3,4]', 'float32[4,5]', 'float32[3,1]'], gives: 'float32[3,5]' },
    { inputs: ['float32[3,4]', 'float32[4,5]', 'float32[4]'], fails: 'do not broadcast' },
    { inputs: ['float32[1,4]', 'float32[4,5]', f23], fails: 'do not broadcast' },
    { inputs: ['float32[1,4]', 'float32[4,5]', 'float32[2,5]'], fails: 'C [2,5] does not broadcast to [1,5]' },
    { inputs: ['float32[3,4]', 'float32[4,5]', 'float64[5]'], fails: 'inputs 0 and 2 must have one type' },
  ],
  MaxPool: [
    {
      inputs: [images],
      attributes: { kernel_shape: [2, 2], strides: [2, 2] },
      gives: 'float32[n,3,4,4] int64[n,3,4,4]',
    },
    {
      inputs: ['float32[n,3,7]'],
      attributes: { kernel_shape: [2], strides: [2] },
      gives: 'float32[n,3,3] int64[n,3,3]',
    },
    { inputs: ['float32[n,c,h,8]'], attributes: { kernel_shape: [2, 2] }, fails: "axis 2 is symbolic ('h')" },
    { inputs: [images], attributes: { kernel_shape: [2] }, fails: 'kernel_shape must be 2 numbers of 1 or more' },
    { inputs: [f23], attributes: { kernel_shape: [] }, fails: 'the data must have spatial axes, [N,C,…], got [2,3]' },
  ],
  GlobalAveragePool: [
    { inputs: [images], gives: 'float32[n,3,1,1]' },
    { inputs: ['int64[2,3,4,4]'], fails: 'must be floating point' },
  ],
  BatchNormalization: [
    {
      inputs: [images, 'float32[3]', 'float32[3]', 'float32[3]', 'float32[3]'],
      attributes: { epsilon: 1e-5 },
      gives: images,
    },
    { inputs: [images, 'float32[3]'], attributes: { epsilon: 1e-5 }, fails: 'input_mean, input_var) expected, got 2' },
    {
      inputs: [images, 'float32[3]', 'float32[3]', 'float32[4]', 'float32[3]'],
      attributes: { epsilon: 1e-5 },
      fails: 'input 3 must be float32[3], got float32[4]',
    },
  ],
  Softmax: overAxis,
  LogSoftmax: overAxis,
  NchwcConv: [
    { inputs: [blocked, 'float32[32,16,3,3]'], attributes: k33, gives: 'float32[2,32,6,6]' },
    {
      inputs: [blocked, 'float32[16,1,1,1]', 'float32[16]', blocked],
      attributes: { kernel_shape: [1, 1], group: 16, activation: 'Relu' },
      gives: blocked,
    },
    {
      inputs: [blocked, 'float32[16,16,3,3]', null, blocked],
      attributes: k33,
      fails: 'input 3 must be float32[2,16,6,6], got float32[2,16,8,8]',
    },
    {
      inputs: [blocked, 'float32[32,16,3,3]', 'float32[16]'],
      attributes: k33,
      fails: 'input 2 must be float32[32], got float32[16]',
    },
  ],
  NchwcMaxPool: [
    { inputs: [blocked], attributes: { kernel_shape: [2, 2], strides: [2, 2] }, gives: 'float32[2,16,4,4]' },
    { inputs: [blocked], attributes: { kernel_shape: [2] }, fails: 'kernel_shape must be 2 numbers of 1 or more' },
  ],
  NchwcUpsample: [
    {
      inputs: ['float32[2,16,3,4]'],
      attributes: { scales: [1, 1, 2, 3], mode: 'nearest', coordinate_transformation_mode: 'asymmetric' },
      gives: 'float32[2,16,6,12]',
    },
    {
      inputs: ['float32[2,16,3,4]'],
      attributes: { scales: [2, 1, 2, 2], mode: 'nearest', coordinate_transformation_mode: 'asymmetric' },
      fails: 'scales [2,1,2,2]: four expected, the first two of them 1',
    },
  ],
  NchwcGlobalAveragePool: [
    { inputs: [blocked], gives: 'float32[2,16,1,1]' },
    { inputs: ['int64[2,16,4,4]'], fails: 'must be floating point' },
  ],
  ReorderInput: [
    { inputs: [blocked], gives: blocked },
    { inputs: ['float32[2,8,9,16]'], attributes: { channels_last: 1 }, gives: 'float32[2,16,8,9]' },
    { inputs: [f23], fails: 'input 0 must have rank 4, got [2,3]' },
  ],
  ReorderOutput: [
    { inputs: [blocked], attributes: { channels: 16 }, gives: blocked },
    {
      inputs: ['float32[2,16,8,9]'],
      attributes: { channels: 16, channels_last: 1 },
      gives: 'float32[2,8,9,16]',
    },
    { inputs: [blocked], attributes: { channels: 8 }, fails: 'channels must be those of the data, 16, got 8' },
  ],
  QuantizeLinear: [
    { inputs: ['float32[n,3]', 'float32[]', 'uint8[]'], gives: 'uint8[n,3]' },
    { inputs: ['float32[4,3]', 'float32[4]', 'int8[4]'], attributes: { axis: 0 }, gives: 'int8[4,3]' },
    { inputs: ['float32[n,3]', 'float32[4]', 'uint8[4]'], fails: 'input 1 must be float32[3], got float32[4]' },
    { inputs: ['float32[n,3]', 'float32[]', 'int32[]'], fails: 'input 2 must be uint8 or int8, got int32' },
  ],
  DequantizeLinear: [
    { inputs: ['uint8[n,3]', 'float32[]', 'uint8[]'], gives: 'float32[n,3]' },
    { inputs: ['int32[4]', 'float32[4]'], attributes: { axis: 0 }, gives: 'float32[4]' },
    { inputs: ['uint8[n,3]', 'float32[]', 'int8[]'], fails: 'input 2 must be uint8[], got int8[]' },
    { inputs: ['float32[n,3]', 'float32[]'], fails: 'input 0 must be uint8 or int8 or int32, got float32' },
  ],
  SoftmaxCrossEntropyLoss: [
    {
      inputs: ['float32[n,10]', 'int64[n]'],
      attributes: { reduction: 'mean' },
      gives: 'float32[] float32[n,10]',
    },
    {
      inputs: ['float32[n,10]', 'int64[n]'],
      attributes: { reduction: 'sum' },
      fails: "reduction 'sum' is not supported, 'mean' is",
    },
    {
      inputs: ['float32[n,10]', 'int64[m]'],
      attributes: { reduction: 'mean' },
      fails: 'input 1 must be int64[n], got int64[m]',
    },
  ],
  SoftmaxCrossEntropyLossGrad: [
    {
      inputs: ['float32[]', 'float32[n,10]', 'int64[n]'],
      attributes: { reduction: 'mean' },
      gives: 'float32[n,10]',
    },
    {
      inputs: ['float32[1]', 'float32[n,10]', 'int64[n]'],
      attributes: { reduction: 'mean' },
      fails: 'input 0 must be float32[], got float32[1]',
    },
  ],
  ReluGrad: [
    { inputs: ['float32[n,3]', 'float32[n,3]'], gives: 'float32[n,3]' },
    { inputs: ['float32[n,1]', 'float32[n,3]'], fails: 'input 0 must be float32[n,3], got float32[n,1]' },
  ],
  ConvGrad: [
    {
      inputs: ['float32[n,16,6,6]', images, 'float32[16,3,3,3]'],
      attributes: k33,
      gives: `${images} float32[16,3,3,3] float32[16]`,
    },
    {
      inputs: ['float32[n,16,8,8]', images, 'float32[16,3,3,3]'],
      attributes: k33,
      fails: 'input 0 must be float32[n,16,6,6], got float32[n,16,8,8]',
    },
  ],
  MaxPoolGrad: [
    {
      inputs: ['float32[2,3,4,4]', 'int64[2,3,4,4]'],
      attributes: { kernel_shape: [2, 2], strides: [2, 2], input_shape: [2, 3, 8, 8] },
      gives: 'float32[2,3,8,8]',
    },
    {
      inputs: ['float32[2,3,4,4]', 'int64[2,3,4,5]'],
      attributes: { kernel_shape: [2, 2], strides: [2, 2], input_shape: [2, 3, 8, 8] },
      fails: 'input 1 must be int64[2,3,4,4], got int64[2,3,4,5]',
    },
    {
      inputs: ['float32[2,3,4,4]', 'int64[2,3,4,4]'],
      attributes: { kernel_shape: [2, 2], strides: [2, 2], input_shape: [2, 3, 10, 8] },
      fails: 'input 0 must be float32[2,3,5,4], got float32[2,3,4,4]',
    },
  ],
  BatchNormInternal: [
    {
      inputs: [images, 'float32[3]', 'float32[3]', 'float32[3]', 'float32[3]'],
      attributes: { epsilon: 1e-5, momentum: 0.1 },
      gives: `${images} float32[3] float32[3] float32[3] float32[3]`,
    },
    {
      inputs: [images, 'float32[8]', 'float32[3]', 'float32[3]', 'float32[3]'],
      attributes: { epsilon: 1e-5, momentum: 0.1 },
      fails: 'input 1 must be float32[3], got float32[8]',
    },
  ],
  BatchNormalizationGrad: [
    {
      inputs: [images, images, 'float32[3]', 'float32[3]', 'float32[3]'],
      attributes: { epsilon: 1e-5 },
      gives: `${images} float32[3] float32[3]`,
    },
    {
      inputs: [images, images, 'float32[3]', 'float32[3]', 'float32[]'],
      attributes: { epsilon: 1e-5 },
      fails: 'input 4 must be float32[3], got float32[]',
    },
  ],
  MaskedDropout: [
    { inputs: ['float32[n,3]', 'bool[n,3]'], attributes: { ratio: 0.5 }, gives: 'float32[n,3]' },
    { inputs: ['float32[n,3,8,8]', 'bool[n,3,1,1]'], attributes: { ratio: 0.5 }, gives: 'float32[n,3,8,8]' },
    {
      inputs: ['float32[n,3]', 'float32[n,3]'],
      attributes: { ratio: 0.5 },
      fails: 'input 1 must be bool[n,3], got float32[n,3]',
    },
    {
      inputs: [f23, 'bool[3]'],
      attributes: { ratio: 0.5 },
      fails: 'input 1 must be bool[2,3], got bool[3]',
    },
    {
      inputs: ['float32[n,3]', 'bool[n,3]'],
      attributes: { ratio: 1 },
      fails: 'ratio must be from 0 to below 1, got 1',
    },
  ],
  AdamWOptimizer: [
    {
      inputs: ['float32[1]', 'int64[1]', f23, f23, f23, f23],
      attributes: { alpha: 0.9, beta: 0.999, epsilon: 1e-8, weight_decay: 0 },
      gives: `${f23} ${f23} ${f23}`,
    },
    {
      inputs: ['float32[1]', 'int64[1]', f23, 'float32[6]', f23, f23],
      attributes: { alpha: 0.9, beta: 0.999, epsilon: 1e-8, weight_decay: 0 },
      fails: 'input 3 must be float32[2,3], got float32[6]',
    },
    {
      inputs: ['float32[1]', 'int64[]', f23, f23, f23, f23],
      attributes: { alpha: 0.9, beta: 0.999, epsilon: 1e-8, weight_decay: 0 },
      fails: 'input 1 must be int64[1], got int64[]',
    },
  ],
  DropoutGrad: [
    { inputs: ['float32[2,3]', 'bool[2,3]', 'float32[]', 'bool[]'], gives: f23 },
    { inputs: [f23, 'bool[2]', 'float32[]', 'bool[]'], fails: 'input 1 must be bool[2,3], got bool[2]' },
    { inputs: [f23, 'bool[2,3]', 'float32[1]', 'bool[]'], fails: 'input 2 must be float32[], got float32[1]' },
  ],
  OrtMaxPoolGrad: [
    {
      inputs: ['float32[2,3,4,4]', 'int64[2,3,4,4]'],
      attributes: { kernel_shape: [2, 2], strides: [2, 2] },
      gives: 'float32[2,3,8,8]',
    },
    {
      inputs: ['float32[2,3,4,4]', 'int64[2,3,4]'],
      attributes: { kernel_shape: [2, 2] },
      fails: 'input 1 must be int64[2,3,4,4], got int64[2,3,4]',
    },
  ],
  OrtBatchNormInternal: [
    {
      inputs: ['float32[2,3,4,4]', 'float32[3]', 'float32[3]', 'float32[3]', 'float32[3]'],
      attributes: { epsilon: 1e-5, momentum: 0.9, training_mode: 1 },
      gives: 'float32[2,3,4,4] float32[3] float32[3] float32[3] float32[3]',
    },
    {
      inputs: ['float32[2,3,4,4]', 'float32[3]', 'float32[3]', 'float32[3]', 'float32[4]'],
      attributes: { epsilon: 1e-5, momentum: 0.9, training_mode: 1 },
      fails: 'input 4 must be float32[3], got float32[4]',
    },
  ],
  InPlaceAccumulatorV2: [
    { inputs: [f23, f23, 'bool[1]'], gives: 'bool[1]' },
    { inputs: [f23, f23, 'bool[]'], gives: 'bool[1]' },
    { inputs: [f23, 'float32[3]', 'bool[1]'], fails: 'input 1 must be float32[2,3], got float32[3]' },
    { inputs: [f23, f23, 'int64[1]'], fails: 'input 2 must be bool[1], got int64[1]' },
  ],
  Group: [
    { inputs: [f23, 'bool[1]', 'int64[]'], gives: 'bool[]' },
    { inputs: [], fails: 'inputs (...inputs) expected, got 0' },
  ],
  OrtAdamWOptimizer: [
    {
      inputs: ['float32[1]', 'int64[1]', 'seq(float32)', 'seq(float32)', 'seq(float32)', 'seq(float32)'],
      attributes: { alpha: 0.9, beta: 0.999, epsilon: 1e-8, weight_decay: 0, adam_mode: 0, correct_bias: 1 },
      gives: 'bool[1]',
    },
    {
      inputs: ['float32[1]', 'int64[1]', 'seq(float32)', f23, 'seq(float32)', 'seq(float32)'],
      attributes: { alpha: 0.9, beta: 0.999, epsilon: 1e-8, weight_decay: 0, adam_mode: 0, correct_bias: 1 },
      fails: 'input 3 must be a sequence of tensors',
    },
  ],
};

function isDataType(text: string): text is DataType {
  return Object.hasOwn(onnxDataType, text);
}

function parse(text: string, name: string): Value {
  const list = /^seq\((\w+)\)$/.exec(text)?.[1] ?? '';
  if (isDataType(list)) return { name, dtype: list, shape: [], sequence: true };
  const [, dtype = '', sizes = ''] = /^(\w+)\[(.*)\]$/.exec(text) ?? [];
  if (!isDataType(dtype)) throw new Error(`'${text}' is no type`);
  const shape = sizes === '' ? [] : sizes.split(',').map((size) => (/^\d+$/.test(size) ? Number(size) : size));
  return { name, dtype, shape };
}

/** A graph of one node, `layer/node`. Throws what the operator's rule throws. */
export function graphOf(op: OpName, { inputs, attributes = {} }: Case): Graph {
  const initializers: Initializer[] = [];
  const operands = inputs.map((operand, i): Value | null => {
    if (operand === null) return null;
    if (typeof operand === 'string') return parse(operand, `x${i}`);
    const tensor = int64(operand);
    const value: Value = { name: `x${i}`, dtype: tensor.dtype, shape: tensor.shape };
    initializers.push({ value, tensor });
    return value;
  });
  const call = { op, name: 'layer/node', inputs: operands, attributes };
  const types = inferTypes(call, (value) => initializers.find((known) => known.value === value)?.tensor);
  const outputs = types.map(({ dtype, shape }, i): Value => ({ name: `y${i}`, dtype, shape }));
  const node: UncheckedNode = { ...call, outputs };
  checkNode(node);
  const isInput = (value: Value | null) => value !== null && initializers.every((known) => known.value !== value);
  return {
    name: op,
    inputs: operands.filter((value) => value !== null).filter(isInput),
    outputs,
    initializers,
    nodes: [node],
  };
}
