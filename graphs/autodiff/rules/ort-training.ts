import type { ortTraining } from '../../ir/ops/ort-training.ts';
import type { RuleEntry } from '../rule.ts';

/** A target makes these, after differentiation. */
export const ortTrainingRules: { readonly [O in keyof typeof ortTraining]: RuleEntry<O> } = {
  DropoutGrad: 'forbidden',
  OrtMaxPoolGrad: 'forbidden',
  OrtBatchNormInternal: 'forbidden',
  InPlaceAccumulatorV2: 'forbidden',
  Group: 'forbidden',
  OrtAdamWOptimizer: 'forbidden',
};
