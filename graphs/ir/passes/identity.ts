import { type Graph, type Node, type NodeOf, producers } from '../graph.ts';
import { sameType, type Value } from '../types.ts';
import { Aliases } from './aliases.ts';

/**
 * Removes what moves no element: Identity, Cast to the same type, Reshape to the same shape (also by way of other
 * Reshapes), Transpose that keeps the order, and Transposes and changes of layout that undo each other. An Identity that names an input, a
 * constant or a second output as an output of the graph stays. What nobody uses afterwards is for `removeDeadCode`.
 */
export function removeIdentities(graph: Graph): Graph {
  const aliases = new Aliases(graph);
  const sources = producers(graph.nodes);
  const nodes: Node[] = [];
  for (const original of graph.nodes) {
    const node = aliases.resolveInputs(original);
    const [output] = node.outputs;
    const same = sameAs(node, sources);
    if (!output || !same || !aliases.merge(output, same)) nodes.push(node);
  }
  return { ...graph, nodes: aliases.renamed(nodes) };
}

/** The earlier value that a node's output is equal to, if there is one. */
function sameAs(node: Node, sources: ReadonlyMap<string, Node>): Value | undefined {
  const [input] = node.inputs;
  const [output] = node.outputs;
  if (!input || !output) return undefined;
  switch (node.op) {
    case 'Identity':
      return input;
    case 'Cast':
      return sameType(input, output) ? input : undefined;
    case 'Reshape':
      return reshaped(input, output, sources);
    case 'Transpose':
      return transposed(input, node.attributes.perm, sources);
    case 'ReorderInput':
    case 'ReorderOutput':
      return reordered(node, sources);
    default:
      return undefined;
  }
}

/** Into the blocked layout and out again, or out and in, both by way of [N,C,H,W]. */
function reordered(node: NodeOf<'ReorderInput'> | NodeOf<'ReorderOutput'>, sources: ReadonlyMap<string, Node>) {
  const source = sources.get(node.inputs[0]?.name ?? '');
  const undone = node.op === 'ReorderInput' ? 'ReorderOutput' : 'ReorderInput';
  if (source?.op !== undone || node.attributes.channels_last || source.attributes.channels_last) return undefined;
  return source.inputs[0] ?? undefined;
}

/** Reshapes keep the order of the elements, so each value of a chain of them equals any other of the same shape. */
function reshaped(input: Value, output: Value, sources: ReadonlyMap<string, Node>): Value | undefined {
  if (sameType(input, output)) return input;
  const source = sources.get(input.name);
  const [earlier] = source?.op === 'Reshape' ? source.inputs : [];
  return earlier ? reshaped(earlier, output, sources) : undefined;
}

/** perm of perm' is the identity where perm'[perm[axis]] = axis. */
function transposed(input: Value, perm: readonly number[], sources: ReadonlyMap<string, Node>): Value | undefined {
  if (perm.every((from, axis) => from === axis)) return input;
  const source = sources.get(input.name);
  if (source?.op !== 'Transpose') return undefined;
  const inner = source.attributes.perm;
  return perm.every((from, axis) => inner[from] === axis) ? (source.inputs[0] ?? undefined) : undefined;
}
