import type { Value } from '../../ir/types.ts';
import type { Forward } from '../forward.ts';
import type { Module } from '../module.ts';

/** A module without parameters. */
export function stateless(name: string, description: string, forward: (f: Forward, x: Value) => Value): Module {
  return { name, description, parameters: [], buffers: [], children: [], forward };
}
