import type { Graph, Node } from './graph.ts';
import { checkNode, inferTypes } from './infer.ts';
import { isOptional, operandName } from './ops/definition.ts';
import { definitionOf } from './ops/index.ts';
import {
  checkShape,
  checkTensor,
  formatType,
  GraphError,
  sameType,
  type Tensor,
  type TensorType,
  type Value,
} from './types.ts';

/** Graphs do not change, and the same one passes from the builder to the passes to the file. */
const valid = new WeakSet<Graph>();

/**
 * Checks everything that makes a graph executable: unique names, every value made before it is used and used with
 * the type it was made with, shapes that follow from the operators' rules, constants whose elements fill their shape.
 * Returns the graph. Throws GraphError, which names the graph, the node and both types.
 */
export function validate(graph: Graph): Graph {
  if (!valid.has(graph)) check(graph);
  valid.add(graph);
  return graph;
}

function check(graph: Graph): void {
  const known = new Map<string, Value>();
  const constants = new Map<string, Tensor>();
  const declare = (value: Value, by: string) => {
    if (value.name === '') fail(graph, `${by} declares a value with an empty name`);
    if (known.has(value.name)) fail(graph, `${by} declares '${value.name}', which exists already`);
    known.set(value.name, value);
  };
  const use = (value: Value, by: string) => {
    const declared = known.get(value.name);
    if (!declared) fail(graph, `${by} uses '${value.name}' before anything has made it`);
    if (!sameType(declared, value))
      fail(graph, `${by} takes '${value.name}' as ${formatType(value)}, it is ${formatType(declared)}`);
  };

  for (const input of graph.inputs) {
    declare(input, 'the input list');
    checkShape(input.shape, `graph '${graph.name}': input '${input.name}'`);
  }
  for (const { value, tensor } of graph.initializers) {
    declare(value, 'the initializer list');
    if (!sameType(value, tensor))
      fail(graph, `initializer '${value.name}' is ${formatType(value)} but holds ${formatType(tensor)}`);
    checkTensor(tensor, `graph '${graph.name}': initializer '${value.name}'`);
    constants.set(value.name, tensor);
  }
  const nodeNames = new Set<string>();
  for (const node of graph.nodes) {
    if (nodeNames.has(node.name)) fail(graph, `two nodes are named '${node.name}'`);
    nodeNames.add(node.name);
    checkNode(node);
    for (const input of node.inputs) if (input) use(input, node.name);
    const types = inferTypes(node, ({ name }) => constants.get(name));
    for (const output of checkedOutputs(graph, node, types)) declare(output, node.name);
  }
  const outputs = new Set<string>();
  for (const output of graph.outputs) {
    if (outputs.has(output.name)) fail(graph, `two outputs are named '${output.name}'`);
    outputs.add(output.name);
    use(output, 'the output list');
  }
}

/** The outputs that a node makes, held against its operator's row and the types that its rule gives. */
function checkedOutputs(graph: Graph, node: Node, types: readonly TensorType[]): readonly Value[] {
  const specs = definitionOf(node.op).outputs;
  const expected = () =>
    fail(graph, `${node.name} (${node.op}): outputs (${specs.map(operandName).join(', ')}) expected`);
  if (node.outputs.length > specs.length) expected();
  return specs.flatMap((spec, i) => {
    const output = node.outputs[i] ?? null;
    const type = types[i];
    if (!type || (!output && !isOptional(spec))) return expected();
    if (output && !sameType(output, type))
      fail(graph, `${node.name}: output '${output.name}' is ${formatType(output)}, its rule says ${formatType(type)}`);
    return output ?? [];
  });
}

function fail(graph: Graph, message: string): never {
  throw new GraphError(`graph '${graph.name}': ${message}`);
}
