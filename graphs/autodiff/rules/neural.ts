import type { GraphBuilder } from '../../ir/builder.ts';
import type { neural } from '../../ir/ops/neural.ts';
import { restOf } from '../../ir/ops/rules.ts';
import { elementCount, float32, GraphError, staticShape, type Value } from '../../ir/types.ts';
import type { RuleContext, RuleEntry } from '../rule.ts';

function transposed(c: RuleContext<'MatMul'>, value: Value): Value {
  const axes = [...value.shape.keys()];
  const perm = [...axes.slice(0, -2), ...axes.slice(-2).reverse()];
  return c.b.op('Transpose', [value], { perm });
}

/** […,K] as [rows,K]. */
function rows(b: GraphBuilder, value: Value): Value {
  const shape = staticShape(value.shape, value.name);
  const last = shape.at(-1) ?? 1;
  return b.reshape(value, [elementCount(shape) / last, last]);
}

/** How gradients pass through layers. */
export const neuralRules: { readonly [O in keyof typeof neural]: RuleEntry<O> } = {
  Conv: (c) =>
    c.b.multi('ConvGrad', [c.dY, c.x(0), c.x(1)], c.node.attributes, {
      outputs: [c.wants(0), c.wants(1), c.wants(2)],
    }),
  // The adjoint's adjoint: dX is the convolution, dW its weight gradient with data and gradient exchanged.
  ConvTranspose: (c) => {
    const { output_padding: _, ...window } = c.node.attributes;
    return [
      () => c.b.op('Conv', [c.dY, c.x(1)], window),
      () => {
        const operands = [c.x(0), c.dY, c.x(1)] as const;
        const [, weight] = c.b.multi('ConvGrad', operands, window, { outputs: [false, true, false] });
        if (!weight) throw new GraphError(`internal: ${c.node.name}: no gradient of the weight`);
        return weight;
      },
      () => c.b.sum(c.dY, [0, ...[...c.dY.shape.keys()].slice(2)]),
    ];
  },
  // dA = dY Bᵀ, dB = Aᵀ dY; one matrix for many has one product of all their rows.
  MatMul: (c) => [
    () => c.b.op('MatMul', [c.dY, transposed(c, c.x(1))], {}),
    () => {
      const isShared = c.x(1).shape.length === 2 && c.x(0).shape.length > 2;
      if (!isShared) return c.b.op('MatMul', [transposed(c, c.x(0)), c.dY], {});
      return c.b.op('Gemm', [rows(c.b, c.x(0)), rows(c.b, c.dY)], { transA: 1, transB: 0 });
    },
  ],
  // As MatMul, with the operands' own transpositions folded in; dC = dY (the walk sums the broadcast rows).
  Gemm: (c) => {
    const { transA = 0, transB = 0 } = c.node.attributes;
    const gemm = (left: Value, right: Value, a: number, b: number) =>
      c.b.op('Gemm', [left, right], { transA: a, transB: b });
    return [
      () => (transA ? gemm(c.x(1), c.dY, transB, 1) : gemm(c.dY, c.x(1), 0, 1 - transB)),
      () => (transB ? gemm(c.dY, c.x(0), 1, transA) : gemm(c.x(0), c.dY, 1 - transA, 0)),
      c.dY,
    ];
  },
  MaxPool: (c) => {
    if (!c.node.outputs[1]) throw new GraphError(`${c.node.name}: MaxPool needs its Indices output to have a gradient`);
    const input_shape = staticShape(c.x(0).shape, c.node.name);
    return [() => c.b.op('MaxPoolGrad', [c.dY, c.y(1)], { ...c.node.attributes, input_shape })];
  },
  // The mean gives each position a share of 1 / (H W).
  GlobalAveragePool: (c) => [
    () => {
      const shape = staticShape(c.x(0).shape, c.node.name);
      const area = elementCount(shape.slice(2));
      const [images = 0, channels = 0] = shape;
      // The runtime multiplies tensors that end in sizes of 1 element by element: a hundred times as slow.
      const share = c.b.mul(c.b.reshape(c.dY, [images, channels]), c.b.scalar(1 / area));
      const spread = c.b.reshape(share, [images, channels, ...shape.slice(2).map(() => 1)]);
      return c.b.op('Expand', [spread, c.b.ints(...shape)], {});
    },
  ],
  // The adjoint of a sum of windows: dY over the kernel's size, added where the windows lie.
  AveragePool: (c) => [
    () => {
      const shape = staticShape(c.x(0).shape, c.node.name);
      const { count_include_pad: _, ...window } = c.node.attributes;
      const { kernel_shape } = window;
      const taps = elementCount(kernel_shape);
      const kernel = c.b.constant(float32(new Float32Array(taps).fill(1 / taps), [1, 1, ...kernel_shape]));
      const planes = elementCount(shape.slice(0, 2));
      const maps = c.b.reshape(c.dY, [planes, 1, ...staticShape(c.dY.shape.slice(2), c.node.name)]);
      const spread = c.b.op('ConvTranspose', [maps, kernel], {
        ...window,
        output_padding: restOf(shape.slice(2), window),
      });
      return c.b.reshape(spread, shape);
    },
  ],
  BatchNormalization: 'forbidden',
  // With x̂ = (x - mean) invStd and d = scale dY: dX = invStd (d - mean(d) - x̂ mean(d x̂)), dscale = Σ dY x̂, dB = Σ dY
  LayerNormalization: (c) => {
    if (c.gradients.slice(1).some((gradient) => gradient !== null))
      throw new GraphError(`${c.node.name}: statistics have no gradient, differentiate the normalised output only`);
    if (!c.node.outputs[1] || !c.node.outputs[2])
      throw new GraphError(
        `${c.node.name}: LayerNormalization needs its outputs Mean and InvStdDev to have a gradient`,
      );
    const { b, dY } = c;
    const rank = c.x(0).shape.length;
    const first = c.node.attributes.axis < 0 ? c.node.attributes.axis + rank : c.node.attributes.axis;
    const axes = Array.from({ length: rank - first }, (_, i) => first + i);
    const outer = Array.from({ length: first }, (_, i) => i);
    const normalized = b.mul(b.sub(c.x(0), c.y(1)), c.y(2));
    const mean = (value: Value) => b.op('ReduceMean', [value], { axes, keepdims: 1 });
    const sum = (value: Value) => (first === 0 ? value : b.sum(value, outer));
    return [
      () => {
        const scaled = b.mul(dY, c.x(1));
        const pulled = b.mul(normalized, mean(b.mul(scaled, normalized)));
        return b.mul(c.y(2), b.sub(b.sub(scaled, mean(scaled)), pulled));
      },
      () => sum(b.mul(dY, normalized)),
      () => sum(dY),
    ];
  },
  // dX = y (dY - Σ dY y)
  Softmax: (c) => [
    () => {
      const sum = c.b.sum(c.b.mul(c.dY, c.y()), [c.node.attributes.axis], 1);
      return c.b.mul(c.y(), c.b.sub(c.dY, sum));
    },
  ],
  // dX = dY - eʸ Σ dY
  LogSoftmax: (c) => [
    () => {
      const sum = c.b.sum(c.dY, [c.node.attributes.axis], 1);
      return c.b.sub(c.dY, c.b.mul(c.b.op('Exp', [c.y()], {}), sum));
    },
  ],
};
