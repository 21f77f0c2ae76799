/** Gradients held against central differences. */
import { gradients } from '../../../graphs/autodiff/gradient.ts';
import { GraphBuilder } from '../../../graphs/ir/builder.ts';
import type { Graph } from '../../../graphs/ir/graph.ts';
import { elementCount, float32, GraphError, type Tensor, type Value } from '../../../graphs/ir/types.ts';
import { portable } from '../../../graphs/targets/portable/index.ts';
import type { Target } from '../../../graphs/targets/target.ts';
import { Executable, signed } from '../execute.ts';

/** A number between -1 and 1 to a place where the function is differentiated; `i` is the element, of `count`. */
export type Place = (number: number, i: number, count: number) => number;

export interface GradientCase {
  /** Shapes of the float32 operands that are differentiated. */
  readonly shapes: readonly (readonly number[])[];
  readonly apply: (b: GraphBuilder, operands: readonly Value[]) => Value;
  /** Where, for each operand: between -1 and 1 where nothing is said. */
  readonly places?: readonly (Place | undefined)[];
  /** Differences are taken along every so many coordinates of an operand, for large ones; along all where nothing is said. */
  readonly stride?: number;
}

/** The step, a power of two so that x ± h is exact. Functions must be smooth within 2 h of their places. */
const h = 2 ** -5;

/** What the check found, each the largest difference over the largest derivative of the operand. */
export interface Findings {
  /** Between the gradients and the differences, for each operand. */
  readonly errors: readonly number[];
  /** Between each gradient derived alone and the same derived together with the others. */
  readonly alone: number;
  /** The forward graph, for a look at what was differentiated. */
  readonly graph: Graph;
  /** The gradients' graph as the target has lowered it. */
  readonly lowered: Graph;
}

/**
 * Differentiates loss = Σ projection · f(x…) for a random projection, by `gradients` and by differences along every
 * coordinate: central differences d(h) = (f(x + h) - f(x - h)) / 2h at h and 2h, and Richardson's extrapolation
 * (4 d(h) - d(2h)) / 3, whose error is of fourth order. That allows a step at which the rounding of float32 stays below
 * 1e-5. The projection is summed here, in double precision. Both graphs are lowered to `target`.
 */
export async function checkGradients(
  example: GradientCase,
  seed: number,
  target: Target = portable,
): Promise<Findings> {
  const { shapes, places = [], stride = 1 } = example;
  const points = shapes.map((shape, i) => {
    const place = places[i] ?? ((number: number) => number);
    const count = elementCount(shape);
    return Float32Array.from(signed(count, seed + i), (number, k) => place(number, k, count));
  });
  const all = [...shapes.keys()];
  const { graph, projectionShape } = build(example, null);
  const projection = float32(signed(elementCount(projectionShape), seed + 17), projectionShape);
  const feeds = operands(shapes, points);

  const { gradients: derived, lowered } = await derivedGradients(example, all, { ...feeds, projection }, target);
  let alone = 0;
  if (all.length > 1) {
    for (const i of all) {
      const { gradients: single } = await derivedGradients(example, [i], { ...feeds, projection }, target);
      alone = Math.max(alone, distance(single[0] ?? [], derived[i] ?? []));
    }
  }

  const forward = await Executable.create(graph, target);
  const loss = async () => {
    const { y = [] } = await forward.run(feeds);
    return y.reduce((sum, value, i) => sum + value * (projection.data[i] ?? Number.NaN), 0);
  };
  const errors: number[] = [];
  for (const [i, point] of points.entries()) {
    const differences: number[] = [];
    const chosen = [...point.keys()].filter((k) => k % stride === 0);
    for (const k of chosen) {
      const center = point[k] ?? Number.NaN;
      const difference = async (step: number) => {
        point[k] = center + step;
        const above = await loss();
        point[k] = center - step;
        const below = await loss();
        point[k] = center;
        return (above - below) / (2 * step);
      };
      differences.push((4 * (await difference(h)) - (await difference(2 * h))) / 3);
    }
    errors.push(
      distance(
        chosen.map((k) => derived[i]?.[k] ?? Number.NaN),
        differences,
      ),
    );
  }
  await forward.release();
  return { errors, alone, graph, lowered };
}

function operands(shapes: GradientCase['shapes'], points: readonly Float32Array[]): Record<string, Tensor> {
  return Object.fromEntries(
    points.map((data, i) => [`x${i}`, { dtype: 'float32', shape: shapes[i] ?? [], data } as const]),
  );
}

/** The forward graph alone, or with the gradients of the operands `wrt` of the projected sum. */
function build({ shapes, apply }: GradientCase, wrt: readonly number[] | null) {
  const b = new GraphBuilder('check');
  const inputs = shapes.map((shape, i) => b.input(`x${i}`, 'float32', shape));
  const y = apply(b, inputs);
  const projectionShape = y.shape.map(Number);
  if (wrt === null) b.output('y', y);
  else {
    const projection = b.input('projection', 'float32', y.shape);
    const loss = b.sum(b.op('Mul', [y, projection], {}));
    const wanted = inputs.filter((_, i) => wrt.includes(i));
    const gradientOf = gradients(b, loss, wanted);
    for (const { name } of wanted) {
      const gradient = gradientOf.get(name);
      if (!gradient) throw new GraphError(`no gradient for ${name}`);
      b.output(`${name}_grad`, gradient);
    }
  }
  return { graph: b.finish(), projectionShape };
}

async function derivedGradients(
  example: GradientCase,
  wrt: readonly number[],
  feeds: Readonly<Record<string, Tensor>>,
  target: Target,
): Promise<{ readonly gradients: readonly (readonly number[])[]; readonly lowered: Graph }> {
  const executable = await Executable.create(build(example, wrt).graph, target);
  const results = await executable.run(feeds);
  await executable.release();
  return { gradients: wrt.map((i) => results[`x${i}_grad`] ?? []), lowered: executable.graph };
}

/** The largest difference, relative to the largest element where that is above 1. */
function distance(found: readonly number[], expected: readonly number[]): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  const scale = Math.max(1, ...expected.map(Math.abs));
  const worst = Math.max(0, ...expected.map((value, i) => Math.abs(value - (found[i] ?? Number.NaN))));
  return Number.isNaN(worst) ? Number.POSITIVE_INFINITY : worst / scale;
}
