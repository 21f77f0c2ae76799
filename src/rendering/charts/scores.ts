import type { TopLevelSpec } from 'vega-lite';
import { AtelierError } from '../../errors.ts';
import type { ComparedValue, ComparisonOptions } from './comparison.ts';
import { chartStyles } from './config.ts';
import { numberColumn, pointShapes } from './parts.ts';

/**
 * Scores with their intervals, a row for each measure and model: dots rather than bars, because the scores of good models lie
 * close together, far from zero. The numbers stand in a column at the right.
 *
 * @throws AtelierError where there is no value
 */
export function scoresChart(values: readonly ComparedValue[], options: ComparisonOptions): TopLevelSpec {
  const { title, subtitle = '', format = '.4f', width = 420 } = options;
  if (values.length === 0) {
    throw new AtelierError(`there is nothing to compare in '${title}', expected at least one value.`, {
      code: 'nothing-to-do',
    });
  }
  const models = [...new Set(values.map(({ model }) => model))];
  const measures = [...new Set(values.map(({ measure }) => measure))];
  const scale = { zero: false, padding: 8, nice: false };
  const axis = { tickCount: 6, grid: true };
  const color = { field: 'model', type: 'nominal', scale: { domain: models } } as const;
  return {
    title: { text: title, subtitle },
    width,
    height: { step: 20 },
    data: {
      values: values.map(({ low, high, ...one }) => ({ ...one, low: low ?? one.value, high: high ?? one.value })),
    },
    encoding: {
      y: {
        field: 'measure',
        type: 'nominal',
        title: null,
        scale: { domain: measures, paddingInner: 0.25, paddingOuter: 0.15 },
        axis: { ticks: false, domain: false, labelPadding: 8 },
      },
      yOffset: { field: 'model', type: 'nominal', scale: { domain: models } },
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
          shape: { field: 'model', type: 'nominal', scale: { domain: models, range: [...pointShapes] } },
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
