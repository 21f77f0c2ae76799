import { producers } from '../ir/graph.ts';
import { staticShape, type Value } from '../ir/types.ts';
import type { Model } from '../models/model.ts';
import { summarize } from '../models/summary.ts';
import type { Forward } from '../nn/forward.ts';
import { startForward } from '../programs/start-forward.ts';

/** A value that the forward pass leaves behind, with every name it goes by. */
export interface DistinctTap {
  readonly names: readonly [string, ...string[]];
  readonly value: Value;
}

/**
 * The taps of a forward pass, each value once: dropout passes on what it is given, and stages have names of their own. A
 * layer that only flattens another's value is left out.
 */
export function distinctTaps({ b, inspectable }: Forward): readonly DistinctTap[] {
  const found = new Map<string, { names: [string, ...string[]]; value: Value }>();
  const makers = producers(b.nodes);
  for (const [name, value] of inspectable) {
    const known = found.get(value.name);
    const maker = makers.get(value.name);
    const flattened = maker?.op === 'Flatten' ? maker.inputs[0] : null;
    if (known) known.names.push(name);
    else if (!flattened || !found.has(flattened.name)) found.set(value.name, { names: [name], value });
  }
  return [...found.values()];
}

/** A layer whose activations an exported graph can return. */
export interface DistinctLayer {
  readonly name: string;
  /** The name of the block or stage that the layer ends, where there is one: `stage1` of `stages.0.6`. */
  readonly alias: string | null;
  /** What the layer is: `ReLU`. */
  readonly description: string;
  /** The graph's output that holds it: its name, or `logits` of the last. */
  readonly output: string;
  /** The shape of one image's activations; a vector is [C, 1, 1]. */
  readonly shape: readonly [channels: number, height: number, width: number];
}

/** The layers of a model that have a value of their own in evaluation, in the order of the forward pass. */
export function distinctLayers(model: Model): readonly DistinctLayer[] {
  const { f, logits } = startForward({ model });
  const modules = new Map(summarize(model).layers.map(({ name, description }) => [name, description]));
  return distinctTaps(f).map(({ names: [name, ...others], value }) => {
    const [size = 0, rows = 1, columns = 1] = staticShape(value.shape.slice(1), name);
    return {
      name,
      alias: others.find((other) => !modules.has(other)) ?? null,
      description: modules.get(name) ?? '',
      output: value === logits ? 'logits' : name,
      shape: [size, rows, columns],
    };
  });
}
