import { sameType, type TensorType } from '../../graphs/ir/types.ts';
import type { Module } from '../../graphs/nn/module.ts';
import type { TensorMap } from './initialize.ts';

/** The type and shape of a tensor that is there. */
export interface SizedType extends TensorType {
  readonly shape: readonly number[];
}

/** How the tensors of a file and those of a model go together, by name. */
export interface WeightMatch {
  /** In both, with one type and shape. */
  readonly matched: readonly string[];
  /** Only in the model. */
  readonly missing: readonly string[];
  /** Only in the file. */
  readonly unexpected: readonly string[];
  /** In both, with different types or shapes. */
  readonly different: readonly { readonly name: string; readonly expected: SizedType; readonly found: SizedType }[];
}

/** Compares the tensors of a file with the parameters and buffers of a network. */
export function matchWeights(network: Module, weights: TensorMap): WeightMatch {
  const expected = new Map<string, SizedType>([
    ...network.parameters.map(({ name, shape }) => [name, { dtype: 'float32', shape }] as const),
    ...network.buffers.map(({ name, dtype, shape }) => [name, { dtype, shape }] as const),
  ]);
  const both = [...expected].flatMap(([name, type]) => {
    const found = weights.get(name);
    return found ? [{ name, expected: type, found: { dtype: found.dtype, shape: found.shape } }] : [];
  });
  return {
    matched: both.filter((one) => sameType(one.expected, one.found)).map(({ name }) => name),
    missing: [...expected.keys()].filter((name) => !weights.has(name)),
    unexpected: [...weights.keys()].filter((name) => !expected.has(name)),
    different: both.filter((one) => !sameType(one.expected, one.found)),
  };
}
