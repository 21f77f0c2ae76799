import type { quantization } from '../../ir/ops/quantization.ts';
import type { RuleEntry } from '../rule.ts';

/** Quantization comes after training, so it has no rules; a straight-through estimate would be a decision of its own. */
export const quantizationRules: { readonly [O in keyof typeof quantization]: RuleEntry<O> } = {
  QuantizeLinear: 'forbidden',
  DequantizeLinear: 'forbidden',
};
