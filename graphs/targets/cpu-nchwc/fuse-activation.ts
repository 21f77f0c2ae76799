import { type Graph, type Node, useCounts } from '../../ir/graph.ts';

/** A blocked convolution whose result goes nowhere but into Relu computes that as well, without another pass over memory. */
export function fuseActivation(graph: Graph): Graph {
  const uses = useCounts(graph);
  const nodes: Node[] = [];
  /** Where in `nodes` each blocked convolution stands that has one use, by the name of its result. */
  const places = new Map<string, number>();
  for (const node of graph.nodes) {
    const place = node.op === 'Relu' ? places.get(node.inputs[0]?.name ?? '') : undefined;
    const made = place === undefined ? undefined : nodes[place];
    if (place !== undefined && made?.op === 'NchwcConv') {
      nodes[place] = { ...made, outputs: node.outputs, attributes: { ...made.attributes, activation: 'Relu' } };
      continue;
    }
    const at = nodes.push(node) - 1;
    const [result] = node.outputs;
    if (node.op === 'NchwcConv' && node.attributes.activation === undefined && result && uses.get(result.name) === 1)
      places.set(result.name, at);
  }
  return { ...graph, nodes };
}
