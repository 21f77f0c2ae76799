import type { TopLevelSpec } from 'vega-lite';
import { AtelierError } from '../../errors.ts';
import type { Calibration } from '../../evaluation/statistics-calibration.ts';
import { chartStyles } from './config.ts';
import type { ChartView } from './parts.ts';

export interface CalibrationOptions {
  readonly title: string;
  /** Of the plot without its axes, in pixels. Default 330. */
  readonly width?: number;
}

const series = ['accuracy', 'gap to confidence'] as const;
/** The x axes of both plots, one above the other. */
const confidenceScale = { domain: [0, 1] };

/**
 * A reliability diagram: accuracy against confidence in each bin with the gap between them, and below it how many
 * predictions each bin holds. After C. Guo et al., On Calibration of Modern Neural Networks (ICML 2017), figure 1.
 *
 * @throws AtelierError where no bin holds a prediction
 */
export function calibrationChart({ error, bins }: Calibration, options: CalibrationOptions): TopLevelSpec {
  const { title, width = 330 } = options;
  const total = bins.reduce((count, bin) => count + bin.count, 0);
  if (total === 0) {
    throw new AtelierError(
      `there is no prediction in the bins of '${title}', expected at least one. Evaluate the run first.`,
      { code: 'nothing-to-do' },
    );
  }
  const values = bins.map((bin) => ({ ...bin, share: bin.count / total }));
  return {
    title: {
      text: title,
      subtitle: [
        `expected calibration error ${error.toFixed(4)}`,
        `${total.toLocaleString('en')} predictions in ${bins.length} bins`,
      ],
    },
    data: { values },
    spacing: 14,
    vconcat: [reliability(width), occupancy(width)],
  };
}

const tooltip = [
  { field: 'low', title: 'confidence from', format: '.3f' },
  { field: 'high', title: 'to', format: '.3f' },
  { field: 'confidence', title: 'mean confidence', format: '.4f' },
  { field: 'accuracy', format: '.4f' },
  { field: 'count', title: 'predictions' },
];

function reliability(width: number): ChartView {
  const filled = { filter: 'datum.count > 0' };
  const x = {
    field: 'low',
    type: 'quantitative',
    scale: confidenceScale,
    title: null,
    axis: { labels: false, grid: false },
    bin: 'binned',
  } as const;
  const scale = { domain: [...series] };
  return {
    width,
    height: width,
    layer: [
      {
        transform: [filled],
        mark: { type: 'bar', binSpacing: 1 },
        encoding: {
          x,
          x2: { field: 'high' },
          y: {
            field: 'accuracy',
            type: 'quantitative',
            scale: { domain: [0, 1] },
            title: 'accuracy',
            axis: { format: '.1f', tickCount: 5 },
          },
          color: { datum: series[0], type: 'nominal', scale },
          tooltip,
        },
      },
      {
        transform: [filled],
        mark: { type: 'bar', binSpacing: 1 },
        encoding: {
          x,
          x2: { field: 'high' },
          y: { field: 'accuracy', type: 'quantitative' },
          y2: { field: 'confidence' },
          color: { datum: series[1], type: 'nominal', scale },
          tooltip,
        },
      },
      {
        data: { values: [{ from: 0, to: 1 }] },
        mark: { type: 'rule', style: chartStyles.outline, strokeDash: [6, 3] },
        encoding: {
          x: { field: 'from', type: 'quantitative' },
          y: { field: 'from', type: 'quantitative' },
          x2: { field: 'to' },
          y2: { field: 'to' },
        },
      },
    ],
  };
}

function occupancy(width: number): ChartView {
  return {
    width,
    height: 70,
    mark: { type: 'bar', binSpacing: 1, style: chartStyles.fill },
    encoding: {
      x: {
        field: 'low',
        type: 'quantitative',
        bin: 'binned',
        scale: confidenceScale,
        title: 'confidence',
        axis: { format: '.1f', grid: false, values: [0, 0.2, 0.4, 0.6, 0.8, 1] },
      },
      x2: { field: 'high' },
      y: { field: 'share', type: 'quantitative', title: 'predictions', axis: { format: '~%', tickCount: 3 } },
      tooltip,
    },
  };
}
