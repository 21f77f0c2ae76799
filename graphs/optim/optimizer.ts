/** Optimizers under PyTorch's names: chains of gradient transformations. */
import { fuseAdamW } from './fuse.ts';
import { decaysOf, type ParameterGroup, ratesOf } from './groups.ts';
import { chain, type Transformation } from './transformation.ts';
import {
  type AdamOptions,
  addDecayedWeights,
  clipByGlobalNorm,
  descent,
  scaleByAdam,
  scaleByLearningRate,
  trace,
} from './transformations.ts';

/** An update rule under a name: it takes all parameters of a step with their gradients to the next ones. */
export interface Optimizer extends Pick<Transformation, 'state' | 'update'> {
  readonly name: string;
}

/**
 * An optimizer of a chain that ends in `scaleByLearningRate`: p - its update. `name` is part of the names of its nodes.
 *
 *     optimizer('adamw', chain(clipByGlobalNorm(1), scaleByAdam(), addDecayedWeights(0.01), scaleByLearningRate()))
 */
export function optimizer(name: string, transformation: Transformation): Optimizer {
  const { state, update } = fuseAdamW([...(transformation.parts ?? [transformation]), descent]);
  return { name, state, update };
}

/** What all optimizers here can be told. */
export interface OptimizerOptions {
  readonly weightDecay?: number;
  /** Parameters that do not decay are those of which this is false; all do by default. */
  readonly decays?: (parameter: string) => boolean;
  /** Parameters with a learning rate and a weight decay of their own. */
  readonly groups?: readonly ParameterGroup[];
  /** Clip the gradients, all together, at this norm; not at all by default. */
  readonly maxNorm?: number;
}

/** Adam with decoupled weight decay (Loshchilov and Hutter, 2019), PyTorch's defaults. */
export function adamw(options: AdamOptions & OptimizerOptions = {}): Optimizer {
  const { clip, decay, rate } = partsOf({ weightDecay: 1e-2, ...options });
  return optimizer('adamw', chain(...clip, scaleByAdam(options), ...decay, rate));
}

/** Adam (Kingma and Ba, 2015); `weightDecay`, none by default, is PyTorch's: an L2 term in the gradient. */
export function adam(options: AdamOptions & OptimizerOptions = {}): Optimizer {
  const { clip, decay, rate } = partsOf(options);
  return optimizer('adam', chain(...clip, ...decay, scaleByAdam(options), rate));
}

/** What stochastic gradient descent can be told. */
export interface SgdOptions extends OptimizerOptions {
  /** Without it there is no state; 0 by default. */
  readonly momentum?: number;
}

/** Stochastic gradient descent, PyTorch's form: b = μ b + g + λ p;  p = p - lr b. */
export function sgd({ momentum = 0, ...options }: SgdOptions = {}): Optimizer {
  const { clip, decay, rate } = partsOf(options);
  return optimizer('sgd', chain(...clip, ...decay, ...(momentum === 0 ? [] : [trace(momentum)]), rate));
}

/** The transformations that options ask for; gradients are clipped before anything else sees them. */
function partsOf({ weightDecay = 0, decays, groups = [], maxNorm }: OptimizerOptions) {
  return {
    clip: maxNorm === undefined ? [] : [clipByGlobalNorm(maxNorm)],
    decay: [addDecayedWeights(decaysOf(groups, weightDecay), decays)],
    rate: scaleByLearningRate(ratesOf(groups)),
  };
}
