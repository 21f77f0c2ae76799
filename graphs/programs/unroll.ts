import { GraphBuilder } from '../ir/builder.ts';
import { GraphError, type Value } from '../ir/types.ts';
import type { Port, Program } from './program.ts';

/** What step `index` (from 1) of an unrolled program calls a value, a mask or a node of the single step. */
export function inStep(index: number, name: string): string {
  return `step${index}/${name}`;
}

/**
 * Several training steps in one graph, each on the state that the one before it left: the same numbers as so many runs of
 * the single step, with one crossing of the border to the runtime, where the whole state is copied (and, on a GPU, moved).
 * State keeps its names; what belongs to a step (`images`, masks, `loss`) is named below it: `step1/images`.
 *
 * @param step a training step, lowered or not
 * @throws GraphError where the count is not a whole number of at least 2, or the program does not train
 */
export function unroll(step: Program, count: number): Program {
  if (!Number.isInteger(count) || count < 2) throw new GraphError(`steps to unroll: 2 or more expected, got ${count}`);
  const { graph, state } = step;
  const written = new Set(graph.outputs.map(({ name }) => name));
  const lost = [...state.map(({ next }) => next), ...step.outputs.map(({ name }) => name)].find((n) => !written.has(n));
  if (lost !== undefined)
    throw new GraphError(
      `a training step to unroll: expected an output for all its state and results, but ${step.name} has no '${lost}'`,
    );
  const steps = Array.from({ length: count }, (_, i) => i + 1);
  const b = new GraphBuilder(`${graph.name}_x${count}`);
  const carried = new Set(state.map(({ name }) => name));
  const shared = new Map<string, Value>();
  for (const { name, dtype, shape } of graph.inputs)
    if (carried.has(name)) shared.set(name, b.input(name, dtype, shape));
  for (const { value, tensor } of graph.initializers) shared.set(value.name, b.constant(tensor, value.name));

  let current = shared;
  for (const index of steps) {
    const values = new Map(current);
    for (const { name, dtype, shape } of graph.inputs)
      if (!carried.has(name)) values.set(name, b.input(inStep(index, name), dtype, shape));
    const find = (value: Value): Value => {
      const known = values.get(value.name);
      if (!known) throw new GraphError(`internal: '${value.name}' is used before it is made`);
      return known;
    };
    for (const node of graph.nodes) {
      const renamed = node.outputs.map((output) => output && { ...output, name: inStep(index, output.name) });
      const made = b.copy({ ...node, name: inStep(index, node.name), outputs: renamed }, find);
      node.outputs.forEach((output, i) => {
        const value = made[i];
        if (output && value) values.set(output.name, value);
      });
    }
    const next = new Map(state.map(({ name, next: output }) => [name, values.get(output)] as const));
    current = new Map(shared);
    for (const [name, value] of next) if (value) current.set(name, value);
    for (const { name } of step.outputs) {
      const value = values.get(name);
      if (value) b.output(inStep(index, name), value);
    }
  }
  for (const { name, next } of state) {
    const value = current.get(name);
    if (value) b.output(next, value);
  }
  const named = (ports: readonly Port[]) =>
    steps.flatMap((index) => ports.map((port) => ({ ...port, name: inStep(index, port.name) })));
  return {
    name: step.name,
    graph: b.finish(),
    inputs: named(step.inputs),
    masks: steps.flatMap((index) => step.masks.map((mask) => ({ ...mask, name: inStep(index, mask.name) }))),
    state,
    outputs: named(step.outputs),
  };
}
