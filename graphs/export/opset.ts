/** Which versions of ONNX's own operators a graph may be written for. */
import { type Graph, type Node, scopeOf } from '../ir/graph.ts';
import { definitionOf, type OpName, onnxTypeOf } from '../ir/ops/index.ts';
import { GraphError } from '../ir/types.ts';

/** The versions that a graph can be written for, and the one that files have where nobody asks. */
export const opsets = { oldest: 13, newest: 21, usual: 17 } as const;

/** True for the versions that a graph can be written for. */
export function isOpset(opset: number): boolean {
  return Number.isInteger(opset) && opset >= opsets.oldest && opset <= opsets.newest;
}

/** The version of the file format that came with an opset (onnx/docs/Versioning.md); older runtimes refuse newer ones. */
export function irVersionOf(opset: number): number {
  if (opset <= 14) return 7;
  if (opset <= 18) return 8;
  return opset <= 20 ? 9 : 10;
}

/** Operators whose form in the operator table ends before `newest`; all others there mean the same up to 21. */
const lastForm: { readonly [O in OpName]?: { readonly opset: number; readonly applies: (node: Node) => boolean } } = {
  // From 18 on the axes are an input.
  ReduceMean: { opset: 17, applies: hasAxes },
  ReduceMax: { opset: 17, applies: hasAxes },
  ReduceSumSquare: { opset: 17, applies: hasAxes },
};

/** Operators that came later than `oldest`. */
const firstForm: { readonly [O in OpName]?: number } = { LayerNormalization: 17 };

function hasAxes({ attributes }: Node): boolean {
  return 'axes' in attributes && attributes.axes !== undefined;
}

/**
 * Refuses a graph that is not valid ONNX of this opset: operators of other domains, training operators, and forms that
 * an opset has given up. Returns the graph.
 *
 * @throws GraphError which names each layer and operator, and the opsets that would do
 */
export function checkOpset(graph: Graph, opset: number): Graph {
  if (!isOpset(opset))
    throw new GraphError(`opset ${opset} cannot be written; from ${opsets.oldest} to ${opsets.newest} can`);
  const faults = graph.nodes.flatMap((node) => {
    const { domain, training } = definitionOf(node.op);
    const where = `layer '${scopeOf(node) || node.name}': `;
    if (training === true) return `${where}${onnxTypeOf(node.op)} is for training only`;
    if (domain !== '') return `${where}${domain}.${onnxTypeOf(node.op)} is no standard operator`;
    const first = firstForm[node.op] ?? opsets.oldest;
    if (opset < first) return `${where}${node.op} came with opset ${first}; choose that, or a newer one`;
    const last = lastForm[node.op];
    if (last && opset > last.opset && last.applies(node))
      return `${where}${node.op} is written in its form up to opset ${last.opset}; choose one no newer`;
    return [];
  });
  if (faults.length > 0)
    throw new GraphError(`graph '${graph.name}' is no ONNX of opset ${opset}:\n${faults.join('\n')}`);
  return graph;
}
