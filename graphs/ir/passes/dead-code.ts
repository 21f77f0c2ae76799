import type { Graph, Node } from '../graph.ts';
import { isOptional } from '../ops/definition.ts';
import { definitionOf } from '../ops/index.ts';

/** What `removeDeadCode` may take away. */
export interface DeadCodeOptions {
  /** Inputs are the graph's contract with its caller: they stay, used or not, unless this says 'drop'. */
  readonly unusedInputs?: 'keep' | 'drop';
}

/** Removes nodes and constants that no output of the graph depends on; optional outputs that nobody uses become null. */
export function removeDeadCode(graph: Graph, options: DeadCodeOptions = {}): Graph {
  const needed = new Set(graph.outputs.map((value) => value.name));
  const nodes: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((value) => value && needed.has(value.name))) continue;
    const specs = definitionOf(node.op).outputs;
    const outputs = node.outputs.map((value, i) =>
      value && !needed.has(value.name) && isOptional(specs[i]) ? null : value,
    );
    nodes.push({ ...node, outputs });
    for (const input of node.inputs) if (input) needed.add(input.name);
  }
  return {
    ...graph,
    inputs: options.unusedInputs === 'drop' ? graph.inputs.filter(({ name }) => needed.has(name)) : graph.inputs,
    initializers: graph.initializers.filter(({ value }) => needed.has(value.name)),
    nodes: nodes.reverse(),
  };
}
