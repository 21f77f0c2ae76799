import type { TopLevelSpec } from 'vega-lite';
import { legendOf } from './parts.ts';

/** Images of a class in each split. */
export interface ClassCount {
  readonly name: string;
  readonly splits: readonly { readonly split: string; readonly count: number }[];
}

/** How many images each class has, split by split, one bar a class. */
export function classCountsChart(classes: readonly ClassCount[], { title }: { readonly title: string }): TopLevelSpec {
  const splits = [...new Set(classes.flatMap((one) => one.splits.map(({ split }) => split)))];
  return {
    title,
    width: 420,
    height: { step: classes.length > 40 ? 14 : 22 },
    data: {
      values: classes.flatMap(({ name, splits: counts }) =>
        counts.map(({ split, count }) => ({ name, split, count, place: splits.indexOf(split) })),
      ),
    },
    mark: { type: 'bar' },
    encoding: {
      y: {
        field: 'name',
        type: 'nominal',
        title: null,
        scale: { domain: classes.map(({ name }) => name), paddingInner: 0.25 },
        axis: { ticks: false, domain: false, labelPadding: 6, labelLimit: 220 },
      },
      x: { field: 'count', type: 'quantitative', title: 'images', stack: 'zero', axis: { tickCount: 5 } },
      order: { field: 'place', type: 'quantitative' },
      color: { field: 'split', type: 'nominal', scale: { domain: splits }, legend: legendOf(splits) },
      tooltip: [
        { field: 'name', title: 'class' },
        { field: 'split' },
        { field: 'count', title: 'images', format: ',d' },
      ],
    },
  };
}
