import { GraphBuilder } from '../ir/builder.ts';
import type { Graph, Node } from '../ir/graph.ts';
import { GraphRewriter } from '../ir/rewrite.ts';
import { GraphError, type Initializer, type Value } from '../ir/types.ts';
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
  const read = graph.inputs.filter(({ name }) => carried.has(name));
  const first = read.map(({ name, dtype, shape }) => [name, b.input(name, dtype, shape)] as const);
  const constants = graph.initializers.map(
    ({ value, tensor }) => [value.name, b.constant(tensor, value.name)] as const,
  );

  const results = new Set(step.outputs.map(({ name }) => name));
  let known: ReadonlyMap<string, Value> = new Map([...first, ...constants]);
  for (const index of steps) {
    const one = new OneStep(graph, b, { index, known, results });
    one.inputs();
    one.initializers();
    one.nodes();
    one.outputs();
    const next = state.map(({ name, next: output }) => [name, one.translate({ name: output })] as const);
    known = new Map([...next, ...constants]);
  }
  for (const { name, next } of state) {
    const value = known.get(name);
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

/** What one of several steps needs to know beside its graph. */
interface Place {
  /** From 1. */
  readonly index: number;
  /** State that the step before has left, and constants: what is there already, by its name in the single step. */
  readonly known: ReadonlyMap<string, Value>;
  /** Outputs that the caller reads after each step. */
  readonly results: ReadonlySet<string>;
}

/** The single step once more, under names of its own, on the state that is known. */
class OneStep extends GraphRewriter {
  private readonly place: Place;

  constructor(graph: Graph, b: GraphBuilder, place: Place) {
    super(graph, b);
    this.place = place;
  }

  protected override input({ name, dtype, shape }: Value): Value {
    return this.place.known.get(name) ?? this.b.input(this.named(name), dtype, shape);
  }

  protected override initializer({ value }: Initializer): Value | null {
    return this.place.known.get(value.name) ?? null;
  }

  protected override node(node: Node): readonly (Value | null)[] {
    const outputs = node.outputs.map((output) => output && { ...output, name: this.named(output.name) });
    return this.b.copy({ ...node, name: this.named(node.name), outputs }, (value) => this.translate(value));
  }

  protected override output(output: Value): void {
    if (this.place.results.has(output.name)) this.b.output(this.named(output.name), this.translate(output));
  }

  private named(name: string): string {
    return inStep(this.place.index, name);
  }
}
