import type { Graph } from '../graph.ts';
import { formatType, GraphError, type Initializer, sameType, type Tensor } from '../types.ts';

/**
 * Turns the named inputs of a graph into constants: a trained model, whose parameters were inputs while it learned.
 * The tensors are shared, not copied. Throws GraphError, which lists every tensor that has no input of its name or
 * not the input's type.
 */
export function bindInputs(graph: Graph, tensors: ReadonlyMap<string, Tensor>): Graph {
  const inputs = new Map(graph.inputs.map((input) => [input.name, input]));
  const faults = [...tensors].flatMap(([name, tensor]) => {
    const input = inputs.get(name);
    if (!input) return `there is no input '${name}'`;
    return sameType(input, tensor) ? [] : `'${name}' is ${formatType(input)}, got ${formatType(tensor)}`;
  });
  if (faults.length > 0) {
    const free = graph.inputs.map((input) => input.name).filter((name) => !tensors.has(name));
    throw new GraphError(
      `cannot bind the inputs of graph '${graph.name}': ${faults.join('; ')}. Inputs left unbound: ${free.join(', ') || 'none'}`,
    );
  }
  const bound = graph.inputs.flatMap((value): Initializer[] => {
    const tensor = tensors.get(value.name);
    return tensor ? [{ value, tensor }] : [];
  });
  return {
    ...graph,
    inputs: graph.inputs.filter(({ name }) => !tensors.has(name)),
    initializers: [...bound, ...graph.initializers],
  };
}
