/** The table of gradient rules: an operator without an entry does not compile. */
import type { OpName } from '../../ir/ops/index.ts';
import type { RuleEntry } from '../rule.ts';
import { elementwiseRules } from './elementwise.ts';
import { nchwcRules } from './nchwc.ts';
import { neuralRules } from './neural.ts';
import { ortTrainingRules } from './ort-training.ts';
import { quantizationRules } from './quantization.ts';
import { tensorRules } from './tensor.ts';
import { trainingRules } from './training.ts';

export const rules: { readonly [O in OpName]: RuleEntry<O> } = {
  ...elementwiseRules,
  ...tensorRules,
  ...neuralRules,
  ...nchwcRules,
  ...quantizationRules,
  ...trainingRules,
  ...ortTrainingRules,
};
