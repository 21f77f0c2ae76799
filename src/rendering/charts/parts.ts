import type { TopLevelSpec } from 'vega-lite';

/** One view among those that a chart lays side by side or on top of each other. */
export type ChartView = Extract<TopLevelSpec, { vconcat: unknown }>['vconcat'][number];

/** One layer of such a view. */
export type ChartLayer = Extract<ChartView, { layer: unknown }>['layer'][number];
