import type { Graph } from './graph.ts';
import { checkNode, inferTypes } from './infer.ts';
import { definitionOf } from './ops/index.ts';
import { formatType, GraphError, sameShape, sameType, type Tensor, type Value } from './types.ts';

/**
 * Checks everything that makes a graph executable: unique names, every value made before it is used and used with
 * the type it was made with, shapes that follow from the operators' rules, constants whose elements fill their shape.
 * Returns the graph. Throws GraphError, which names the graph, the node and both types.
 */
export function validate(graph: Graph): Graph {
  const known = new Map<string, Value>();
  const constants = new Map<string, Tensor>();
  const declare = (value: Value, by: string) => {
    if (known.has(value.name)) fail(graph, `${by} declares '${value.name}', which exists already`);
    known.set(value.name, value);
  };
  const use = (value: Value, by: string) => {
    const declared = known.get(value.name);
    if (!declared) fail(graph, `${by} uses '${value.name}' before anything has made it`);
    if (!sameType(declared, value))
      fail(graph, `${by} takes '${value.name}' as ${formatType(value)}, it is ${formatType(declared)}`);
  };

  for (const input of graph.inputs) declare(input, 'the input list');
  for (const { value, tensor } of graph.initializers) {
    declare(value, 'the initializer list');
    const count = tensor.shape.reduce((product, size) => product * size, 1);
    if (tensor.dtype !== value.dtype || !sameShape(tensor.shape, value.shape) || tensor.data.length !== count)
      fail(
        graph,
        `initializer '${value.name}' is ${formatType(value)} but holds ${tensor.data.length} elements of ${formatType(tensor)}`,
      );
    constants.set(value.name, tensor);
  }

  const nodeNames = new Set<string>();
  for (const node of graph.nodes) {
    if (nodeNames.has(node.name)) fail(graph, `two nodes are named '${node.name}'`);
    nodeNames.add(node.name);
    checkNode(node);
    for (const input of node.inputs) if (input) use(input, node.name);
    const types = inferTypes(node, ({ name }) => constants.get(name));
    const names = definitionOf(node.op).outputs;
    node.outputs.forEach((output, i) => {
      const type = types[i];
      if (!type || (!output && !names[i]?.endsWith('?')))
        return fail(graph, `${node.name} (${node.op}): outputs (${names.join(', ')}) expected`);
      if (!output) return;
      if (!sameType(output, type))
        fail(
          graph,
          `${node.name}: output '${output.name}' is ${formatType(output)}, its rule says ${formatType(type)}`,
        );
      declare(output, node.name);
    });
  }
  const outputs = new Set<string>();
  for (const output of graph.outputs) {
    if (outputs.has(output.name)) fail(graph, `two outputs are named '${output.name}'`);
    outputs.add(output.name);
    use(output, 'the output list');
  }
  return graph;
}

function fail(graph: Graph, message: string): never {
  throw new GraphError(`graph '${graph.name}': ${message}`);
}
