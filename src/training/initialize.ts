import { elementCount, type Tensor, zeros } from '../../graphs/ir/types.ts';
import type { Module } from '../../graphs/nn/module.ts';
import type { Program } from '../../graphs/programs/program.ts';
import { Mt19937 } from '../random/mt19937.ts';

/** Named tensors: parameters, buffers and optimizer state under their checkpoint names. */
export type TensorMap = ReadonlyMap<string, Tensor>;

/**
 * The state before the first step: parameters as PyTorch initializes them after `manual_seed(seed)`, bit for bit;
 * buffers at their fill values; optimizer state at zero.
 */
export function initialState(network: Module, program: Program, seed: number): TensorMap {
  const bits = new Mt19937(seed);
  const state = new Map<string, Tensor>();
  for (const { name, shape, initialize } of network.parameters)
    state.set(name, { dtype: 'float32', shape, data: initialize(elementCount(shape), bits) });
  for (const { name, dtype, shape, fill } of network.buffers) {
    if (dtype === 'int64') {
      const tensor = zeros('int64', shape);
      tensor.data.fill(BigInt(fill));
      state.set(name, tensor);
    } else {
      const tensor = zeros('float32', shape);
      tensor.data.fill(fill);
      state.set(name, tensor);
    }
  }
  for (const { name, kind, dtype, shape } of program.state)
    if (kind === 'optimizer') state.set(name, zeros(dtype, shape));
  return state;
}
