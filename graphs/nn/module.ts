import type { Value } from '../ir/types.ts';
import type { Forward } from './forward.ts';
import type { BufferSpec, ParameterSpec } from './specs.ts';

/** A piece of a network: what it owns, and how values pass through it. */
export interface Module {
  readonly name: string;
  /** What it is, for summaries: `Conv2d(1, 32, kernel 3)`. */
  readonly description: string;
  readonly parameters: readonly ParameterSpec[];
  readonly buffers: readonly BufferSpec[];
  readonly children: readonly Module[];
  /** What it does with its children's results, where they do not simply follow each other: `Add`. Then it has a tap of its own. */
  readonly joins?: string;
  forward(f: Forward, x: Value): Value;
}
