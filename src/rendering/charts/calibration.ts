import type { TopLevelSpec } from 'vega-lite';
import { AtelierError } from '../../errors.ts';
import { wilsonInterval } from '../../evaluation/statistics.ts';
import type { Calibration } from '../../evaluation/statistics-calibration.ts';
import { chartStyles } from './config.ts';
import type { ChartLayer, ChartView } from './parts.ts';

export interface CalibrationOptions {
  readonly title: string;
  /** Of the plot without its axes, in pixels. Default 360. */
  readonly width?: number;
}

/** Which way a bin's confidence is off: the two have a colour each, for they call for opposite remedies. */
const directions = ['under-confident: says too little', 'over-confident: says too much'] as const;
/** Of shares: the x axes of both plots, one above the other, and the accuracy. */
const shareScale = { domain: [0, 1] };

type Bin = Calibration['bins'][number];

/**
 * A reliability diagram: in each bin the accuracy as a bar, and at its mean confidence as a dot with its 95 % interval; the gap
 * between the two is coloured by its direction. Below it, how many predictions each bin holds. Bins without any are marked.
 * After C. Guo et al., On Calibration of Modern Neural Networks (ICML 2017), figure 1, whose gaps show one direction only.
 *
 * @throws AtelierError where no bin holds a prediction
 */
export function calibrationChart({ error, bins }: Calibration, options: CalibrationOptions): TopLevelSpec {
  const { title, width = 360 } = options;
  const total = bins.reduce((count, bin) => count + bin.count, 0);
  if (total === 0) {
    throw new AtelierError(
      `there is no prediction in the bins of '${title}', expected at least one. Evaluate the run first.`,
      { code: 'nothing-to-do' },
    );
  }
  const empty = bins.filter(({ count }) => count === 0).length;
  return {
    title: {
      text: title,
      subtitle: [
        `expected calibration error ${error.toFixed(4)}`,
        `${total.toLocaleString('en')} predictions in ${bins.length} bins${empty === 0 ? '' : `, ${empty} of them empty`}`,
      ],
    },
    data: { values: bins.map((bin) => drawn(bin, total)) },
    spacing: 14,
    vconcat: [reliability(width), occupancy(width)],
  };
}

/** A bin with what is drawn of it. */
function drawn(bin: Bin, total: number) {
  const { low, high, count, accuracy, confidence } = bin;
  const middle = (low + high) / 2;
  // What is said of an empty bin keeps off the diagonal.
  const known = { ...bin, middle, share: count / total, free: middle < 0.5 ? high : 0 };
  if (accuracy === null || confidence === null) return known;
  const interval = wilsonInterval(Math.round(accuracy * count), count);
  const direction = directions[accuracy < confidence ? 1 : 0];
  return { ...known, direction, gap: confidence - accuracy, from: interval.low, to: interval.high };
}

const tooltip = [
  { field: 'low', title: 'confidence from', format: '.3f' },
  { field: 'high', title: 'to', format: '.3f' },
  { field: 'confidence', title: 'mean confidence', format: '.4f' },
  { field: 'accuracy', format: '.4f' },
  { field: 'gap', title: 'confidence less accuracy', format: '+.4f' },
  { field: 'count', title: 'predictions' },
];

function reliability(width: number): ChartView {
  const filled = { filter: 'datum.count > 0' };
  const x = {
    field: 'low',
    type: 'quantitative',
    scale: shareScale,
    title: null,
    axis: { labels: false, grid: false },
    bin: 'binned',
  } as const;
  const confidence = { field: 'confidence', type: 'quantitative', scale: shareScale } as const;
  const accuracy = {
    field: 'accuracy',
    type: 'quantitative',
    scale: shareScale,
    title: 'accuracy',
    axis: { format: '.1f', tickCount: 5 },
  } as const;
  const bars: ChartLayer = {
    transform: [filled],
    mark: { type: 'bar', binSpacing: 1, style: chartStyles.ground },
    encoding: { x, x2: { field: 'high' }, y: accuracy, tooltip },
  };
  const gaps: ChartLayer = {
    transform: [filled],
    mark: { type: 'bar', binSpacing: 1, opacity: 0.6 },
    encoding: {
      x,
      x2: { field: 'high' },
      y: { field: 'accuracy', type: 'quantitative' },
      y2: { field: 'confidence' },
      color: { field: 'direction', type: 'nominal', scale: { domain: [...directions] }, legend: { columns: 1 } },
      tooltip,
    },
  };
  const intervals: ChartLayer = {
    transform: [filled],
    mark: { type: 'rule', style: chartStyles.outline },
    encoding: { x: confidence, y: { field: 'from', type: 'quantitative' }, y2: { field: 'to' } },
  };
  const points: ChartLayer = {
    transform: [filled],
    mark: { type: 'point', filled: true, size: 36, opacity: 1, style: chartStyles.dot },
    encoding: { x: confidence, y: { field: 'accuracy', type: 'quantitative' }, tooltip },
  };
  const nothing: ChartLayer = {
    transform: [{ filter: 'datum.count === 0' }],
    mark: { type: 'text', style: chartStyles.aside, angle: 270, align: 'left', dx: 6, text: 'empty' },
    encoding: { x: { ...confidence, field: 'middle' }, y: { field: 'free', type: 'quantitative' } },
  };
  const diagonal: ChartLayer = {
    data: { values: [{ from: 0, to: 1 }] },
    mark: { type: 'rule', style: chartStyles.outline, strokeDash: [6, 3] },
    encoding: {
      x: { field: 'from', type: 'quantitative' },
      y: { field: 'from', type: 'quantitative' },
      x2: { field: 'to' },
      y2: { field: 'to' },
    },
  };
  return { width, height: width, layer: [bars, gaps, diagonal, intervals, points, nothing] };
}

/** How the predictions are spread, with their numbers upright above the bars. */
function occupancy(width: number): ChartView {
  const middle = { field: 'middle', type: 'quantitative', scale: shareScale } as const;
  return {
    width,
    height: 70,
    layer: [
      {
        mark: { type: 'bar', binSpacing: 1, style: chartStyles.fill },
        encoding: {
          x: {
            field: 'low',
            type: 'quantitative',
            bin: 'binned',
            scale: shareScale,
            title: 'confidence',
            axis: { format: '.1f', grid: false, values: [0, 0.2, 0.4, 0.6, 0.8, 1] },
          },
          x2: { field: 'high' },
          y: { field: 'share', type: 'quantitative', title: 'predictions', axis: { format: '~%', tickCount: 3 } },
          tooltip,
        },
      },
      {
        mark: { type: 'text', style: chartStyles.aside, angle: 270, align: 'left', baseline: 'middle', dx: 5 },
        encoding: { x: middle, y: { value: 0 }, text: { field: 'count', type: 'quantitative', format: ',d' } },
      },
    ],
  };
}
