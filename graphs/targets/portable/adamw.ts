import type { Value } from '../../ir/types.ts';
import { adamMoments, biasCorrection } from '../../optim/adam-moments.ts';
import type { LoweringContext } from '../target.ts';

/** AdamW of one parameter: p (1 - lr λ) - lr / (1-β₁ᵗ) · m / (√v / √(1-β₂ᵗ) + ε). */
export function adamw(c: LoweringContext<'AdamWOptimizer'>): readonly Value[] {
  const { b } = c;
  const { weight_decay, ...attributes } = c.node.attributes;
  const [rate, weight] = [c.x(0), c.x(2)];
  const step = b.cast(c.x(1), 'float64');
  const stepSize = b.cast(b.div(b.cast(rate, 'float64'), biasCorrection(b, step, attributes.alpha)), 'float32');
  const operands = { gradient: c.x(3), first: c.x(4), second: c.x(5) };
  const { ratio, first, second } = adamMoments(b, step, operands, attributes);
  const change = b.mul(ratio, stepSize);
  const decayed = weight_decay === 0 ? weight : b.mul(weight, b.sub(b.scalar(1), b.mul(rate, b.scalar(weight_decay))));
  return [b.sub(decayed, change), first, second];
}
