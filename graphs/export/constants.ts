import type { Graph, Node } from '../ir/graph.ts';
import { GraphError, type TensorOf, type Value } from '../ir/types.ts';

/** The float32 constants of a graph, by name. */
export function floatConstants(graph: Graph): ReadonlyMap<string, TensorOf<'float32'>> {
  return new Map(
    graph.initializers.flatMap(({ value, tensor }) => (tensor.dtype === 'float32' ? [[value.name, tensor]] : [])),
  );
}

/** Operand `index` of a node, which must be there. */
export function operand(node: Node, index: number): Value {
  const value = node.inputs[index] ?? null;
  if (value === null) throw new GraphError(`internal: ${node.name} (${node.op}) has no input ${index}`);
  return value;
}

/** The first output of a node. */
export function result(node: Node): Value {
  const value = node.outputs[0] ?? null;
  if (value === null) throw new GraphError(`internal: ${node.name} (${node.op}) has no output`);
  return value;
}
