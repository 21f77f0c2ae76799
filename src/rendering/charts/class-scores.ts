import type { TopLevelSpec } from 'vega-lite';
import { AtelierError } from '../../errors.ts';
import type { ClassMetrics } from '../../evaluation/metrics.ts';
import { chartStyles } from './config.ts';
import { type ChartView, legendOf, numberColumn, pointShapes } from './parts.ts';

export interface ScoredModel {
  readonly name: string;
  readonly classes: readonly ClassMetrics[];
}

export interface ClassScoresOptions {
  readonly title: string;
  /** Of each of the three plots without its axes, in pixels. Default 190. */
  readonly width?: number;
}

const measures = ['precision', 'recall', 'f1'] as const;
const headings = { precision: 'precision', recall: 'recall', f1: 'F1' } as const;

/**
 * Precision, recall and F1 of each class, models side by side: dots rather than bars, because the scores of good models
 * lie close together, far from zero. Of a single model the numbers stand beside them.
 *
 * @throws AtelierError where there is no model, or the models' classes differ
 */
export function classScoresChart(models: readonly ScoredModel[], options: ClassScoresOptions): TopLevelSpec {
  const { title, width = 190 } = options;
  const [first] = models;
  if (first === undefined)
    throw new AtelierError(`there is no model to draw in '${title}', expected at least one.`, {
      code: 'nothing-to-do',
    });
  const names = first.classes.map(({ name }) => name);
  for (const { name, classes } of models) {
    const others = classes.map((one) => one.name);
    if (others.join('\n') === names.join('\n')) continue;
    throw new AtelierError(
      `'${name}' knows the classes ${others.join(', ')}, expected those of '${first.name}': ${names.join(', ')}. Compare models of the same data set.`,
      { code: 'classes-mismatch' },
    );
  }
  const scores = models.flatMap(({ classes }) => classes.flatMap((one) => measures.map((measure) => one[measure])));
  // The dots lie a little inside the plot; twentieths make round ticks.
  const low = Math.max(0, Math.floor(Math.min(...scores) * 20 - 0.2) / 20);
  return {
    title,
    data: {
      values: models.flatMap(({ name: model, classes }) =>
        classes.map(({ name, precision, recall, f1, support }) => ({ model, name, precision, recall, f1, support })),
      ),
    },
    spacing: models.length === 1 ? 26 : 22,
    hconcat: measures.map((measure, index) => ({
      title: { text: headings[measure], fontSize: 12, anchor: 'middle', offset: 8 },
      width,
      height: { step: 25 },
      layer: scoreLayers(measure, models, names, { low, labels: index === 0 }),
    })),
  };
}

function scoreLayers(
  measure: (typeof measures)[number],
  models: readonly ScoredModel[],
  names: string[],
  { low, labels }: { readonly low: number; readonly labels: boolean },
): Extract<ChartView, { layer: unknown }>['layer'] {
  const y = {
    field: 'name',
    type: 'nominal',
    title: null,
    scale: { domain: names },
    axis: { labels, ticks: false, domain: false, grid: true, labelPadding: 8 },
  } as const;
  const domain = models.map(({ name }) => name);
  const scale = { domain: [low, 1], nice: false };
  const alone = models.length === 1;
  const legend = { legend: alone ? null : legendOf(domain) };
  return [
    {
      mark: { type: 'rule', style: chartStyles.link },
      encoding: {
        y,
        x: { aggregate: 'min', field: measure, type: 'quantitative', scale },
        x2: { aggregate: 'max', field: measure },
      },
    },
    {
      mark: { type: 'point', filled: true, size: 75, opacity: 1 },
      encoding: {
        y,
        x: {
          field: measure,
          type: 'quantitative',
          title: null,
          scale,
          axis: { format: '.2~f', tickCount: 5, grid: false },
        },
        color: { field: 'model', type: 'nominal', scale: { domain }, ...legend },
        shape: { field: 'model', type: 'nominal', scale: { domain, range: [...pointShapes] }, ...legend },
        tooltip: [
          { field: 'model' },
          { field: 'name', title: 'class' },
          ...measures.map((field) => ({ field, title: headings[field], format: '.4f' })),
          { field: 'support', title: 'images' },
        ],
      },
    },
    ...(alone ? [numberColumn(measure, '.4f', chartStyles.note, { y })] : []),
  ];
}
