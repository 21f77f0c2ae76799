import type { nchwc } from '../../ir/ops/nchwc.ts';
import type { RuleEntry } from '../rule.ts';

/** A target makes these, after differentiation. */
export const nchwcRules: { readonly [O in keyof typeof nchwc]: RuleEntry<O> } = {
  NchwcConv: 'forbidden',
  NchwcMaxPool: 'forbidden',
  NchwcGlobalAveragePool: 'forbidden',
  ReorderInput: 'forbidden',
  ReorderOutput: 'forbidden',
};
