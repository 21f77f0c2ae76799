import { type ValueRange, valuesToCalibrate } from '../../graphs/export/quantize.ts';
import type { Graph } from '../../graphs/ir/graph.ts';
import { removeDeadCode } from '../../graphs/ir/passes/dead-code.ts';
import type { Value } from '../../graphs/ir/types.ts';
import { Session } from '../runtime/session.ts';
import { feedOf, type ImageSet } from './feed.ts';
import { type Feeding, feedSize, runOver } from './graph-run.ts';

/** What calibration saw of one value. */
export interface Observation {
  readonly min: number;
  readonly max: number;
  /** How many elements fell into each of the equal bins from min to max. */
  readonly bins: Float64Array;
}

const binCount = 4096;

/**
 * What the values that quantization asks for do on some images, in two passes: their ends, then their histogram.
 *
 * @throws AtelierError where the runtime refuses the graph
 */
export async function observe(
  graph: Graph,
  images: ImageSet,
  feeding: Feeding,
  threads: number,
): Promise<ReadonlyMap<string, Observation>> {
  const values = valuesToCalibrate(graph);
  const fed = values.filter(({ name }) => graph.inputs.some((input) => input.name === name));
  const session = await Session.create(
    withOutputs(
      graph,
      values.filter((value) => !fed.includes(value)),
    ),
    {
      device: 'cpu',
      threads,
    },
  );
  const visit = async (see: (name: string, elements: Float32Array) => void) => {
    await runOver(session, images, feeding, (outputs, start) => {
      for (const [name, elements] of outputs) see(name, elements);
      for (const { name } of fed) {
        const feed = feedOf(images, feeding.input, feeding.normalization, start, feedSize(images.shape));
        if (feed.dtype === 'float32') see(name, feed.data);
      }
    });
  };
  try {
    const ends = new Map<string, { min: number; max: number }>();
    await visit((name, elements) => {
      const known = ends.get(name) ?? { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
      ends.set(name, widened(known, elements));
    });
    const found = new Map<string, Observation>(
      [...ends].map(([name, { min, max }]) => [name, { min, max, bins: new Float64Array(binCount) }]),
    );
    await visit((name, elements) => {
      const observation = found.get(name);
      if (observation) count(observation, elements);
    });
    return found;
  } finally {
    await session.release();
  }
}

function withOutputs(graph: Graph, outputs: readonly Value[]): Graph {
  return removeDeadCode({ ...graph, name: `${graph.name}_calibration`, outputs });
}

function widened({ min, max }: ValueRange, elements: Float32Array): ValueRange {
  let [low, high] = [min, max];
  for (let i = 0; i < elements.length; i++) {
    const value = elements[i] ?? 0;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { min: low, max: high };
}

function count({ min, max, bins }: Observation, elements: Float32Array): void {
  const perUnit = max > min ? bins.length / (max - min) : 0;
  for (let i = 0; i < elements.length; i++) {
    const bin = Math.min(bins.length - 1, Math.floor(((elements[i] ?? 0) - min) * perUnit));
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
}

/** How a range is read off what was observed. */
export interface RangeMethod {
  readonly name: string;
  range(observation: Observation): ValueRange;
}

/** The whole range, or the range that holds a share of the elements: outliers then saturate, and all others gain. */
export const rangeMethods: readonly RangeMethod[] = [
  { name: 'min-max', range: ({ min, max }) => ({ min, max }) },
  { name: 'percentile 99.99', range: (observation) => central(observation, 0.9999) },
  { name: 'percentile 99.999', range: (observation) => central(observation, 0.99999) },
];

/** Cuts as much from each end as leaves this share, to the width of a bin. */
function central({ min, max, bins }: Observation, share: number): ValueRange {
  const total = bins.reduce((sum, elements) => sum + elements, 0);
  const spare = (total * (1 - share)) / 2;
  const width = (max - min) / bins.length;
  const cut = (order: Iterable<number>) => {
    let seen = 0;
    let whole = 0;
    for (const bin of order) {
      seen += bins[bin] ?? 0;
      if (seen > spare) break;
      whole += 1;
    }
    return whole * width;
  };
  return { min: min + cut(bins.keys()), max: max - cut(Array.from(bins.keys()).reverse()) };
}
