import { GraphBuilder } from '../../ir/builder.ts';
import type { Graph, Node } from '../../ir/graph.ts';
import { GraphError, type Value } from '../../ir/types.ts';

/** Names that ONNX Runtime's training API gives its own inputs and outputs (orttraining/training_api/module.cc). */
export const names = {
  resetGradient: 'lazy_reset_grad',
  gradientBuffer: (parameter: string) => `${parameter}_grad.accumulation.buffer`,
  gradientAccumulated: (parameter: string) => `${parameter}_grad.accumulation.out`,
} as const;

/**
 * A builder that goes on where a graph ends: the graph's constants and nodes (those in `nodes`) are in it under their
 * names. Inputs are the caller's choice, outputs are still to be named.
 */
export function continued(
  graph: Graph,
  inputs: readonly Omit<Value, 'sequence'>[],
  nodes: readonly Node[] = graph.nodes,
): GraphBuilder {
  const b = new GraphBuilder(graph.name);
  for (const { name, dtype, shape } of inputs) b.input(name, dtype, shape);
  for (const { value, tensor } of graph.initializers) b.constant(tensor, value.name);
  for (const node of nodes) b.copy(node, (value) => value);
  return b;
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
