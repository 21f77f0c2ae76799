/** Functions that are differentiated to check each gradient rule. A rule without a case here fails its test. */
import type { GraphBuilder } from '../../../graphs/ir/builder.ts';
import type { AttributesOf, OpName } from '../../../graphs/ir/ops/index.ts';
import { float32, int64, type Value } from '../../../graphs/ir/types.ts';
import { mask } from '../execute.ts';
import type { GradientCase, Place } from './check.ts';

type Shapes = GradientCase['shapes'];
type Plain =
  | 'Add'
  | 'Sub'
  | 'Mul'
  | 'Div'
  | 'Pow'
  | 'Neg'
  | 'Exp'
  | 'Log'
  | 'Sqrt'
  | 'Reciprocal'
  | 'Sigmoid'
  | 'Tanh'
  | 'Erf'
  | 'Softplus'
  | 'Relu'
  | 'Identity'
  | 'MatMul'
  | 'GlobalAveragePool';

/** Between 1 and 2, for functions with a pole or an end at 0. */
const positive: Place = (number) => 1.5 + number / 2;
/** Away from the kink at 0, on both sides. */
const besideZero: Place = (number) => (number < 0 ? number - 0.1 : number + 0.1);
/** From -0.8 to 0.8 in steps of 0.2, with a gap of 0.1 on either side of -1/2 and 1/2. */
const besideHalves: Place = (_, i) => 0.2 * (i % 9) - 0.8;
/** No two within 0.25 of each other, in an order without order: for maxima. (The multiplier is prime to small counts.) */
const apart: Place = (_, i, count) => 0.25 * (((i * 1009) % count) - count / 2);

const broadcasts: readonly Shapes[] = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [
    [2, 3],
    [2, 1],
  ],
  [[3], [2, 3]],
  [[], [2, 3]],
  [[2, 3], []],
  [
    [2, 1, 3],
    [4, 1],
  ],
  [[1], [1, 1]],
];
const plain = (op: Plain, shapes: readonly Shapes[], places?: readonly Place[]) =>
  shapes.map(
    (list): GradientCase => ({
      shapes: list,
      apply: (b, operands) => {
        const [result] = b.node(op, operands, {});
        if (!result) throw new Error(`${op} has no result`);
        return result;
      },
      ...(places ? { places } : {}),
    }),
  );
const unary = (op: Plain, place?: Place) => plain(op, [[[]], [[5]], [[2, 3, 2]]], place && [place]);

type Apply = (b: GraphBuilder, x: Value, ...more: Value[]) => Value;
const of = (shapes: Shapes, apply: Apply, places?: readonly (Place | undefined)[]): GradientCase => ({
  shapes,
  apply: (b, [x, ...more]) => {
    if (!x) throw new Error('a case needs an operand');
    return apply(b, x, ...more);
  },
  ...(places ? { places } : {}),
});

const reductions = (op: 'ReduceMean' | 'ReduceSumSquare') => [
  of([[2, 3, 2]], (b, x) => b.op(op, [x], { axes: [1], keepdims: 0 })),
  of([[2, 3, 2]], (b, x) => b.op(op, [x], { axes: [-1, 0], keepdims: 1 })),
  of([[2, 3]], (b, x) => b.op(op, [x], { keepdims: 0 })),
  of([[2, 3]], (b, x) => b.op(op, [x], { keepdims: 1 })),
];
const alongAxes = (op: 'Softmax' | 'LogSoftmax') => [
  of([[3, 4]], (b, x) => b.op(op, [x], { axis: -1 })),
  of([[3, 4]], (b, x) => b.op(op, [x], { axis: 0 })),
  of([[2, 3, 2]], (b, x) => b.op(op, [x], { axis: 1 })),
  of([[1]], (b, x) => b.op(op, [x], { axis: 0 })),
];

/** [images, input channels, output channels, height, width, kernel, padding], with a bias where the last says so. */
const convolutions: readonly (readonly [Shapes, readonly number[]])[] = [
  [
    [[2, 1, 5, 4], [3, 1, 3, 3], [3]],
    [0, 0],
  ],
  [
    [[2, 1, 5, 4], [3, 1, 3, 3], [3]],
    [1, 1],
  ],
  [
    [[2, 3, 4, 5], [2, 3, 3, 3], [2]],
    [0, 0],
  ],
  [
    [
      [2, 3, 4, 5],
      [2, 3, 3, 3],
    ],
    [1, 1],
  ],
  [
    [
      [1, 2, 3, 3],
      [4, 2, 1, 1],
    ],
    [0, 0],
  ],
  [
    [[1, 2, 4, 3], [2, 2, 3, 2], [2]],
    [1, 0],
  ],
  [
    [
      [1, 1, 4, 4],
      [2, 1, 2, 3],
    ],
    [0, 1],
  ],
  // More padding than the kernel reaches over.
  [
    [
      [2, 2, 2, 3],
      [2, 2, 1, 1],
    ],
    [1, 1],
  ],
  [
    [
      [1, 1, 3, 3],
      [1, 1, 2, 2],
    ],
    [2, 2],
  ],
];

/** Strides, dilations, groups, paddings that differ; data that leave a rest behind the last window. */
const stridedConvolutions: readonly (readonly [Shapes, Partial<AttributesOf<'Conv'>>])[] = [
  [[[2, 2, 5, 6], [3, 2, 3, 3], [3]], { strides: [2, 2], pads: [1, 1, 1, 1] }],
  [
    [
      [2, 2, 6, 5],
      [3, 2, 3, 2],
    ],
    { strides: [2, 3], pads: [0, 1, 2, 0] },
  ],
  [
    [
      [1, 2, 6, 7],
      [2, 2, 2, 3],
    ],
    { dilations: [2, 2], pads: [1, 2, 0, 1] },
  ],
  [
    [
      [1, 2, 7, 8],
      [2, 2, 3, 2],
    ],
    { dilations: [1, 3], strides: [2, 1] },
  ],
  [[[2, 4, 4, 5], [6, 2, 3, 3], [6]], { group: 2, pads: [1, 1, 1, 1] }],
  [
    [
      [2, 4, 5, 4],
      [2, 2, 2, 2],
    ],
    { group: 2, strides: [2, 2], dilations: [1, 2], pads: [0, 1, 1, 1] },
  ],
  // Depthwise: one kernel for each channel, and two.
  [[[2, 3, 5, 4], [3, 1, 3, 3], [3]], { group: 3, pads: [1, 1, 1, 1] }],
  [
    [
      [2, 3, 5, 6],
      [3, 1, 3, 3],
    ],
    { group: 3, strides: [2, 2], pads: [1, 1, 1, 1] },
  ],
  [
    [
      [1, 2, 6, 6],
      [2, 1, 3, 2],
    ],
    { group: 2, dilations: [2, 1], pads: [2, 0, 1, 1] },
  ],
  [
    [
      [2, 2, 4, 4],
      [4, 1, 3, 3],
    ],
    { group: 2, pads: [1, 1, 1, 1] },
  ],
  // More padding than the kernel reaches over, and no overlap.
  [
    [
      [1, 2, 3, 3],
      [2, 1, 1, 1],
    ],
    { group: 2, pads: [1, 0, 0, 1] },
  ],
  [
    [
      [1, 2, 6, 6],
      [2, 2, 2, 2],
    ],
    { strides: [3, 3] },
  ],
];

const transposed: readonly (readonly [Shapes, Partial<AttributesOf<'ConvTranspose'>>])[] = [
  [[[2, 2, 3, 4], [2, 3, 3, 3], [3]], {}],
  [
    [
      [2, 3, 3, 2],
      [3, 2, 2, 3],
    ],
    { strides: [2, 2], pads: [1, 0, 0, 1], output_padding: [1, 0] },
  ],
  [[[1, 4, 3, 3], [4, 1, 3, 2], [2]], { group: 2, strides: [2, 1], dilations: [1, 2], output_padding: [1, 0] }],
];

/** Windows that overlap, are padded, leave a rest, or lie apart. */
const overlapping: readonly (readonly [readonly number[], AttributesOf<'MaxPool'>])[] = [
  [[2, 2, 5, 4], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }],
  [[1, 2, 4, 5], { kernel_shape: [2, 3], strides: [1, 2], pads: [0, 1, 1, 0] }],
  [[1, 1, 5, 7], { kernel_shape: [2, 2], strides: [2, 2] }],
  [[1, 2, 5, 6], { kernel_shape: [2, 2], strides: [3, 3], pads: [0, 0, 1, 0] }],
];

const pools: readonly (readonly [readonly number[], number])[] = [
  [[2, 2, 4, 4], 2],
  [[1, 3, 6, 3], 3],
  [[1, 1, 2, 8], 2],
];

const matrices: readonly (readonly [number, number])[] = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const additions: readonly (readonly number[] | null)[] = [null, [4], [1, 4], [2, 1], [2, 4], []];

const normalized = (shape: readonly number[]) => {
  const channels = [shape[1] ?? 0];
  return of([shape, channels, channels], (b, x, scale, offset) => {
    const filled = (fill: number) => b.constant(float32(new Float32Array(channels[0] ?? 0).fill(fill)));
    return b.op('BatchNormInternal', [x, scale, offset, filled(0), filled(1)], { epsilon: 0.1, momentum: 0.1 });
  });
};

/** ε keeps the function smooth where a row's variance is small. */
const layerNormalized = (shape: readonly number[], axis: number) => {
  const inner = shape.slice(axis);
  return of([shape, inner, inner], (b, x, scale, offset) => {
    const operands = [x, scale ?? x, offset ?? null] as const;
    return b.multi('LayerNormalization', operands, { axis, epsilon: 0.1 })[0];
  });
};

export const cases: { readonly [O in OpName]?: readonly GradientCase[] } = {
  Add: plain('Add', broadcasts),
  Sub: plain('Sub', broadcasts),
  Mul: plain('Mul', broadcasts),
  Div: plain('Div', broadcasts, [(number) => number, positive]),
  Pow: plain('Pow', broadcasts, [positive, (number) => 2 * number]),
  Neg: unary('Neg'),
  Exp: unary('Exp'),
  Log: unary('Log', positive),
  Sqrt: unary('Sqrt', positive),
  Reciprocal: unary('Reciprocal', positive),
  Sigmoid: unary('Sigmoid'),
  Tanh: unary('Tanh'),
  Erf: unary('Erf'),
  Softplus: unary('Softplus'),
  Relu: unary('Relu', besideZero),
  LeakyRelu: [0.01, 0.3, -0.5].map((alpha) =>
    of([[2, 3, 2]], (b, x) => b.op('LeakyRelu', [x], { alpha }), [besideZero]),
  ),
  Elu: [1, 0.4].map((alpha) => of([[2, 3, 2]], (b, x) => b.op('Elu', [x], { alpha }), [besideZero])),
  // Kinks at -1/2 and 1/2: places on both sides of both, none within 0.07.
  HardSigmoid: [of([[9]], (b, x) => b.op('HardSigmoid', [x], { alpha: 1, beta: 0.5 }), [besideHalves])],
  Clip: [
    of([[9]], (b, x) => b.op('Clip', [x, b.scalar(-0.5), b.scalar(0.5)], {}), [besideHalves]),
    of([[9]], (b, x) => b.op('Clip', [x, b.scalar(-0.5)], {}), [besideHalves]),
    of([[9]], (b, x) => b.op('Clip', [x, null, b.scalar(0.5)], {}), [besideHalves]),
  ],
  Identity: unary('Identity'),
  Cast: [of([[2, 3]], (b, x) => b.cast(b.op('Exp', [b.cast(x, 'float64')], {}), 'float32'))],
  Where: broadcasts
    .slice(0, 6)
    .map((shapes) => of(shapes, (b, x, y) => b.op('Where', [b.constant(mask([2, 3], 5, 0)), x, y ?? null], {}))),
  Reshape: [
    of([[2, 6]], (b, x) => b.op('Reshape', [x, b.ints(3, 4)], {})),
    of([[2, 3, 2]], (b, x) => b.op('Reshape', [x, b.ints(0, -1)], {})),
    of([[1, 1]], (b, x) => b.op('Reshape', [x, b.ints()], {})),
  ],
  Flatten: [0, 1, 2, 3, -1].map((axis) => of([[2, 3, 2]], (b, x) => b.op('Flatten', [x], { axis }))),
  Transpose: [
    [0, 1, 2],
    [2, 0, 1],
    [1, 2, 0],
    [0, 2, 1],
  ].map((perm) => of([[2, 3, 4]], (b, x) => b.op('Transpose', [x], { perm }))),
  Slice: [
    [[1], [3], [1]],
    [[-2], [1000], [0]],
    [[-100], [2], [1]],
    [
      [0, 1],
      [2, -1],
      [2, -2],
    ],
    [[3], [3], [0]],
  ].map(([starts = [], ends = [], axes = []]) =>
    of([[3, 4, 2]], (b, x) =>
      b.op('Slice', [x, b.ints(...starts), b.ints(...ends), b.ints(...axes), b.ints(...axes.map(() => 1))], {}),
    ),
  ),
  Pad: [
    [0, 1, 2, 0],
    [1, 1, 1, 1],
    // Negative pads cut away.
    [-1, 0, 0, -1],
    [-1, 2, 1, -2],
  ].map((pads) => of([[3, 4]], (b, x) => b.op('Pad', [x, b.ints(...pads)], {}))),
  Concat: [
    of(
      [
        [2, 3],
        [2, 1],
        [2, 2],
      ],
      (b, ...parts) => b.op('Concat', parts, { axis: 1 }),
    ),
    of(
      [
        [2, 3],
        [1, 3],
      ],
      (b, ...parts) => b.op('Concat', parts, { axis: -2 }),
    ),
    of([[4]], (b, x) => b.op('Concat', [x, x], { axis: 0 })),
  ],
  Expand: [
    of([[2, 1]], (b, x) => b.op('Expand', [x, b.ints(3, 2, 4)], {})),
    of([[3]], (b, x) => b.op('Expand', [x, b.ints(1)], {})),
    of([[]], (b, x) => b.op('Expand', [x, b.ints(2, 2)], {})),
  ],
  ReduceSum: [
    of([[2, 3, 2]], (b, x) => b.sum(x, [1])),
    of([[2, 3, 2]], (b, x) => b.sum(x, [-1, 0], 1)),
    of([[2, 3]], (b, x) => b.sum(x)),
    of([[2, 3]], (b, x) => b.sum(x, undefined, 1)),
  ],
  ReduceMean: reductions('ReduceMean'),
  ReduceSumSquare: reductions('ReduceSumSquare'),
  Conv: [
    ...convolutions.map(
      ([shapes, [height = 0, width = 0]]) => [shapes, { pads: [height, width, height, width] }] as const,
    ),
    ...stridedConvolutions,
  ].map(([shapes, attributes]) =>
    of(shapes, (b, x, weight, bias) => {
      const kernel_shape = weight?.shape.slice(2).map(Number) ?? [];
      return b.op('Conv', [x, weight, bias], { kernel_shape, ...attributes });
    }),
  ),
  ConvTranspose: transposed.map(([shapes, attributes]) =>
    of(shapes, (b, x, weight, bias) => {
      const kernel_shape = weight?.shape.slice(2).map(Number) ?? [];
      return b.op('ConvTranspose', [x, weight ?? x, bias ?? null], { kernel_shape, ...attributes });
    }),
  ),
  AveragePool: overlapping.map(([shape, window]) =>
    of([shape], (b, x) => b.op('AveragePool', [x], { ...window, count_include_pad: 1 })),
  ),
  LayerNormalization: [layerNormalized([2, 3, 5], 2), layerNormalized([2, 3, 5], -2), layerNormalized([4, 3], 0)],
  MatMul: plain('MatMul', [
    [
      [2, 3],
      [3, 4],
    ],
    [
      [1, 1],
      [1, 1],
    ],
    [
      [2, 2, 3],
      [2, 3, 2],
    ],
    [
      [2, 2, 3],
      [3, 2],
    ],
    [
      [2, 1, 2, 3],
      [2, 3, 2],
    ],
  ]),
  Gemm: matrices.flatMap(([transA, transB]) =>
    additions.map((addition) => {
      const operands = [transA ? [3, 2] : [2, 3], transB ? [4, 3] : [3, 4], ...(addition ? [addition] : [])];
      return of(operands, (b, x, y, ...[z]) => b.op('Gemm', [x, y, z ?? null], { transA, transB }));
    }),
  ),
  MaxPool: [
    ...pools.map(([shape, size]) => {
      const window: AttributesOf<'MaxPool'> = { kernel_shape: [size, size], strides: [size, size], pads: [0, 0, 0, 0] };
      return [shape, window] as const;
    }),
    ...overlapping,
  ].map(([shape, window]) => of([shape], (b, x) => b.multi('MaxPool', [x], window)[0], [apart])),
  GlobalAveragePool: plain('GlobalAveragePool', [[[2, 3, 2, 4]], [[1, 2, 5]], [[2, 2, 1, 1]]]),
  Softmax: alongAxes('Softmax'),
  LogSoftmax: alongAxes('LogSoftmax'),
  SoftmaxCrossEntropyLoss: [
    [2, 3],
    [5, 2],
    [1, 4],
  ].map(([count = 0, classes = 0]) =>
    of([[count, classes]], (b, x) => {
      const labels = b.constant(int64(Array.from({ length: count }, (_, i) => (i * 2 + 1) % classes)));
      return b.op('SoftmaxCrossEntropyLoss', [x, labels], { reduction: 'mean' });
    }),
  ),
  BatchNormInternal: [
    [4, 3, 2, 2],
    [2, 1, 3, 3],
    [3, 2, 1, 1],
    [3, 3, 4],
  ].map(normalized),
  MaskedDropout: [
    [[6], [6]],
    [
      [2, 3, 4],
      [2, 3, 4],
    ],
    // Whole channels, and whole images.
    [
      [2, 3, 2, 2],
      [2, 3, 1, 1],
    ],
    [
      [4, 3, 2],
      [4, 1, 1],
    ],
  ].map(([shape = [], dropped = []]) =>
    of([shape], (b, x) => b.op('MaskedDropout', [x, b.constant(mask(dropped, 3))], { ratio: 0.25 })),
  ),
};

const apartFromZero: Place = (number, i, count) => apart(number, i, count) + 0.125;
/** So small that a sum of 16 · 9 products stays below 2 (its deviation is 0.3). */
const small: Place = (number) => number / 8;
/** Every other channel is switched off by Relu, whatever such a sum adds. */
const onAndOff: Place = (_, i) => (i % 2 === 0 ? 2 : -2);

const max = (b: GraphBuilder, x: Value) => {
  const [y] = b.multi('MaxPool', [x], { kernel_shape: [2, 2], strides: [2, 2] });
  if (!y) throw new Error('no output');
  return y;
};
const convolved =
  (padding: number): Apply =>
  (b, x, weight, bias) => {
    const kernel_shape = weight?.shape.slice(2).map(Number) ?? [];
    return b.op('Conv', [x, weight, bias], { kernel_shape, pads: Array(4).fill(padding) });
  };

/**
 * Functions whose shapes fit blocks of so many channels, alone and where one goes into the next. The images are as many as
 * a block has channels, since weight gradients have them as channels. The strides are prime to block sizes and to kernels, so
 * that all places in them have their turn.
 */
export function blockedCases(block: number): Readonly<Record<string, readonly GradientCase[]>> {
  const stride = block === 8 ? 5 : 17;
  const images = (...size: number[]) => [block, block, ...size];
  const channels = [block];
  const k3 = [block, block, 3, 3];
  const all: Readonly<Record<string, readonly GradientCase[]>> = {
    Conv: [
      of([images(3, 3), k3, channels], convolved(0)),
      of([images(2, 3), k3], convolved(1)),
      of([images(2, 2), [2 * block, block, 1, 1]], convolved(0)),
      of([images(3, 2), [block, block, 2, 1], channels], convolved(0)),
    ],
    'Conv in groups of images': [of([[4 * block, block, 2, 2], k3], convolved(1))],
    Relu: [of([images(2, 2)], (b, x) => b.op('Relu', [x], {}), [besideZero])],
    'Conv and Relu': [
      of([images(2, 2), k3, channels], (b, x, ...more) => b.op('Relu', [convolved(1)(b, x, ...more)], {}), [
        undefined,
        small,
        onAndOff,
      ]),
    ],
    MaxPool: [of([images(2, 4)], max, [apart])],
    'Relu and MaxPool': [of([images(2, 4)], (b, x) => max(b, b.op('Relu', [x], {})), [apartFromZero])],
    GlobalAveragePool: [of([images(2, 3)], (b, x) => b.op('GlobalAveragePool', [x], {}))],
    BatchNormInternal: [normalized(images(1, 2))],
    'BatchNormInternal and MaxPool': [
      {
        ...normalized([2, block, 2, 2]),
        apply: (b, operands) => max(b, normalized([2, block, 2, 2]).apply(b, operands)),
        // Scales of one sign keep the order of x, in which no two are close.
        places: [apart, positive],
      },
    ],
    MaskedDropout: [
      of([images(2, 2)], (b, x) => b.op('MaskedDropout', [x, b.constant(mask(images(2, 2), 3))], { ratio: 0.25 })),
    ],
    'all of a net': [
      of(
        [images(2, 2), k3, channels, [2 * block, block, 1, 1]],
        (b, x, first, bias, second) => {
          const hidden = b.op('Relu', [convolved(1)(b, x, ...(first && bias ? [first, bias] : []))], {});
          const dropped = b.op('MaskedDropout', [hidden, b.constant(mask(images(2, 2), 3))], { ratio: 0.25 });
          return b.op('GlobalAveragePool', [b.op('Conv', [dropped, second], { kernel_shape: [1, 1] })], {});
        },
        [undefined, small, onAndOff, small],
      ),
    ],
  };
  return Object.fromEntries(Object.entries(all).map(([name, list]) => [name, list.map((one) => ({ ...one, stride }))]));
}
