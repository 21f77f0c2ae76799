import type { TopLevelSpec } from 'vega-lite';
import { chartStyles } from './config.ts';

/** Pictures of a size. */
export interface SizeCount {
  readonly width: number;
  readonly height: number;
  readonly count: number;
}

/** The sizes of pictures: width and height, both logarithmic, larger dots for more pictures. */
export function pictureSizesChart(sizes: readonly SizeCount[], { title }: { readonly title: string }): TopLevelSpec {
  const sides = sizes.flatMap(({ width, height }) => [width, height]);
  const domain = [Math.max(1, Math.min(...sides) * 0.8), Math.max(...sides) * 1.25];
  const side = (field: 'width' | 'height') => ({
    field,
    type: 'quantitative' as const,
    title: `${field}, pixels`,
    scale: { type: 'log' as const, domain, nice: false },
    axis: { tickCount: 6, format: '~d' },
  });
  return {
    title,
    width: 400,
    height: 320,
    data: { values: sizes.map(({ width, height, count }) => ({ width, height, count })) },
    mark: { type: 'point', filled: true, opacity: 0.5, style: chartStyles.dot },
    encoding: {
      x: side('width'),
      y: side('height'),
      size: { field: 'count', type: 'quantitative', scale: { range: [16, 500] }, legend: null },
      tooltip: [{ field: 'width' }, { field: 'height' }, { field: 'count', title: 'pictures' }],
    },
  };
}
