import type { neural } from '../../ir/ops/neural.ts';
import { elementCount, GraphError, staticShape, type Value } from '../../ir/types.ts';
import type { RuleContext, RuleEntry } from '../rule.ts';

function transposed(c: RuleContext<'MatMul'>, value: Value): Value {
  const axes = [...value.shape.keys()];
  const perm = [...axes.slice(0, -2), ...axes.slice(-2).reverse()];
  return c.b.op('Transpose', [value], { perm });
}

/** How gradients pass through layers. */
export const neuralRules: { readonly [O in keyof typeof neural]: RuleEntry<O> } = {
  Conv: (c) =>
    c.b.multi('ConvGrad', [c.dY, c.x(0), c.x(1)], c.node.attributes, {
      outputs: [c.wants(0), c.wants(1), c.wants(2)],
    }),
  ConvTranspose: 'forbidden',
  // dA = dY Bᵀ, dB = Aᵀ dY
  MatMul: (c) => [
    () => c.b.op('MatMul', [c.dY, transposed(c, c.x(1))], {}),
    () => c.b.op('MatMul', [transposed(c, c.x(0)), c.dY], {}),
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
      const share = c.b.mul(c.dY, c.b.scalar(1 / area));
      return c.b.op('Expand', [share, c.b.ints(...shape)], {});
    },
  ],
  BatchNormalization: 'forbidden',
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
