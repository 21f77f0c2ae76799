import type { nchwc } from '../../ir/ops/nchwc.ts';
import type { RuleEntry } from '../rule.ts';

/** Targets make the operators of the blocked layout after differentiation, so none of them needs a rule. */
export const nchwcRules: { readonly [O in keyof typeof nchwc]: RuleEntry<O> } = {
  NchwcConv: 'forbidden',
  NchwcMaxPool: 'forbidden',
  NchwcUpsample: 'forbidden',
  NchwcGlobalAveragePool: 'forbidden',
  ReorderInput: 'forbidden',
  ReorderOutput: 'forbidden',
};
