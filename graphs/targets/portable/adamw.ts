import type { Value } from '../../ir/types.ts';
import type { LoweringContext } from '../target.ts';

/**
 * AdamW of one parameter. Bias corrections are powers close to 1 whose difference from 1 matters, so they are computed
 * in float64 as PyTorch does; they depend on the step alone, and equal nodes are merged, so all parameters share them.
 */
export function adamw(c: LoweringContext<'AdamWOptimizer'>): readonly Value[] {
  const { b } = c;
  const { alpha, beta, epsilon, weight_decay } = c.node.attributes;
  const [rate, step, weight, gradient, first, second] = [c.x(0), c.x(1), c.x(2), c.x(3), c.x(4), c.x(5)];

  const wide = (number: number) => b.constant({ dtype: 'float64', shape: [1], data: Float64Array.of(number) });
  const wideStep = b.cast(step, 'float64');
  const correction = (decay: number) => b.sub(wide(1), b.op('Pow', [wide(decay), wideStep], {}));
  const stepSize = b.cast(b.div(b.cast(rate, 'float64'), correction(alpha)), 'float32');
  const spread = b.cast(b.op('Reciprocal', [b.sqrt(correction(beta))], {}), 'float32');

  // m + (1 - β₁)(g - m): one multiplication less than β₁ m + (1 - β₁) g, and PyTorch's own order (lerp).
  const nextFirst = b.add(first, b.mul(b.sub(gradient, first), b.scalar(1 - alpha)));
  const square = b.mul(b.mul(gradient, gradient), b.scalar(1 - beta));
  const nextSecond = b.add(b.mul(second, b.scalar(beta)), square);
  const scale = b.add(b.mul(b.sqrt(nextSecond), spread), b.scalar(epsilon));
  const change = b.mul(b.div(nextFirst, scale), stepSize);
  const decayed = weight_decay === 0 ? weight : b.mul(weight, b.sub(b.scalar(1), b.mul(rate, b.scalar(weight_decay))));
  return [b.sub(decayed, change), nextFirst, nextSecond];
}
