import type { TopLevelSpec } from 'vega-lite';
import { AtelierError } from '../../errors.ts';
import type { Difference } from '../../evaluation/statistics-bootstrap.ts';
import { chartStyles } from './config.ts';
import { inExpression, legendOf } from './parts.ts';

/** Of what belongs to neither model; stands out on light and on dark paper. */
const neither = '#848d97';

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
  if (differences.length === 0) {
    throw new AtelierError(`there is nothing to compare in '${title}', expected at least one value.`, {
      code: 'nothing-to-do',
    });
  }
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
    // That of the axis alone: a field's own title becomes a part of Vega's expressions.
    title: 'difference',
    scale: { padding: 10, nice: false },
    axis: {
      title: differenceTitle(models),
      format: '+~g',
      labelExpr: "datum.value === 0 ? '0' : datum.label",
      grid: false,
      tickCount: 7,
    },
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
            { field: 'first', title: inExpression(models[0]), format: '.4f' },
            { field: 'second', title: inExpression(models[1]), format: '.4f' },
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

/** Two lines, or three for long names: one is wider than the plot on a phone. */
function differenceTitle([first, second]: readonly [string, string]): string[] {
  const names = `${second} less ${first}`;
  const meaning = '(grey: the interval holds zero)';
  return names.length <= titleLetters ? [names, meaning] : [second, `less ${first}`, meaning];
}
