import type { GraphBuilder } from '../ir/builder.ts';
import { GraphError, type Value } from '../ir/types.ts';

/** What an optimizer needs to know of one parameter in one step. All of one shape, float32. */
export interface Update {
  readonly parameter: Value;
  readonly gradient: Value;
  /** State tensors in the order of `Optimizer.state`. */
  readonly state: readonly Value[];
  /** float32[1] */
  readonly learningRate: Value;
  /** int64[1]: 1 in the first step. */
  readonly step: Value;
}

/**
 * An optimizer is a pure function over graphs: (parameter, gradient, state, learning rate, step) -> (parameter',
 * state'). It holds nothing; the engine owns the state.
 */
export interface Optimizer {
  readonly name: string;
  /** Names of the state tensors of each parameter, as PyTorch's optimizers call them. They start at zero. */
  readonly state: readonly string[];
  update(b: GraphBuilder, update: Update): { readonly parameter: Value; readonly state: readonly Value[] };
}

export interface AdamOptions {
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  readonly weightDecay?: number;
}

/** Adam with decoupled weight decay (Loshchilov and Hutter, 2019), PyTorch's defaults. */
export function adamw({ betas = [0.9, 0.999], eps = 1e-8, weightDecay = 1e-2 }: AdamOptions = {}): Optimizer {
  const attributes = { alpha: betas[0], beta: betas[1], epsilon: eps, weight_decay: weightDecay };
  return {
    name: 'adamw',
    state: ['exp_avg', 'exp_avg_sq'],
    update: (b, { parameter, gradient, state, learningRate, step }) => {
      const [first, second] = state.map(present);
      if (!first || !second) throw new GraphError('internal: adamw lost its state');
      const operands = [learningRate, step, parameter, gradient, first, second] as const;
      const [next, ...moments] = b.multi('AdamWOptimizer', operands, attributes);
      return { parameter: present(next), state: moments.map(present) };
    },
  };
}

/** Adam (Kingma and Ba, 2015); `weightDecay` is PyTorch's, an L2 term in the gradient. */
export function adam({ weightDecay = 0, ...options }: AdamOptions = {}): Optimizer {
  const inner = adamw({ ...options, weightDecay: 0 });
  return {
    ...inner,
    name: 'adam',
    update: (b, u) => inner.update(b, { ...u, gradient: withL2(b, u, weightDecay) }),
  };
}

export interface SgdOptions {
  readonly momentum?: number;
  readonly weightDecay?: number;
}

/** Stochastic gradient descent: b = μ b + g; p = p - lr b (PyTorch's form, no dampening, no Nesterov). */
export function sgd({ momentum = 0, weightDecay = 0 }: SgdOptions = {}): Optimizer {
  return {
    name: 'sgd',
    state: momentum === 0 ? [] : ['momentum_buffer'],
    update: (b, u) => {
      const gradient = withL2(b, u, weightDecay);
      const [buffer] = u.state;
      const moved = buffer ? b.add(b.mul(buffer, b.scalar(momentum)), gradient) : gradient;
      const parameter = b.sub(u.parameter, b.mul(moved, u.learningRate));
      return { parameter, state: buffer ? [moved] : [] };
    },
  };
}

/** The gradient of loss + λ/2 |p|². */
function withL2(b: GraphBuilder, { gradient, parameter }: Update, weightDecay: number): Value {
  if (weightDecay === 0) return gradient;
  return b.add(gradient, b.mul(parameter, b.scalar(weightDecay)));
}

function present(value: Value | null | undefined): Value {
  if (!value) throw new GraphError('internal: an optimizer lost an output');
  return value;
}
