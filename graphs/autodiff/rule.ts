import type { GraphBuilder } from '../ir/builder.ts';
import type { NodeOf } from '../ir/graph.ts';
import type { OpName } from '../ir/ops/index.ts';
import { GraphError, type Value } from '../ir/types.ts';

/** What a rule sees of the node that it differentiates. */
export class RuleContext<O extends OpName> {
  readonly b: GraphBuilder;
  readonly node: NodeOf<O>;
  /** Gradients that reached the outputs, in their order; null where none did. */
  readonly gradients: readonly (Value | null)[];
  private readonly wanted: readonly boolean[];

  constructor(
    b: GraphBuilder,
    node: NodeOf<O>,
    gradients: readonly (Value | null)[],
    /** For each input, whether it leads to something that is differentiated. */
    wanted: readonly boolean[],
  ) {
    this.b = b;
    this.node = node;
    this.gradients = gradients;
    this.wanted = wanted;
  }

  /** The gradient of the first output. */
  get dY(): Value {
    return present(this.gradients[0], `${this.node.name}: gradient of the first output`);
  }

  /** Input `index`. Throws GraphError where it is absent. */
  x(index: number): Value {
    return present(this.node.inputs[index], `${this.node.name}: input ${index}`);
  }

  /** Output `index`. Throws GraphError where it was not wanted. */
  y(index = 0): Value {
    return present(this.node.outputs[index], `${this.node.name}: output ${index}`);
  }

  /** Whether anybody asks for the gradient of input `index`. */
  wants(index: number): boolean {
    return this.wanted[index] === true;
  }
}

function present(value: Value | null | undefined, what: string): Value {
  if (!value) throw new GraphError(`internal: ${what} is missing`);
  return value;
}

/** The gradient of one input: a value, a recipe made only when it is wanted, or null for an input that has none. */
export type InputGradient = Value | (() => Value) | null;

/**
 * How gradients pass through an operator: one entry for each input. Rules may ignore broadcasting (the walk sums the
 * broadcast axes away) and accumulation (the walk adds contributions).
 */
export type Rule<O extends OpName> = (context: RuleContext<O>) => readonly InputGradient[];

/**
 * A rule, or why there is none: 'none' where the derivative is zero wherever it exists (comparisons, indices),
 * 'forbidden' where differentiating would be a mistake (there is a derivative, and nobody wrote it down).
 */
export type RuleEntry<O extends OpName> = Rule<O> | 'none' | 'forbidden';
