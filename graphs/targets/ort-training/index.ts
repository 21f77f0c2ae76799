import { adamw } from '../portable/adamw.ts';
import type { Target } from '../target.ts';
import { inPlace } from './in-place.ts';
import { batchNorm, maskedDropout, poolGradient } from './lowerings.ts';

/**
 * ONNX Runtime's own gradient kernels, for its training build. The update stays in the graph and in standard operators,
 * because the runtime's own AdamWOptimizer takes its learning rate from an API that JavaScript does not have.
 */
export const ortTraining: Target = {
  name: 'ort-training',
  lowerings: {
    SoftmaxCrossEntropyLoss: 'native',
    SoftmaxCrossEntropyLossGrad: 'native',
    ReluGrad: 'native',
    ConvGrad: 'native',
    BatchNormalizationGrad: 'native',
    MaxPoolGrad: poolGradient,
    BatchNormInternal: batchNorm,
    MaskedDropout: maskedDropout,
    AdamWOptimizer: adamw,
  },
  finish: inPlace,
};
