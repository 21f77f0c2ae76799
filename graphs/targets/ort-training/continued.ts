import type { GraphBuilder } from '../../ir/builder.ts';
import type { Graph } from '../../ir/graph.ts';
import { GraphRewriter } from '../../ir/rewrite.ts';
import { GraphError, type Value } from '../../ir/types.ts';

/** Names that ONNX Runtime's training API gives its own inputs and outputs (orttraining/training_api/module.cc). */
export const names = {
  resetGradient: 'lazy_reset_grad',
  gradientBuffer: (parameter: string) => `${parameter}_grad.accumulation.buffer`,
  gradientAccumulated: (parameter: string) => `${parameter}_grad.accumulation.out`,
} as const;

/**
 * A builder that goes on where a graph ends: the graph's constants and nodes are in it under their names. Inputs are the
 * caller's choice, outputs are still to be named. Throws GraphError where the graph reads an input that was not chosen.
 */
export function continued(graph: Graph, inputs: readonly Omit<Value, 'sequence'>[]): GraphBuilder {
  const walk = new WithInputs(graph, inputs);
  walk.inputs();
  walk.initializers();
  walk.nodes();
  return walk.b;
}

class WithInputs extends GraphRewriter {
  private readonly chosen: readonly Omit<Value, 'sequence'>[];

  constructor(graph: Graph, chosen: readonly Omit<Value, 'sequence'>[]) {
    super(graph);
    this.chosen = chosen;
  }

  override inputs(): void {
    for (const { name, dtype, shape } of this.chosen) this.become({ name }, this.b.input(name, dtype, shape));
  }
}

/** The value of that name. Throws GraphError where there is none. */
export function lookUp(values: readonly Value[], name: string): Value {
  const value = values.find((candidate) => candidate.name === name);
  if (!value) throw new GraphError(`internal: there is no value '${name}'`);
  return value;
}

/** bool[1]: true, once all these values are there. Group promises a scalar and makes one element; here it is one. */
export function allOf(b: GraphBuilder, values: readonly Value[]): Value {
  return b.reshape(b.op('Group', values, {}), [1]);
}
