import type { elementwise } from '../../ir/ops/elementwise.ts';
import type { Value } from '../../ir/types.ts';
import type { RuleEntry } from '../rule.ts';

const isFloat = ({ dtype }: Value) => dtype.startsWith('float');

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
  // Targets make HardSigmoid after differentiation, and clipping comes after the gradients.
  HardSigmoid: 'forbidden',
  // d tanh(a) = (1 - y²) da
  Tanh: (c) => [() => c.b.mul(c.dY, c.b.sub(c.b.scalar(1), c.b.mul(c.y(), c.y())))],
  Relu: (c) => [() => c.b.op('ReluGrad', [c.dY, c.y()], {})],
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
