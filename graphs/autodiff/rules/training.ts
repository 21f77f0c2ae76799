import type { training } from '../../ir/ops/training.ts';
import { GraphError } from '../../ir/types.ts';
import type { RuleEntry } from '../rule.ts';

/** How gradients pass through the training operators. */
export const trainingRules: { readonly [O in keyof typeof training]: RuleEntry<O> } = {
  SoftmaxCrossEntropyLoss: (c) => {
    if (c.gradients[1]) throw new GraphError(`${c.node.name}: log_prob has no gradient, differentiate the loss only`);
    return [() => c.b.op('SoftmaxCrossEntropyLossGrad', [c.dY, c.y(1), c.x(1)], c.node.attributes), null];
  },
  BatchNormInternal: (c) => {
    if (c.gradients.slice(1).some((gradient) => gradient !== null))
      throw new GraphError(`${c.node.name}: statistics have no gradient, differentiate the normalised output only`);
    const { epsilon } = c.node.attributes;
    const operands = [c.dY, c.x(0), c.x(1), c.y(3), c.y(4)] as const;
    return [...c.b.multi('BatchNormalizationGrad', operands, { epsilon }), null, null];
  },
  // Dropout is linear in its data: the gradient takes the same mask and the same scale.
  MaskedDropout: (c) => [() => c.b.op('MaskedDropout', [c.dY, c.x(1)], c.node.attributes), null],
  // A training step needs no gradients of gradients.
  SoftmaxCrossEntropyLossGrad: 'forbidden',
  ReluGrad: 'forbidden',
  ConvGrad: 'forbidden',
  MaxPoolGrad: 'forbidden',
  BatchNormalizationGrad: 'forbidden',
  AdamWOptimizer: 'forbidden',
};
