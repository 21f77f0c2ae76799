import type { Config, Spec } from 'vega';
import { compileChart, type TopLevelSpec } from '../../rendering/charts/render.ts';
import { darkTheme, lightTheme, type Theme } from '../../rendering/theme.ts';
import { pageFont } from './style.ts';

/** How a chart takes the width it is given: the signal that a plot's width follows, and how many plots stand side by side. */
export interface Fluidity {
  readonly signal: string;
  readonly plots: number;
  /** Pixels of one plot. */
  readonly least: number;
  readonly most: number;
}

/** A chart as the page's script takes it: compiled for Vega, so that the page need not bring Vega-Lite. */
export interface PageChart {
  readonly spec: Spec;
  /** Instead of `spec` where there is less room than `roomy`. */
  readonly narrow: Spec | null;
  readonly roomy: number;
  /** Colours and fonts. */
  readonly light: Config;
  readonly dark: Config;
  /** Null where the chart has one size. */
  readonly fluid: Fluidity | null;
  readonly narrowFluid: Fluidity | null;
}

/** What a chart is, as far as its width is concerned. */
export type ChartKind = 'curves' | 'matrix' | 'classes' | 'bars' | 'calibration';

/** Pixels; below them a chart takes its narrow form. */
const roomy = 640;

/** Compiles a chart for the page. Its title is left out: the page has captions. */
export function pageChart(chart: TopLevelSpec, kind: ChartKind): PageChart {
  const { config: light = {}, title: _, ...spec } = compileChart(chart, paperless(lightTheme));
  const { config: dark = {} } = compileChart(chart, paperless(darkTheme));
  const gentle = gentleWheel(spec);
  return { spec: gentle, light, dark, roomy, ...widths(kind, gentle) };
}

function widths(kind: ChartKind, spec: Spec): Pick<PageChart, 'narrow' | 'fluid' | 'narrowFluid'> {
  switch (kind) {
    case 'curves':
      return { narrow: null, fluid: { signal: 'width', plots: 1, least: 220, most: 620 }, narrowFluid: null };
    case 'bars':
      return { narrow: null, fluid: { signal: 'width', plots: 1, least: 160, most: 460 }, narrowFluid: null };
    case 'calibration':
      return { narrow: null, fluid: { signal: 'width', plots: 1, least: 220, most: 360 }, narrowFluid: null };
    case 'classes':
      return {
        fluid: { signal: 'childWidth', plots: 3, least: 130, most: 200 },
        narrow: stacked(spec),
        narrowFluid: { signal: 'childWidth', plots: 1, least: 180, most: 420 },
      };
    case 'matrix':
      return {
        fluid: { signal: 'x_step', plots: classCount(spec), least: 44, most: 62 },
        narrow: upright(spec),
        narrowFluid: null,
      };
  }
}

/** The page's own background shines through, in either theme. */
function paperless(theme: Theme): Theme {
  return { ...theme, paper: 'transparent', font: pageFont };
}

/** A wheel turned over a chart scrolls the page; with a modifier key it zooms. */
function gentleWheel(spec: Spec): Spec {
  return replaced(spec, (value) =>
    'type' in value && value.type === 'wheel'
      ? { ...value, filter: ['event.ctrlKey || event.metaKey || event.shiftKey'] }
      : value,
  );
}

/** A copy with each object inside it exchanged. */
function replaced<T extends object>(value: T, change: (value: object) => object): T {
  return JSON.parse(JSON.stringify(value), (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part) ? change(part) : part,
  );
}

/** Plots that stood side by side, one below the other: each with the labels that only the first had. */
function stacked(spec: Spec): Spec {
  return {
    ...spec,
    layout: { ...spec.layout, columns: 1 },
    marks: (spec.marks ?? []).map((mark) =>
      mark.type === 'group' && mark.axes !== undefined
        ? { ...mark, axes: mark.axes.map((axis) => (axis.labels === false && axis.orient === 'left' ? { ...axis, labels: true } : axis)) }
        : mark,
    ),
  };
}

/** A matrix with narrow columns, so their names stand upright. */
function upright(spec: Spec): Spec {
  return {
    ...spec,
    signals: (spec.signals ?? []).map((signal) =>
      signal.name === 'x_step' || signal.name === 'y_step' ? { name: signal.name, value: 34 } : signal,
    ),
    axes: (spec.axes ?? []).map((axis) =>
      axis.orient === 'bottom' ? { ...axis, labelAngle: 270, labelAlign: 'right', labelBaseline: 'middle' } : axis,
    ),
  };
}

function classCount({ scales = [] }: Spec): number {
  const domain = scales.find(({ name }) => name === 'x')?.domain;
  return Array.isArray(domain) ? domain.length : 10;
}
