import type { ortTraining } from '../../ir/ops/ort-training.ts';
import type { RuleEntry } from '../rule.ts';

/** The target `ort-training` makes these operators after differentiation, so none of them needs a rule. */
export const ortTrainingRules: { readonly [O in keyof typeof ortTraining]: RuleEntry<O> } = {
  DropoutGrad: 'forbidden',
  OrtMaxPoolGrad: 'forbidden',
  OrtBatchNormInternal: 'forbidden',
  InPlaceAccumulatorV2: 'forbidden',
  Group: 'forbidden',
  OrtAdamWOptimizer: 'forbidden',
};
