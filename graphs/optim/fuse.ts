import type { PerParameter } from './groups.ts';
import { type AdamAttributes, chain, type Transformation } from './transformation.ts';
import { moments, momentsOf, scaledRate } from './transformations.ts';

/**
 * Transformations of which the last, where they are Adam, then weight decay or not, the learning rate and the descent, are
 * one training operator for each parameter: AdamWOptimizer, which a target lowers or its runtime has.
 */
export function fuseAdamW(parts: readonly Transformation[]): Transformation {
  const [descent, rate, before] = parts.toReversed().map(({ form }) => form);
  const decay = before?.kind === 'decay' ? before : undefined;
  const at = parts.length - (decay ? 4 : 3);
  const adam = parts[at]?.form;
  if (descent?.kind !== 'descent' || rate?.kind !== 'rate' || adam?.kind !== 'adam') return chain(...parts);
  return chain(...parts.slice(0, at), adamWStep(adam.attributes, decay?.rateOf ?? (() => 0), rate.factorOf));
}

/**
 * p (1 - lr λ) - lr · Adam's direction. A weight decay that is an input of the graph is applied before the operator, which
 * takes a constant only, by the operator's own formula.
 */
function adamWStep(attributes: AdamAttributes, decayOf: PerParameter, factorOf: PerParameter): Transformation {
  return {
    state: [moments.first, moments.second],
    update: (step, slots) =>
      step.each(slots, (slot) => {
        const { b } = step;
        const { gradient, first, second } = momentsOf(slot);
        const decay = decayOf(slot.name);
        const rate = scaledRate(step, factorOf(slot.name));
        const isConstant = typeof decay === 'number';
        const weight = isConstant
          ? slot.parameter
          : b.mul(slot.parameter, b.sub(b.scalar(1), b.mul(rate, step.valueOf(decay))));
        const [parameter, nextFirst, nextSecond] = b.multi(
          'AdamWOptimizer',
          [rate, step.step, weight, gradient, first, second],
          { ...attributes, weight_decay: isConstant ? decay : 0 },
        );
        const state = { ...slot.state, [moments.first]: nextFirst, [moments.second]: nextSecond };
        return { ...slot, parameter, state };
      }),
  };
}
