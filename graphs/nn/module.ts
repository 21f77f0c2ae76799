import type { DataType, Value } from '../ir/types.ts';
import type { Forward } from './forward.ts';
import type { Initializer } from './initializers.ts';

/** A trained tensor (float32). Names are those of PyTorch's state_dict: `conv1.weight`. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initialize: Initializer;
}

/** State that the forward pass itself updates, such as running statistics. */
export interface BufferSpec {
  readonly name: string;
  readonly dtype: DataType & ('float32' | 'int64');
  readonly shape: readonly number[];
  /** The value of every element before training. */
  readonly fill: number;
}

/** A piece of a network: what it owns, and how values pass through it. */
export interface Module {
  readonly name: string;
  /** What it is, for summaries: `Conv2d(1, 32, kernel 3)`. */
  readonly description: string;
  readonly parameters: readonly ParameterSpec[];
  readonly buffers: readonly BufferSpec[];
  readonly children: readonly Module[];
  forward(f: Forward, x: Value): Value;
}
