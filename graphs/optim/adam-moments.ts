/** Adam's arithmetic (Kingma and Ba, 2015, algorithm 1), for the transformation and for the training operator alike. */
import type { GraphBuilder } from '../ir/builder.ts';
import type { Value } from '../ir/types.ts';
import type { AdamAttributes } from './transformation.ts';

/**
 * 1 - βᵗ, float64[1]. Bias corrections are powers close to 1 whose difference from 1 matters, so they are computed in
 * float64 as PyTorch does; they depend on the step alone, and equal nodes are merged, so all parameters share them.
 *
 * @param step float64[1]: the step's number, from 1
 */
export function biasCorrection(b: GraphBuilder, step: Value, decay: number): Value {
  const wide = (number: number) => b.constant({ dtype: 'float64', shape: [1], data: Float64Array.of(number) });
  return b.sub(wide(1), b.op('Pow', [wide(decay), step], {}));
}

/** What Adam makes of a gradient: its next moments, and m / (√v / √(1-β₂ᵗ) + ε), which 1 / (1-β₁ᵗ) is still to multiply. */
export function adamMoments(
  b: GraphBuilder,
  step: Value,
  { gradient, first, second }: { readonly gradient: Value; readonly first: Value; readonly second: Value },
  { alpha, beta, epsilon }: AdamAttributes,
): { readonly ratio: Value; readonly first: Value; readonly second: Value } {
  const spread = b.cast(b.op('Reciprocal', [b.sqrt(biasCorrection(b, step, beta))], {}), 'float32');
  // m + (1 - β₁)(g - m): one multiplication less than β₁ m + (1 - β₁) g, and PyTorch's own order (lerp).
  const nextFirst = b.add(first, b.mul(b.sub(gradient, first), b.scalar(1 - alpha)));
  const square = b.mul(b.mul(gradient, gradient), b.scalar(1 - beta));
  const nextSecond = b.add(b.mul(second, b.scalar(beta)), square);
  const scale = b.add(b.mul(b.sqrt(nextSecond), spread), b.scalar(epsilon));
  return { ratio: b.div(nextFirst, scale), first: nextFirst, second: nextSecond };
}
