import { type Graph, type Node, type NodeOf, producers } from '../ir/graph.ts';
import type { Initializer, TensorOf, Value } from '../ir/types.ts';
import { floatConstants, operand, result } from './constants.ts';

type Constants = ReturnType<typeof floatConstants>;

/**
 * Puts each batch normalization into the convolution before it (Jacob et al., 2018, section 3.2): with
 * factor = scale / √(var + ε), W' = factor W and b' = factor (b - mean) + B, computed in float64 and rounded once. A
 * batch normalization is folded only where all operands are constants and nobody else reads the convolution; what becomes
 * unused is for `removeDeadCode`.
 */
export function foldBatchNorm(graph: Graph): Graph {
  const constants = floatConstants(graph);
  const makers = producers(graph.nodes);
  const replaced = new Map<string, Node>();
  const gone = new Set<string>();
  const made: Initializer[] = [];
  for (const norm of graph.nodes) {
    if (norm.op !== 'BatchNormalization') continue;
    const conv = makers.get(operand(norm, 0).name);
    if (conv?.op !== 'Conv' || readers(graph, result(conv)) > 1) continue;
    const folded = fold(conv, norm, constants);
    if (!folded) continue;
    made.push(...folded.initializers);
    replaced.set(conv.name, folded.node);
    gone.add(norm.name);
  }
  const names = new Set(made.map(({ value }) => value.name));
  return {
    ...graph,
    initializers: [...graph.initializers.filter(({ value }) => !names.has(value.name)), ...made],
    nodes: graph.nodes.filter(({ name }) => !gone.has(name)).map((node) => replaced.get(node.name) ?? node),
  };
}

function readers({ nodes, outputs }: Graph, { name }: Value): number {
  const uses = [...nodes.flatMap(({ inputs }) => inputs), ...outputs];
  return uses.filter((value) => value?.name === name).length;
}

function fold(
  conv: NodeOf<'Conv'>,
  norm: NodeOf<'BatchNormalization'>,
  constants: Constants,
): { readonly node: Node; readonly initializers: readonly Initializer[] } | undefined {
  const weightName = operand(conv, 1).name;
  const bias = conv.inputs[2] ?? null;
  const weight = constants.get(weightName);
  const [scale, shift, mean, variance] = [1, 2, 3, 4].map((index) => constants.get(operand(norm, index).name)?.data);
  const before = bias ? constants.get(bias.name)?.data : new Float32Array(scale?.length ?? 0);
  if (!weight || !scale || !shift || !mean || !variance || !before) return undefined;

  const { epsilon } = norm.attributes;
  const factors = Float64Array.from(scale, (value, c) => value / Math.sqrt((variance[c] ?? 0) + epsilon));
  const inner = weight.data.length / factors.length;
  const data = weight.data.map((value, i) => value * (factors[Math.floor(i / inner)] ?? 0));
  const offsets = Float32Array.from(
    factors,
    (factor, c) => factor * ((before[c] ?? 0) - (mean[c] ?? 0)) + (shift[c] ?? 0),
  );
  const foldedWeight = initializer(weightName, { dtype: 'float32', shape: weight.shape, data });
  const biasName = bias?.name ?? `${weightName.replace(/\.weight$/, '')}.bias`;
  const foldedBias = initializer(biasName, { dtype: 'float32', shape: [offsets.length], data: offsets });
  const node: NodeOf<'Conv'> = {
    ...conv,
    inputs: [operand(conv, 0), foldedWeight.value, foldedBias.value],
    outputs: norm.outputs,
  };
  return { node, initializers: [foldedWeight, foldedBias] };
}

function initializer(name: string, tensor: TensorOf<'float32'>): Initializer {
  return { value: { name, dtype: tensor.dtype, shape: tensor.shape }, tensor };
}
