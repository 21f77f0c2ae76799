import { attributeEntries, type Graph, type Node } from '../graph.ts';
import type { Value } from '../types.ts';
import { Aliases } from './aliases.ts';

/**
 * Computes equal things once: a node with the operator, inputs and attributes of an earlier one becomes that one
 * (all operators here are pure functions). Outputs of the graph keep their names; where both nodes make one, the
 * later becomes an Identity of the earlier.
 */
export function mergeCommonSubexpressions(graph: Graph): Graph {
  const aliases = new Aliases(graph);
  const nodes: Node[] = [];
  /** Where in `nodes` the first node of each kind stands. */
  const first = new Map<string, number>();
  for (const original of graph.nodes) {
    const node = aliases.resolveInputs(original);
    const key = keyOf(node);
    const at = first.get(key);
    const earlier = at === undefined ? undefined : nodes[at];
    // An Identity that is still there names a second output: there is nothing to win.
    if (at === undefined || earlier === undefined || node.op === 'Identity') first.set(key, nodes.push(node) - 1);
    else {
      const { merged, rest } = join(earlier, node, aliases);
      nodes[at] = merged;
      nodes.push(...rest);
    }
  }
  return { ...graph, nodes: aliases.renamed(nodes) };
}

/** `earlier` with the outputs that only `later` wanted, and Identities for outputs that need two names. */
function join(earlier: Node, later: Node, aliases: Aliases): { readonly merged: Node; readonly rest: readonly Node[] } {
  const rest: Node[] = [];
  const outputs = Array.from({ length: Math.max(earlier.outputs.length, later.outputs.length) }, (_, i) => {
    const made: Value | null = earlier.outputs[i] ?? null;
    const wanted = later.outputs[i] ?? null;
    if (!made || !wanted) return made ?? wanted;
    if (!aliases.merge(wanted, made))
      rest.push({
        op: 'Identity',
        name: rest.length === 0 ? later.name : `${later.name}.${i}`,
        inputs: [made],
        outputs: [wanted],
        attributes: {},
      });
    return made;
  });
  return { merged: { ...earlier, outputs }, rest };
}

function keyOf(node: Node): string {
  const attributes = attributeEntries(node).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([node.op, node.inputs.map((input) => input?.name ?? null), attributes]);
}
