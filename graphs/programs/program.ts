import type { Graph } from '../ir/graph.ts';
import type { DataType, Shape } from '../ir/types.ts';
import type { MaskInput } from '../nn/forward.ts';

/** A tensor that a training step reads under one name and writes under another. */
export interface StateTensor {
  /** The input's name, which is the tensor's name in checkpoints: `conv1.weight`. */
  readonly name: string;
  /** The output's name: `conv1.weight.next`. */
  readonly next: string;
  readonly kind: 'parameter' | 'buffer' | 'optimizer';
  readonly dtype: DataType;
  readonly shape: readonly number[];
}

/** An input or output of a program. */
export interface Port {
  readonly name: string;
  readonly dtype: DataType;
  readonly shape: Shape;
}

/** The programs that are derived from a model's forward. */
export type ProgramName = 'train_step' | 'eval_step' | 'predict' | 'inspect';

/** A graph with what a caller must know to run it. */
export interface Program {
  readonly name: ProgramName;
  readonly graph: Graph;
  /** What the caller feeds each time: images, labels, learning rate, step. */
  readonly inputs: readonly Port[];
  /** Dropout masks to draw for each step. */
  readonly masks: readonly MaskInput[];
  /** Parameters, buffers and optimizer state. Programs that do not train only read theirs (`next` is ''). */
  readonly state: readonly StateTensor[];
  /** What the caller reads: loss, correct; logits, probabilities; taps. */
  readonly outputs: readonly Port[];
}
