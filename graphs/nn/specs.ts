import type { DataType } from '../ir/types.ts';
import type { ParameterInitializer } from './initializers.ts';

/** A trained tensor (float32). Names are those of PyTorch's state_dict: `conv1.weight`. */
export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initialize: ParameterInitializer;
}

/** State that the forward pass itself updates, such as running statistics. */
export interface BufferSpec {
  readonly name: string;
  readonly dtype: DataType & ('float32' | 'int64');
  readonly shape: readonly number[];
  /** The value of every element before training. */
  readonly fill: number;
}
