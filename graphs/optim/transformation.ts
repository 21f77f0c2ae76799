/** What an update rule is made of: gradient transformations that compose, after optax (DeepMind, 2020). */
import type { GraphBuilder } from '../ir/builder.ts';
import type { AttributesOf } from '../ir/ops/index.ts';
import { GraphError, type Value } from '../ir/types.ts';
import type { PerParameter, Setting } from './groups.ts';

/** One parameter in one step: float32 tensors, all of its shape. */
export interface Slot {
  /** The parameter's name: `conv1.weight`. */
  readonly name: string;
  readonly parameter: Value;
  /** What the step subtracts from the parameter in the end; the gradient to begin with. */
  readonly update: Value;
  /** State tensors, each under its own name: `exp_avg`. */
  readonly state: Readonly<Record<string, Value>>;
}

/**
 * A pure function from the slots of all parameters to the slots that the next transformation sees. A transformation holds
 * nothing: its state comes in and goes out with the slots, and the engine owns it.
 */
export interface Transformation {
  /** Names of the state tensors that it keeps for each parameter: float32 of the parameter's shape, zero before the first step. */
  readonly state: readonly string[];
  update(step: Step, slots: readonly Slot[]): readonly Slot[];
  /** What a chain is made of, in order. */
  readonly parts?: readonly Transformation[];
  /** What it computes, for those who compute several transformations by one operator. */
  readonly form?: Form;
}

/** Transformations that the training operator AdamWOptimizer is made of. */
export type Form =
  | { readonly kind: 'adam'; readonly attributes: AdamAttributes }
  | { readonly kind: 'decay'; readonly rateOf: PerParameter }
  | { readonly kind: 'rate'; readonly factorOf: PerParameter }
  | { readonly kind: 'descent' };

/** alpha and beta are the decay rates of the two moments, as ONNX names them. */
export type AdamAttributes = Omit<AttributesOf<'AdamWOptimizer'>, 'weight_decay'>;

/** What transformations share in one step: the graph, the learning rate float32[1], the step's number int64[1] from 1. */
export class Step {
  readonly b: GraphBuilder;
  readonly learningRate: Value;
  readonly step: Value;
  private readonly name: string;
  private readonly inputs = new Map<string, Value>();

  /** @param name of the optimizer: nodes are named below it */
  constructor(b: GraphBuilder, name: string, { learningRate, step }: Pick<Step, 'learningRate' | 'step'>) {
    this.b = b;
    this.name = name;
    this.learningRate = learningRate;
    this.step = step;
  }

  /** Each slot changed by itself; what `change` adds to the graph is named below the parameter: `conv1.weight/adam/Mul`. */
  each<T>(slots: readonly Slot[], change: (slot: Slot) => T): readonly T[] {
    return slots.map((slot) => this.b.within(`${slot.name}/${this.name}`, () => change(slot)));
  }

  /** Work on all parameters at once, named below the optimizer. */
  together<T>(body: () => T): T {
    return this.b.within(this.name, body);
  }

  /** A setting as a value that broadcasts over any tensor: a constant, or the graph's float32[1] input of that name. */
  valueOf(setting: Setting): Value {
    if (typeof setting === 'number') return this.b.scalar(setting);
    const known = this.inputs.get(setting.input);
    const value = known ?? this.b.input(setting.input, 'float32', [1]);
    this.inputs.set(setting.input, value);
    return value;
  }

  /** The inputs that settings have asked for, in that order: the caller feeds them in each step. */
  get settings(): readonly Value[] {
    return [...this.inputs.values()];
  }
}

/**
 * Transformations one after the other, each on what the one before it has left. Throws GraphError where two of them keep
 * a state of the same name.
 */
export function chain(...transformations: readonly Transformation[]): Transformation {
  const parts = transformations.flatMap((transformation) => transformation.parts ?? [transformation]);
  const state = parts.flatMap((part) => part.state);
  const twice = state.find((name, i) => state.indexOf(name) !== i);
  if (twice !== undefined) throw new GraphError(`two transformations of a chain keep a state named '${twice}'`);
  return {
    state,
    parts,
    update: (step, slots) => parts.reduce((changed, part) => part.update(step, changed), slots),
  };
}

/** A slot's state tensor. Throws GraphError where the caller has not given it. */
export function stateOf({ name, state }: Slot, key: string): Value {
  const value = state[key];
  if (!value) throw new GraphError(`internal: there is no state '${key}' of '${name}'`);
  return value;
}
