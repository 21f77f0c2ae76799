import type { Module } from '../../graphs/nn/module.ts';
import type { TensorMap } from './initialize.ts';

/** The names of all parameters and buffers of a network. */
export function knownNames(network: Module): ReadonlySet<string> {
  return new Set([...network.parameters, ...network.buffers].map(({ name }) => name));
}

/**
 * Weights without what wrappers put before every name: `module.` (PyTorch's DataParallel and DistributedDataParallel),
 * `_orig_mod.` (torch.compile), `model.` (Lightning), whatever a network was an attribute of, and several of them. Names
 * stay as they are where they do not all begin alike, or where taking that away leads to no name that is known.
 *
 * @returns the prefix with its last dot, '' for none, and the tensors in their order
 */
export function withoutWrapping(
  weights: TensorMap,
  known: ReadonlySet<string>,
): { readonly prefix: string; readonly weights: TensorMap } {
  const names = [...weights.keys()];
  const [first = ''] = names;
  for (let length = 0; ; length = first.indexOf('.', length) + 1) {
    const prefix = first.slice(0, length);
    if (!names.every((name) => name.startsWith(prefix))) break;
    if (names.some((name) => known.has(name.slice(length))))
      return { prefix, weights: new Map([...weights].map(([name, tensor]) => [name.slice(length), tensor])) };
    if (!first.includes('.', length)) break;
  }
  return { prefix: '', weights };
}
