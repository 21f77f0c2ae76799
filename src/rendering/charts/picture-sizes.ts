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
  const domain: readonly [number, number] = [Math.max(1, Math.min(...sides) * 0.8), Math.max(...sides) * 1.25];
  const side = (field: 'width' | 'height') => ({
    field,
    type: 'quantitative' as const,
    title: `${field}, pixels`,
    scale: { type: 'log' as const, domain: [...domain], nice: false },
    axis: { values: [...sideTicks(domain)], format: 'd' },
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

/** Most of the numbers on an axis of one decade at most. */
const mostTicks = 7;

/**
 * The numbers at a logarithmic axis of whole pixels. Those that Vega picks are 80, 90 and 100 for sides of 75 to 190: powers and
 * their multiples, nothing in between. Within a decade they lie evenly here, beyond it they are 1, 2 and 5 times the powers of ten.
 */
export function sideTicks([from, to]: readonly [number, number]): readonly number[] {
  const decades = (factors: readonly number[]) =>
    Array.from({ length: 10 }, (_, power) => factors.map((factor) => factor * 10 ** power)).flat();
  const within = (values: readonly number[]) => values.filter((value) => value >= from && value <= to);
  if (to / from > 10) return within(decades([1, 2, 5]));
  const step = decades([1, 2, 5]).find((size) => (to - from) / size <= mostTicks) ?? to;
  return within(Array.from({ length: Math.floor(to / step) }, (_, at) => (at + 1) * step));
}
