import type { TopLevelSpec } from 'vega-lite';

/** One view among those that a chart lays side by side or on top of each other. */
export type ChartView = Extract<TopLevelSpec, { vconcat: unknown }>['vconcat'][number];

/** One layer of such a view. */
export type ChartLayer = Extract<ChartView, { layer: unknown }>['layer'][number];

/**
 * Of the dots of models, in their order: told apart without their colours. Four shapes and seven colours have no common
 * divisor, so the first 28 models differ in one or the other.
 */
export const pointShapes = ['circle', 'diamond', 'triangle-up', 'square'] as const;

/** Numbers in a column at the right of a plot, level with their marks: they cover nothing, whatever the marks do. */
export function numberColumn(field: string, format: string, style: string, y: object = {}): ChartLayer {
  return {
    mark: { type: 'text', style, align: 'left', baseline: 'middle', dx: 9 },
    encoding: { ...y, x: { value: 'width' }, text: { field, type: 'quantitative', format } },
  };
}

/** Pixels: what a legend may take, a letter in it, and its sign. */
const legendWidth = 620;
const letter = 7.5;
const sign = 36;

/** A legend's columns: as many names beside each other as a picture is wide. */
export function legendOf(names: readonly string[]): { readonly columns: number } {
  const longest = Math.max(1, ...names.map((name) => name.length));
  return { columns: Math.max(1, Math.min(names.length, Math.floor(legendWidth / (longest * letter + sign)))) };
}

/** A title of a field that a tooltip shows: Vega-Lite writes it into a string of an expression, and escapes quotes only. */
export function inExpression(title: string): string {
  return title
    .split('"')
    .map((part) => JSON.stringify(part).slice(1, -1))
    .join('"');
}
