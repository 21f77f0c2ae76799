import { type Graph, type Node, producers } from '../../../graphs/ir/graph.ts';
import { macsOf } from '../../../graphs/ir/infer.ts';
import { onnxTypeOf } from '../../../graphs/ir/ops/index.ts';
import { elementCount, emptyArray, staticShape, type Value } from '../../../graphs/ir/types.ts';
import type { Program } from '../../../graphs/programs/program.ts';

/** What part of a step a node belongs to; `data` is work on the images before they meet a parameter. */
export const phases = ['data', 'forward', 'backward', 'optimizer'] as const;
export type Phase = (typeof phases)[number];

/** What a node of a training step is there for, and what it costs at least. */
export interface Role {
  readonly node: string;
  /** ONNX's operator name. */
  readonly op: string;
  /** The module, by its name in the model (`conv1`, `stages.0.3`), or the part of the program (`loss`). */
  readonly layer: string;
  readonly phase: Phase;
  /** Floating-point operations of products and convolutions, a multiply-add counting two; 0 for everything else. */
  readonly flops: number;
  /** Bytes of all distinct inputs and of all outputs; 0 where the operator only looks at a tensor under another shape. */
  readonly bytes: number;
}

const views: ReadonlySet<string> = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity']);

/** True for operators that need not touch the elements of their operand. */
export function isView(op: string): boolean {
  return views.has(op);
}

/**
 * The role of every node of a training step, by name, in the graph's order. Layers are read off the names, which builders
 * put below the layer that they work for. Phases are read off the edges, since a layer's backward nodes bear its name too:
 *
 * - forward is what loss, correct predictions and the next running statistics are made of; data, what of it depends on
 *   the images but on no state;
 * - optimizer is what depends on learning rate, step or moments, or is named after a parameter or after no layer;
 * - backward is the rest.
 *
 * @param layers names of the model's modules: one whose forward node is fused away has backward nodes all the same
 */
export function rolesOf(program: Program, layers: readonly string[]): ReadonlyMap<string, Role> {
  const { graph, state, inputs } = program;
  const buffers = state.filter(({ kind }) => kind === 'buffer');
  const moments = state.filter(({ kind }) => kind === 'optimizer');
  const forward = ancestors(graph, ['loss', 'correct', ...buffers.map(({ next }) => next)]);
  const ofState = descendants(
    graph,
    state.map(({ name }) => name),
  );
  const ofImages = descendants(
    graph,
    inputs.flatMap(({ name }) => (name === 'images' ? [name] : [])),
  );
  const ofOptimizer = descendants(graph, ['learning_rate', 'step', ...moments.map(({ name }) => name)]);
  const owners = ownersOf(program);
  const known = new Set([...layers, ...[...forward].map(firstSegment)]);

  const phaseOf = ({ name }: Node): Phase => {
    if (forward.has(name)) return ofImages.has(name) && !ofState.has(name) ? 'data' : 'forward';
    const segment = firstSegment(name);
    return ofOptimizer.has(name) || owners.has(segment) || !known.has(segment) ? 'optimizer' : 'backward';
  };
  return new Map(
    graph.nodes.map((node) => {
      const segment = firstSegment(node.name);
      const layer = owners.get(segment) ?? segment;
      const op = onnxTypeOf(node.op);
      return [
        node.name,
        { node: node.name, op, layer, phase: phaseOf(node), flops: flopsOf(graph, node), bytes: bytesOf(node, op) },
      ];
    }),
  );
}

/** The layer of each state tensor, by its names as input and as output: that of the parameter that it belongs to. */
function ownersOf({ state }: Program): ReadonlyMap<string, string> {
  const parameters = state.filter(({ kind }) => kind === 'parameter').map(({ name }) => name);
  return new Map(
    state.flatMap(({ name, next, kind }) => {
      const parameter = kind === 'optimizer' ? parameters.find((other) => name.endsWith(`.${other}`)) : name;
      const layer = (parameter ?? name).replace(/\.[^.]*$/, '');
      return [
        [name, layer],
        [next, layer],
      ];
    }),
  );
}

function firstSegment(name: string): string {
  return name.split('/', 1)[0] ?? name;
}

/** Names of all nodes that these outputs of the graph are made of. */
function ancestors({ nodes, outputs }: Graph, names: readonly string[]): ReadonlySet<string> {
  const makers = producers(nodes);
  const found = new Set<string>();
  const pending: (Value | null)[] = outputs.filter(({ name }) => names.includes(name));
  while (pending.length > 0) {
    const maker = makers.get(pending.pop()?.name ?? '');
    if (!maker || found.has(maker.name)) continue;
    found.add(maker.name);
    pending.push(...maker.inputs);
  }
  return found;
}

/** Names of all nodes that depend on one of these inputs of the graph. */
function descendants({ nodes }: Graph, names: readonly string[]): ReadonlySet<string> {
  const values = new Set(names);
  const found = new Set<string>();
  for (const { name, inputs, outputs } of nodes) {
    if (!inputs.some((input) => input && values.has(input.name))) continue;
    found.add(name);
    for (const output of outputs) if (output) values.add(output.name);
  }
  return found;
}

function flopsOf({ initializers }: Graph, node: Node): number {
  return 2 * macsOf(node, ({ name }) => initializers.find(({ value }) => value.name === name)?.tensor);
}

function bytesOf({ name, inputs, outputs }: Node, op: string): number {
  if (isView(op)) return 0;
  const values = new Map([...inputs, ...outputs].flatMap((value) => (value ? [[value.name, value] as const] : [])));
  return [...values.values()].reduce((sum, { dtype, shape }) => {
    const size = emptyArray(dtype, 0).BYTES_PER_ELEMENT;
    return sum + size * elementCount(staticShape(shape, name));
  }, 0);
}
