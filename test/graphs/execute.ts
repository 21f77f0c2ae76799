/** Runs small graphs, whatever operators they hold: lowered by a target, then through onnxruntime. */
import type { Graph } from '../../graphs/ir/graph.ts';
import { elementCount, float32, type Tensor } from '../../graphs/ir/types.ts';
import { compile } from '../../graphs/targets/compile.ts';
import { portable } from '../../graphs/targets/portable/index.ts';
import type { Target } from '../../graphs/targets/target.ts';
import { Session } from '../../src/runtime/session.ts';
import { fromOrt, toOrt } from '../../src/runtime/tensors.ts';
import { numbers } from './ir/fixtures.ts';

/** A lowered graph that runs many times. One thread: the graphs are small. */
export class Executable {
  readonly graph: Graph;
  readonly #session: Session;

  private constructor(graph: Graph, session: Session) {
    this.graph = graph;
    this.#session = session;
  }

  static async create(graph: Graph, target: Target = portable): Promise<Executable> {
    const program = compile({ name: 'inspect', graph, inputs: [], masks: [], state: [], outputs: [] }, target);
    // As training engines run it: a target has laid the graph out itself.
    const session = await Session.create(program.graph, { device: 'cpu', threads: 1, layout: false });
    return new Executable(program.graph, session);
  }

  async run(feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, readonly number[]>>> {
    const entries = Object.entries(feeds).map(([name, tensor]) => [name, toOrt(tensor)] as const);
    const results = await this.#session.run(Object.fromEntries(entries));
    return Object.fromEntries(
      Object.entries(results).map(([name, tensor]) => [
        name,
        Array.from<number | bigint, number>(fromOrt(tensor, name).data, Number),
      ]),
    );
  }

  async release(): Promise<void> {
    await this.#session.release();
  }
}

/** Runs a graph once. */
export async function execute(
  graph: Graph,
  feeds: Readonly<Record<string, Tensor>>,
  target: Target = portable,
): Promise<Readonly<Record<string, readonly number[]>>> {
  const executable = await Executable.create(graph, target);
  try {
    return await executable.run(feeds);
  } finally {
    await executable.release();
  }
}

/** Numbers between -1 and 1, each rounded to float32. */
export function signed(count: number, seed: number): readonly number[] {
  return numbers(count, seed).map((number) => Math.fround(2 * number));
}

/** A float32 tensor of numbers between -1 and 1. */
export function random(shape: readonly number[], seed: number): Tensor & { readonly dtype: 'float32' } {
  return float32(signed(elementCount(shape), seed), shape);
}

/** A bool tensor with ones where the random number exceeds `above`. */
export function mask(shape: readonly number[], seed: number, above = -0.25): Tensor & { readonly dtype: 'bool' } {
  const data = Uint8Array.from(numbers(elementCount(shape), seed), (n) => (n > above ? 1 : 0));
  return { dtype: 'bool', shape, data };
}

/** How far `found` is from `expected`: the largest difference over the largest expected number. */
export function relativeError(found: readonly number[] | undefined, expected: ArrayLike<number>): number {
  if (found?.length !== expected.length) return Number.POSITIVE_INFINITY;
  const wanted = Array.from(expected);
  const largest = Math.max(...wanted.map(Math.abs), 1e-30);
  const difference = Math.max(...wanted.map((value, i) => Math.abs(value - (found[i] ?? Number.NaN))));
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference / largest;
}
