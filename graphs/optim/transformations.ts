/** The gradient transformations: each by itself; `chain` composes them. */
import { GraphError, type Value } from '../ir/types.ts';
import { adamMoments, biasCorrection } from './adam-moments.ts';
import type { PerParameter, Setting } from './groups.ts';
import { type Slot, type Step, stateOf, type Transformation } from './transformation.ts';

/** Keeps the quotient finite where all gradients are zero; PyTorch's own number. */
const smallestNorm = 1e-6;

/**
 * All gradients times min(1, max / (‖g‖ + 1e-6)), where ‖g‖ is the 2-norm of all of them together: PyTorch's
 * `clip_grad_norm_` (Pascanu, Mikolov and Bengio, 2013). Throws GraphError where `max` is not above zero.
 */
export function clipByGlobalNorm(max: number): Transformation {
  if (!(max > 0)) throw new GraphError(`the largest norm of the gradients must be above 0, got ${max}`);
  return {
    state: [],
    update: (step, slots) => {
      if (slots.length === 0) return slots;
      const { b } = step;
      const squares = step.each(slots, ({ update }) => b.sum(b.mul(update, update)));
      const factor = step.together(() => {
        const norm = b.sqrt(squares.reduce((sum, square) => b.add(sum, square)));
        const quotient = b.div(b.scalar(max), b.add(norm, b.scalar(smallestNorm)));
        // min(1, q), as q is not negative.
        return b.op('HardSigmoid', [quotient], { alpha: 1, beta: 0 });
      });
      return step.each(slots, (slot) => ({ ...slot, update: b.mul(slot.update, factor) }));
    },
  };
}

/**
 * g + λ p: weight decay where it comes last before the learning rate (Loshchilov and Hutter, 2019), the gradient of
 * λ/2 |p|² where it comes first.
 *
 * @param rate λ, one for all parameters or one for each
 * @param decays which parameters decay; all of them where nothing is said
 */
export function addDecayedWeights(
  rate: Setting | PerParameter,
  decays: (parameter: string) => boolean = () => true,
): Transformation {
  const rateOf: PerParameter = (name) => {
    if (!decays(name)) return 0;
    return typeof rate === 'function' ? rate(name) : rate;
  };
  return {
    state: [],
    form: { kind: 'decay', rateOf },
    update: (step, slots) =>
      step.each(slots, (slot) => {
        const decay = rateOf(slot.name);
        if (decay === 0) return slot;
        const pull = step.b.mul(slot.parameter, step.valueOf(decay));
        return { ...slot, update: step.b.add(slot.update, pull) };
      }),
  };
}

/** b' = μ b + g, which is the update (PyTorch's SGD: no dampening, no Nesterov). State: `momentum_buffer`. */
export function trace(momentum: number): Transformation {
  const key = 'momentum_buffer';
  return {
    state: [key],
    update: (step, slots) =>
      step.each(slots, (slot) => {
        const moved = step.b.add(step.b.mul(stateOf(slot, key), step.b.scalar(momentum)), slot.update);
        return { ...slot, update: moved, state: { ...slot.state, [key]: moved } };
      }),
  };
}

/** Constants of Adam, PyTorch's by default. */
export interface AdamOptions {
  /** Decay rates of the two moments; 0.9 and 0.999 by default. */
  readonly betas?: readonly [number, number];
  /** Added to the root of the second moment; 1e-8 by default. */
  readonly eps?: number;
}

/** Names of Adam's moments, as PyTorch calls them. */
export const moments = { first: 'exp_avg', second: 'exp_avg_sq' } as const;

/**
 * Adam's direction (Kingma and Ba, 2015): m' = β₁ m + (1-β₁) g;  v' = β₂ v + (1-β₂) g²;  the update is
 * m' / (1-β₁ᵗ) / (√v' / √(1-β₂ᵗ) + ε). State: `exp_avg`, `exp_avg_sq`.
 */
export function scaleByAdam({ betas = [0.9, 0.999], eps = 1e-8 }: AdamOptions = {}): Transformation {
  const attributes = { alpha: betas[0], beta: betas[1], epsilon: eps };
  return {
    state: [moments.first, moments.second],
    form: { kind: 'adam', attributes },
    update: (step, slots) =>
      step.each(slots, (slot) => {
        const { b } = step;
        const wide = b.cast(step.step, 'float64');
        const size = b.cast(b.op('Reciprocal', [biasCorrection(b, wide, attributes.alpha)], {}), 'float32');
        const { ratio, first, second } = adamMoments(b, wide, momentsOf(slot), attributes);
        const state = { ...slot.state, [moments.first]: first, [moments.second]: second };
        return { ...slot, update: b.mul(ratio, size), state };
      }),
  };
}

/** A slot's gradient and its moments, as Adam reads them. */
export function momentsOf(slot: Slot): { readonly gradient: Value; readonly first: Value; readonly second: Value } {
  return { gradient: slot.update, first: stateOf(slot, moments.first), second: stateOf(slot, moments.second) };
}

/**
 * The update times the learning rate.
 *
 * @param factor by which a parameter's learning rate is more, or less; 1 by default
 */
export function scaleByLearningRate(factor: Setting | PerParameter = 1): Transformation {
  const factorOf: PerParameter = (name) => (typeof factor === 'function' ? factor(name) : factor);
  return {
    state: [],
    form: { kind: 'rate', factorOf },
    update: (step, slots) =>
      step.each(slots, (slot) => ({ ...slot, update: step.b.mul(slot.update, scaledRate(step, factorOf(slot.name))) })),
  };
}

/** The learning rate times a factor, float32[1]. */
export function scaledRate(step: Step, factor: Setting): Value {
  return factor === 1 ? step.learningRate : step.b.mul(step.learningRate, step.valueOf(factor));
}

/** The step itself: each parameter less its update. */
export const descent: Transformation = {
  state: [],
  form: { kind: 'descent' },
  update: (step, slots) =>
    step.each(slots, (slot) => ({ ...slot, parameter: step.b.sub(slot.parameter, slot.update) })),
};
