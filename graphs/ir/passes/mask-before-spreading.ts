import { type Graph, type Node, producers, useCounts } from '../graph.ts';
import type { Value } from '../types.ts';

/**
 * ReluGrad(MaxPoolGrad(dY, indices), X) = MaxPoolGrad(ReluGrad(dY, Y), indices) for Y, indices = MaxPool(X): where an
 * element of dY lands, X is Y. The mask is then applied to the pooled tensor, for 2x2 windows a quarter of the size.
 */
export function maskBeforeSpreading(graph: Graph): Graph {
  const makers = producers(graph.nodes);
  const uses = useCounts(graph);
  const replaced = new Map<string, Node>();
  for (const node of graph.nodes) {
    if (node.op !== 'ReluGrad') continue;
    const [gradient, x] = node.inputs;
    const [dX] = node.outputs;
    const spread = gradient && makers.get(gradient.name);
    if (!gradient || !x || !dX || spread?.op !== 'MaxPoolGrad' || uses.get(gradient.name) !== 1) continue;
    const [dY, indices] = spread.inputs;
    const pool = indices && makers.get(indices.name);
    const [y] = pool?.outputs ?? [];
    if (!dY || !indices || !y || pool?.op !== 'MaxPool' || pool.inputs[0]?.name !== x.name) continue;
    // The two nodes change places and keep their names; what goes from one to the other takes the pooled shape.
    const small: Value = { ...gradient, shape: dY.shape };
    replaced.set(spread.name, { ...node, inputs: [dY, y], outputs: [small] });
    replaced.set(node.name, { ...spread, inputs: [small, indices], outputs: [dX] });
  }
  return { ...graph, nodes: graph.nodes.map((node) => replaced.get(node.name) ?? node) };
}
