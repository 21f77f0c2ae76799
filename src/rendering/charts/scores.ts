import type { TopLevelSpec } from 'vega-lite';
import { AtelierError } from '../../errors.ts';
import { chartStyles } from './config.ts';
import { legendOf, numberColumn, pointShapes } from './parts.ts';

/** One score of one model. */
export interface ScoredValue {
  /** What was measured. */
  readonly measure: string;
  readonly model: string;
  readonly value: number;
  /** An interval around the value, where there is one. */
  readonly low?: number;
  readonly high?: number;
}

export interface ScoresOptions {
  readonly title: string;
  readonly subtitle?: string;
  /** d3-format of the numbers, default '.4f'. */
  readonly format?: string;
  /** Of the plot without its axes, in pixels. Default 420. */
  readonly width?: number;
}

/** With more models than this a legend tells them apart no more: each has its name beside its row. */
export const mostLegendModels = 6;

/**
 * Scores with their intervals, a row for each measure and model: dots rather than bars, because the scores of good models lie
 * close together, far from zero. The numbers stand in a column at the right.
 *
 * @throws AtelierError where there is no value
 */
export function scoresChart(values: readonly ScoredValue[], options: ScoresOptions): TopLevelSpec {
  const { title, subtitle = '', format = '.4f', width = 420 } = options;
  if (values.length === 0) {
    throw new AtelierError(`there is nothing to compare in '${title}', expected at least one value.`, {
      code: 'nothing-to-do',
    });
  }
  const models = [...new Set(values.map(({ model }) => model))];
  const measures = [...new Set(values.map(({ measure }) => measure))];
  const direct = models.length > mostLegendModels;
  const [group, series] = direct ? (['model', 'measure'] as const) : (['measure', 'model'] as const);
  const [groups, parts] = direct ? [models, measures] : [measures, models];
  const scale = { zero: false, padding: 8, nice: false };
  const axis = { tickCount: 6, grid: true };
  const legend = legendOf(parts);
  const color = { field: series, type: 'nominal', scale: { domain: parts }, legend } as const;
  return {
    title: { text: title, subtitle },
    width,
    height: { step: direct ? 15 : 20 },
    data: {
      values: values.map(({ low, high, ...one }) => ({ ...one, low: low ?? one.value, high: high ?? one.value })),
    },
    encoding: {
      y: {
        field: group,
        type: 'nominal',
        title: null,
        scale: { domain: groups, paddingInner: 0.25, paddingOuter: 0.15 },
        axis: { ticks: false, domain: false, labelPadding: 8 },
      },
      yOffset: { field: series, type: 'nominal', scale: { domain: parts } },
    },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 2.5 },
        encoding: { x: { field: 'low', type: 'quantitative', title: null, scale, axis }, x2: { field: 'high' }, color },
      },
      {
        mark: { type: 'point', filled: true, size: 75, opacity: 1 },
        encoding: {
          x: { field: 'value', type: 'quantitative', title: null, scale, axis },
          color,
          shape: { field: series, type: 'nominal', scale: { domain: parts, range: [...pointShapes] }, legend },
          tooltip: [
            { field: 'model' },
            { field: 'measure' },
            { field: 'value', format },
            { field: 'low', title: 'interval from', format },
            { field: 'high', title: 'to', format },
          ],
        },
      },
      numberColumn('value', format, chartStyles.note),
    ],
  };
}
