import type { TopLevelSpec } from 'vega-lite';
import { AtelierError } from '../../errors.ts';
import type { Difference } from '../../evaluation/statistics-bootstrap.ts';
import { chartStyles } from './config.ts';
import { legendOf } from './parts.ts';

/** Of what belongs to neither model; stands out on light and on dark paper. */
const neither = '#848d97';

/** One bar. */
export interface ComparedValue {
  /** What was measured: the group of the bar. */
  readonly measure: string;
  readonly model: string;
  readonly value: number;
  /** An interval around the value, where there is one. */
  readonly low?: number;
  readonly high?: number;
}

export interface ComparisonOptions {
  readonly title: string;
  readonly subtitle?: string;
  /** d3-format of the numbers, default '.4f'. */
  readonly format?: string;
  /** Of the plot without its axes, in pixels. Default 420. */
  readonly width?: number;
}

/**
 * Bars from zero, one per measure and model, with their values written out and their intervals where given.
 *
 * @throws AtelierError where there is no value
 */
export function comparisonBars(values: readonly ComparedValue[], options: ComparisonOptions): TopLevelSpec {
  const { title, subtitle = '', format = '.4f', width = 420 } = options;
  requireSome(values, title);
  const models = [...new Set(values.map(({ model }) => model))];
  const measures = [...new Set(values.map(({ measure }) => measure))];
  const intervals = values.some(({ low, high }) => low !== undefined && high !== undefined);
  const tooltip = [
    { field: 'model' },
    { field: 'measure' },
    { field: 'value', format },
    ...(intervals
      ? [
          { field: 'low', format },
          { field: 'high', format },
        ]
      : []),
  ];
  return {
    title: { text: title, subtitle },
    width,
    height: { step: 22 },
    data: { values: values.map((one) => ({ ...one, end: Math.max(one.value, one.high ?? one.value) })) },
    encoding: {
      y: {
        field: 'measure',
        type: 'nominal',
        title: null,
        scale: { domain: measures, paddingInner: 0.3 },
        axis: { ticks: false, domain: false, labelPadding: 8 },
      },
      yOffset: { field: 'model', type: 'nominal', scale: { domain: models } },
    },
    layer: [
      {
        mark: { type: 'bar' },
        encoding: {
          x: {
            field: 'value',
            type: 'quantitative',
            title: null,
            scale: { zero: true },
            axis: { tickCount: 6, grid: false },
          },
          color: { field: 'model', type: 'nominal', scale: { domain: models } },
          tooltip,
        },
      },
      ...(intervals
        ? [
            {
              mark: { type: 'rule' as const, style: chartStyles.note, strokeWidth: 2 },
              encoding: { x: { field: 'low', type: 'quantitative' as const }, x2: { field: 'high' } },
            },
          ]
        : []),
      {
        mark: { type: 'text', style: chartStyles.note, align: 'left', dx: 6 },
        encoding: { x: { field: 'end', type: 'quantitative' }, text: { field: 'value', format } },
      },
    ],
  };
}

/** A difference between two models, in one class for example. */
export interface NamedDifference {
  readonly name: string;
  readonly difference: Difference;
}

export interface DifferencesOptions {
  readonly title: string;
  readonly subtitle?: string;
  /** The two models' names: a difference is the second's measure less the first's. */
  readonly models: readonly [first: string, second: string];
  readonly width?: number;
}

/**
 * By how much one model is ahead of another, with intervals. Coloured where the interval leaves out zero.
 *
 * @throws AtelierError where there is no difference
 */
export function differencesChart(differences: readonly NamedDifference[], options: DifferencesOptions): TopLevelSpec {
  const { title, subtitle = '', models, width = 420 } = options;
  requireSome(differences, title);
  const verdicts = models.map((model) => `${model} is better`);
  const undecided = 'not told apart';
  const y = {
    field: 'name',
    type: 'nominal',
    title: null,
    scale: { domain: differences.map(({ name }) => name) },
    axis: { grid: true, ticks: false, domain: false, labelPadding: 8 },
  } as const;
  const x = {
    type: 'quantitative',
    title: differenceTitle(models),
    scale: { padding: 10, nice: false },
    axis: { format: '+~g', labelExpr: "datum.value === 0 ? '0' : datum.label", grid: false, tickCount: 7 },
  } as const;
  const color = {
    field: 'verdict',
    type: 'nominal',
    scale: { domain: verdicts },
    legend: legendOf(verdicts),
    condition: { test: `datum.verdict === '${undecided}'`, value: neither },
  } as const;
  return {
    title: { text: title, subtitle },
    width,
    height: { step: 24 },
    data: {
      values: differences.map(({ name, difference: { first, second, difference, low, high } }) => {
        const verdict = low > 0 ? verdicts[1] : high < 0 ? verdicts[0] : undecided;
        return { name, first, second, difference, low, high, verdict };
      }),
    },
    layer: [
      {
        data: { values: [{ zero: 0 }] },
        mark: { type: 'rule', style: chartStyles.guide },
        encoding: { x: { field: 'zero', type: 'quantitative' } },
      },
      {
        mark: { type: 'rule', strokeWidth: 2.5 },
        encoding: { y, x: { ...x, field: 'low' }, x2: { field: 'high' }, color },
      },
      {
        mark: { type: 'point', filled: true, size: 80, opacity: 1 },
        encoding: {
          y,
          x: { ...x, field: 'difference' },
          color,
          tooltip: [
            { field: 'name' },
            { field: 'first', title: models[0], format: '.4f' },
            { field: 'second', title: models[1], format: '.4f' },
            { field: 'difference', format: '+.4f' },
            { field: 'low', title: 'interval from', format: '+.4f' },
            { field: 'high', title: 'to', format: '+.4f' },
          ],
        },
      },
    ],
  };
}

/** Letters that stand in a line below a plot. */
const titleLetters = 56;

/** One line, or as many as long names need. */
function differenceTitle([first, second]: readonly [string, string]): string | string[] {
  const names = `${second} less ${first}`;
  const meaning = '(grey: the interval holds zero)';
  if (names.length + meaning.length < titleLetters + 8) return `${names} ${meaning}`;
  return names.length <= titleLetters ? [names, meaning] : [second, `less ${first}`, meaning];
}

function requireSome(values: readonly unknown[], title: string): void {
  if (values.length > 0) return;
  throw new AtelierError(`there is nothing to compare in '${title}', expected at least one value.`, {
    code: 'nothing-to-do',
  });
}
