import type { TopLevelSpec } from 'vega-lite';
import type { ChartView } from '../src/rendering/charts/parts.ts';
import { benchTitle } from './models.ts';
import type { ScalePoint, ScaleResult } from './scale.ts';
import { machineLines, type Section, threadsText } from './table.ts';
import { writeDocuments } from './write.ts';

/** Writes `scale.json`, `scale.md` and `scale-<model>.png` into a folder; returns their paths. */
export async function writeScale(folder: string, result: ScaleResult): Promise<readonly string[]> {
  const charts = result.settings.models.flatMap((model): readonly [string, TopLevelSpec][] => {
    const chart = scaleChart(model, result);
    return chart === undefined ? [] : [[`scale-${model}`, chart]];
  });
  return writeDocuments(folder, result, {
    names: ['scale', 'scale'],
    title: 'How the training step scales',
    lines: scaleLines(result),
    sections: scaleSections(result),
    charts,
  });
}

/** The machine, and what the floor is. */
export function scaleLines({ environment, settings, rates }: ScaleResult): readonly string[] {
  const versions = Object.entries(environment.versions).map(([name, version]) => `${name} ${version}`);
  const measured = rates.map(({ threads, sgemm }) => `${(sgemm / 1e9).toFixed(0)} GFLOP/s on ${threads}`);
  return [
    ...machineLines(environment, Math.max(...settings.threads)),
    `versions: ${versions.join(', ')}`,
    `floor: the least time for the floating-point operations of the step's convolutions and linear layers at the measured rate of a product of two float32 matrices of 1024 x 1024 (threads: ${measured.join(', ')})`,
  ];
}

/** One section a model. */
export function scaleSections({ settings, points }: ScaleResult): readonly Section[] {
  const header = [
    'width',
    'threads',
    'batch',
    'median ms',
    'quartiles',
    'images/s',
    'GFLOP',
    'floor reached',
    'memory',
  ];
  return settings.models.map((model) => {
    const own = points.filter((point) => point.model === model);
    return {
      title: `${benchTitle(model)}: training step`,
      table: { header, rows: own.map(rowOf) },
      notes: own
        .filter(({ reason }) => reason !== null)
        .map(
          ({ width, threads, batchSize, reason }) =>
            `x${width}, ${threadsText(threads)}, batch ${batchSize}: ${reason}`,
        ),
    };
  });
}

function rowOf({
  width,
  threads,
  batchSize,
  spread,
  imagesPerSecond,
  operations,
  fraction,
  peakMemoryBytes,
}: ScalePoint) {
  const place = [`x${width}`, String(threads), String(batchSize)];
  const work = (operations / 1e9).toFixed(1);
  if (spread === null || imagesPerSecond === null || fraction === null)
    return [...place, '-', '-', '-', work, '-', '-'];
  return [
    ...place,
    spread.median.toFixed(1),
    `${spread.lower.toFixed(1)} to ${spread.upper.toFixed(1)}`,
    imagesPerSecond.toFixed(0),
    work,
    `${(fraction * 100).toFixed(0)} %`,
    peakMemoryBytes === null ? '-' : `${Math.round(peakMemoryBytes / 2 ** 20)} MiB`,
  ];
}

/** Time of a step by the image, and the share of the floor, over the batch size. Undefined where nothing was measured. */
export function scaleChart(model: string, result: ScaleResult, width = 420): TopLevelSpec | undefined {
  const { environment, settings } = result;
  const values = result.points
    .filter((point) => point.model === model && point.spread !== null)
    .map(({ batchSize, threads, width: factor, spread, fraction }) => ({
      batch: batchSize,
      threads: threadsText(threads),
      width: `channels x${factor}`,
      time: (spread?.median ?? Number.NaN) / batchSize,
      fraction,
    }));
  if (values.length === 0) return undefined;
  const panel = (field: 'time' | 'fraction', title: string): ChartView => ({
    width,
    height: 210,
    mark: { type: 'line', strokeWidth: 2, point: { filled: true, size: 42 } },
    encoding: {
      x: {
        field: 'batch',
        type: 'quantitative',
        title: 'images a step',
        scale: { type: 'log', base: 2, nice: false, padding: 8 },
        axis: { values: [...settings.batchSizes], grid: false },
      },
      y: {
        field,
        type: 'quantitative',
        title,
        scale: field === 'time' ? { type: 'log' as const } : { zero: true },
        axis: { format: field === 'time' ? '~g' : '~%', tickCount: 6 },
      },
      color: { field: 'width', type: 'nominal', scale: { domain: settings.widths.map((one) => `channels x${one}`) } },
      // Shapes are for the legend, which shows no dashes.
      shape: { field: 'threads', type: 'nominal', scale: { range: ['circle', 'diamond', 'triangle-up', 'square'] } },
      strokeDash: { field: 'threads', type: 'nominal' },
    },
  });
  return {
    title: {
      text: `${benchTitle(model)}: training step`,
      subtitle: `${environment.processor}, ${environment.date.slice(0, 10)}`,
    },
    data: { values },
    spacing: 26,
    vconcat: [panel('time', 'milliseconds an image'), panel('fraction', 'floor reached (least time / time)')],
  };
}
