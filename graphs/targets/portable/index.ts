import { removeDeadCode } from '../../ir/passes/dead-code.ts';
import { flattenElementwise } from '../../ir/passes/flatten-elementwise.ts';
import { removeIdentities } from '../../ir/passes/identity.ts';
import { maskBeforeSpreading } from '../../ir/passes/mask-before-spreading.ts';
import type { Target } from '../target.ts';
import { adamw } from './adamw.ts';
import { batchNorm, batchNormGradient } from './batch-norm.ts';
import { convGrad } from './conv.ts';
import { lossForward, lossGradient } from './loss.ts';
import { maxPoolGradient } from './pool.ts';

/** Standard ONNX operators only (opset 17): runs on any execution provider. */
export const portable = {
  name: 'portable',
  lowerings: {
    SoftmaxCrossEntropyLoss: lossForward,
    SoftmaxCrossEntropyLossGrad: lossGradient,
    ConvGrad: convGrad,
    // A product with a cast comparison: Where and Sign were measured slower on the CPU provider.
    ReluGrad: (c) => {
      const positive = c.b.op('Greater', [c.x(1), c.b.scalar(0)], {});
      return [c.b.mul(c.x(0), c.b.cast(positive, 'float32'))];
    },
    MaxPoolGrad: maxPoolGradient,
    BatchNormInternal: batchNorm,
    BatchNormalizationGrad: batchNormGradient,
    MaskedDropout: (c) => {
      const scaled = c.b.mul(c.b.cast(c.x(1), 'float32'), c.b.scalar(1 / (1 - c.node.attributes.ratio)));
      return [c.b.mul(c.x(0), scaled)];
    },
    AdamWOptimizer: adamw,
  },
  before: [maskBeforeSpreading],
  after: [flattenElementwise, removeIdentities, removeDeadCode],
} satisfies Target;
