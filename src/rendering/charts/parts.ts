import type { TopLevelSpec } from 'vega-lite';

/** One view among those that a chart lays side by side or on top of each other. */
export type ChartView = Extract<TopLevelSpec, { vconcat: unknown }>['vconcat'][number];

/** One layer of such a view. */
export type ChartLayer = Extract<ChartView, { layer: unknown }>['layer'][number];

/** Of the dots of models, in their order: told apart without their colours. */
export const pointShapes = ['circle', 'diamond', 'triangle-up', 'square'] as const;

/** Numbers in a column at the right of a plot, level with their marks: they cover nothing, whatever the marks do. */
export function numberColumn(field: string, format: string, style: string, y: object = {}): ChartLayer {
  return {
    mark: { type: 'text', style, align: 'left', baseline: 'middle', dx: 9 },
    encoding: { ...y, x: { value: 'width' }, text: { field, type: 'quantitative', format } },
  };
}
