import type { GraphBuilder } from '../ir/builder.ts';
import { GraphError, type Value } from '../ir/types.ts';
import type { BufferSpec, ParameterSpec } from './specs.ts';

/** A dropout mask that the host draws for each step: bool, 1 keeps an element. */
export interface MaskInput {
  readonly name: string;
  readonly shape: readonly number[];
  /** Probability of dropping an element. */
  readonly ratio: number;
}

/**
 * One run of a model's forward function over symbols. It turns what modules ask for (parameters, buffers, masks) into
 * inputs of the graph, and remembers what they leave behind (buffer updates, taps). Training and inference part here:
 * `training` is the only thing that modules may ask about the program they are in.
 */
export class Forward {
  readonly b: GraphBuilder;
  readonly training: boolean;
  readonly parameters = new Map<string, Value>();
  readonly buffers = new Map<string, Value>();
  readonly updates = new Map<string, Value>();
  readonly taps = new Map<string, Value>();
  readonly masks: MaskInput[] = [];

  constructor(b: GraphBuilder, training: boolean) {
    this.b = b;
    this.training = training;
  }

  parameter({ name, shape }: ParameterSpec): Value {
    const known = this.parameters.get(name);
    if (known) return known;
    const value = this.b.input(name, 'float32', shape);
    this.parameters.set(name, value);
    return value;
  }

  buffer({ name, dtype, shape }: BufferSpec): Value {
    const known = this.buffers.get(name);
    if (known) return known;
    const value = this.b.input(name, dtype, shape);
    this.buffers.set(name, value);
    return value;
  }

  /** What a buffer becomes after this step. Only meaningful in training. */
  update({ name }: BufferSpec, value: Value): void {
    if (this.updates.has(name)) throw new GraphError(`buffer '${name}' is updated twice in one step`);
    this.updates.set(name, value);
  }

  /** Names a value, so that the inspect program can return it (PyTorch's forward hooks). */
  tap(name: string, value: Value): Value {
    if (this.taps.has(name)) throw new GraphError(`two taps are named '${name}'`);
    this.taps.set(name, value);
    return value;
  }

  /**
   * The taps that a program can return under their names, in order: all but those of layers whose parameter has the layer's own
   * name, as a class token's, which is an input of the graph.
   */
  get inspectable(): ReadonlyMap<string, Value> {
    return new Map([...this.taps].filter(([name]) => !this.parameters.has(name) && !this.buffers.has(name)));
  }

  mask(name: string, shape: readonly number[], ratio: number): Value {
    this.masks.push({ name, shape, ratio });
    return this.b.input(name, 'bool', shape);
  }
}
