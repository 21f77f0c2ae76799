import type { GraphBuilder } from '../../ir/builder.ts';
import type { elementwise } from '../../ir/ops/elementwise.ts';
import type { Value } from '../../ir/types.ts';
import type { RuleEntry } from '../rule.ts';

const isFloat = ({ dtype }: Value) => dtype.startsWith('float');

/** 1 where x is above a bound, else 0: products with such numbers were measured faster than Where. */
const above = (b: GraphBuilder, x: Value, bound: number) =>
  b.cast(b.op('Greater', [x, b.scalar(bound)], {}), 'float32');
/** 1 where x lies between two bounds, else 0. */
const between = (b: GraphBuilder, x: Value, low: number, high: number) =>
  b.mul(above(b, x, low), b.cast(b.op('Greater', [b.scalar(high), x], {}), 'float32'));

/** How gradients pass through functions of single elements. */
export const elementwiseRules: { readonly [O in keyof typeof elementwise]: RuleEntry<O> } = {
  // d(a + b) = da + db
  Add: ({ dY }) => [dY, dY],
  // d(a - b) = da - db
  Sub: ({ b, dY }) => [dY, () => b.neg(dY)],
  // d(a b) = b da + a db
  Mul: (c) => [() => c.b.mul(c.dY, c.x(1)), () => c.b.mul(c.dY, c.x(0))],
  // d(a / b) = da / b - y db / b
  Div: (c) => [() => c.b.div(c.dY, c.x(1)), () => c.b.neg(c.b.div(c.b.mul(c.dY, c.y()), c.x(1)))],
  // d(aᵖ) = p aᵖ⁻¹ da + y ln(a) dp
  Pow: (c) => [
    () => {
      const lowered = c.b.op('Pow', [c.x(0), c.b.sub(c.x(1), c.b.scalar(1))], {});
      return c.b.mul(c.dY, c.b.mul(c.x(1), lowered));
    },
    () => c.b.mul(c.dY, c.b.mul(c.y(), c.b.op('Log', [c.x(0)], {}))),
  ],
  Equal: 'none',
  Greater: 'none',
  Sign: 'none',
  // d(-a) = -da
  Neg: ({ b, dY }) => [() => b.neg(dY)],
  // d(eᵃ) = y da
  Exp: (c) => [() => c.b.mul(c.dY, c.y())],
  // d(ln a) = da / a
  Log: (c) => [() => c.b.div(c.dY, c.x(0))],
  // d(√a) = da / 2y
  Sqrt: (c) => [() => c.b.div(c.b.mul(c.dY, c.b.scalar(0.5)), c.y())],
  // d(1/a) = -y² da
  Reciprocal: (c) => [() => c.b.neg(c.b.mul(c.dY, c.b.mul(c.y(), c.y())))],
  // dσ(a) = y (1 - y) da
  Sigmoid: (c) => [() => c.b.mul(c.dY, c.b.mul(c.y(), c.b.sub(c.b.scalar(1), c.y())))],
  // d = alpha where neither bound has been reached, which PyTorch's hardsigmoid has, too.
  HardSigmoid: (c) => [() => c.b.mul(c.dY, c.b.mul(between(c.b, c.y(), 0, 1), c.b.scalar(c.node.attributes.alpha)))],
  // d tanh(a) = (1 - y²) da
  Tanh: (c) => [() => c.b.mul(c.dY, c.b.sub(c.b.scalar(1), c.b.mul(c.y(), c.y())))],
  // d erf(a) = 2/√π e^(-a²) da
  Erf: (c) => [
    () => {
      const bell = c.b.op('Exp', [c.b.neg(c.b.mul(c.x(0), c.x(0)))], {});
      return c.b.mul(c.dY, c.b.mul(bell, c.b.scalar(2 / Math.sqrt(Math.PI))));
    },
  ],
  Relu: (c) => [() => c.b.op('ReluGrad', [c.dY, c.y()], {})],
  // 1 above 0, alpha elsewhere: alpha at 0, as in PyTorch.
  LeakyRelu: (c) => [
    () => {
      const { alpha } = c.node.attributes;
      const slope = c.b.add(c.b.mul(above(c.b, c.x(0), 0), c.b.scalar(1 - alpha)), c.b.scalar(alpha));
      return c.b.mul(c.dY, slope);
    },
  ],
  // 1 above 0, alpha eᵃ = y + alpha elsewhere; min(y, 0) + alpha is that below, and alpha above.
  Elu: (c) => [
    () => {
      const { alpha } = c.node.attributes;
      const below = c.b.add(c.b.op('Clip', [c.y(), null, c.b.scalar(0)], {}), c.b.scalar(alpha));
      const slope = c.b.add(below, c.b.mul(above(c.b, c.x(0), 0), c.b.scalar(1 - alpha)));
      return c.b.mul(c.dY, slope);
    },
  ],
  // d ln(1 + eᵃ) = σ(a) da
  Softplus: (c) => [() => c.b.mul(c.dY, c.b.op('Sigmoid', [c.x(0)], {}))],
  // 1 between the bounds, 0 at them and beyond, as in PyTorch's hardtanh and relu6.
  Clip: (c) => [
    () => {
      const [low, high] = [1, 2].map((i) => c.node.inputs[i] ?? null);
      const masks = [
        ...(low ? [c.b.op('Greater', [c.x(0), low], {})] : []),
        ...(high ? [c.b.op('Greater', [high, c.x(0)], {})] : []),
      ];
      return masks.reduce((gradient, mask) => c.b.mul(gradient, c.b.cast(mask, gradient.dtype)), c.dY);
    },
    null,
    null,
  ],
  Identity: ({ dY }) => [dY],
  // Rounding to whole numbers has the derivative 0 wherever it has one.
  Cast: (c) => [isFloat(c.x(0)) && isFloat(c.y()) ? () => c.b.cast(c.dY, c.x(0).dtype) : null],
  // The gradient goes to whichever side was taken.
  Where: (c) => [
    null,
    () => c.b.op('Where', [c.x(0), c.dY, c.b.scalar(0)], {}),
    () => c.b.op('Where', [c.x(0), c.b.scalar(0), c.dY], {}),
  ],
};
