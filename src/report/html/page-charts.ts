import type { Spec } from 'vega';
import { compileChart, type TopLevelSpec } from '../../rendering/charts/render.ts';
import { darkTheme, lightTheme, type Theme } from '../../rendering/theme.ts';
import type { ChartForm } from '../document/document.ts';
import { themeOfRun } from '../drawing/charts.ts';
import { difference, type Patch } from './patch.ts';
import { pageFont } from './style.ts';

/** How a chart takes the width it is given: the signal that a plot's width follows, and how many plots stand side by side. */
export interface Fluidity {
  readonly signal: string;
  readonly plots: number;
  /** Pixels of one plot. */
  readonly least: number;
  readonly most: number;
}

/**
 * A chart as the page's script takes it: compiled for Vega, so that the page need not bring Vega-Lite. Its forms differ in
 * little, and so only one is there whole.
 */
export interface PageChart {
  /** The wide form in light colours. */
  readonly wide: SizedChart;
  /** What makes the narrow form of it; null where the wide one shrinks well enough. */
  readonly narrow: { readonly patch: Patch; readonly fluid: Fluidity | null } | null;
  /** What makes the dark of the light one. */
  readonly dark: { readonly wide: Patch; readonly narrow: Patch };
  /** Pixels; where there is less room, a chart takes its narrow form. */
  readonly roomy: number;
}

interface ChartForms {
  readonly wide: SizedChart;
  /** Null where the wide form shrinks well enough. */
  readonly narrow: SizedChart | null;
}

export interface SizedChart {
  readonly spec: Spec;
  /** Null where the form has one size. */
  readonly fluid: Fluidity | null;
}

/** Pixels: what the numbers of a matrix take at their full size. */
const roomy = 560;

/**
 * Compiles a chart for the page. Its title is left out: the page has captions.
 *
 * @param run number of the run whose colour comes first
 */
export function pageChart(chart: TopLevelSpec, form: ChartForm, run = 0): PageChart {
  const forms = (theme: Theme): ChartForms => {
    // The page's own background shines through.
    const { title: _, ...spec } = compileChart(chart, {
      ...themeOfRun(theme, run),
      paper: 'transparent',
      font: pageFont,
    });
    return formsOf(form, replaced(spec, tamed));
  };
  const [light, dark] = [forms(lightTheme), forms(darkTheme)];
  const patch = (from: SizedChart, to: SizedChart) => difference(plain(from.spec), plain(to.spec));
  return {
    wide: light.wide,
    narrow: light.narrow && { patch: patch(light.wide, light.narrow), fluid: light.narrow.fluid },
    dark: {
      wide: patch(light.wide, dark.wide),
      narrow: light.narrow && dark.narrow && patch(light.narrow, dark.narrow),
    },
    roomy,
  };
}

/** As it comes out of the page's JSON. */
function plain(spec: Spec): unknown {
  return JSON.parse(JSON.stringify(spec));
}

function formsOf(form: ChartForm, spec: Spec): ChartForms {
  const width = (least: number, most: number): ChartForms => ({
    wide: { spec, fluid: { signal: 'width', plots: 1, least, most } },
    narrow: null,
  });
  switch (form) {
    case 'curves':
      return width(200, 620);
    case 'plane':
      return width(220, 640);
    case 'bars': {
      const { wide } = width(115, 460);
      return { wide, narrow: halved(wide) };
    }
    case 'calibration':
      return {
        wide: { spec: square(spec), fluid: { signal: 'width', plots: 1, least: 200, most: 360 } },
        narrow: null,
      };
    case 'classes':
      return {
        wide: { spec, fluid: { signal: 'childWidth', plots: 3, least: 120, most: 220 } },
        narrow: halved({ spec: stacked(spec), fluid: { signal: 'childWidth', plots: 1, least: 150, most: 420 } }),
      };
    case 'matrix': {
      const plots = classCount(spec);
      return {
        wide: { spec, fluid: { signal: 'x_step', plots, least: 48, most: 66 } },
        narrow: { spec: upright(spec), fluid: { signal: 'x_step', plots, least: 24, most: 44 } },
      };
    }
  }
}

/**
 * What Vega-Lite does not say itself. A wheel turned over a chart scrolls the page; with a modifier key it zooms. Where a
 * plot can be moved, all its marks are clipped to it, also the text that stands above it: that may be seen there. And a mark
 * that has nothing to tell lets the pointer through to the one below, a number to its square.
 */
function tamed(part: object): object {
  if (!('type' in part)) return part;
  if (part.type === 'wheel') return { ...part, filter: ['event.ctrlKey || event.metaKey || event.shiftKey'] };
  if (!('encode' in part) || part.type === 'group') return part;
  const above = part.type === 'text' && 'clip' in part && part.clip === true;
  return {
    ...part,
    ...(above && { clip: { path: { signal: "'M0,-24H' + width + 'V0H0Z'" } } }),
    ...(!JSON.stringify(part.encode).includes('"tooltip"') && { interactive: false }),
  };
}

/** A copy with each object inside it exchanged. */
function replaced<T extends object>(value: T, change: (value: object) => object): T {
  return JSON.parse(JSON.stringify(value), (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part) ? change(part) : part,
  );
}

/** The upper plot as high as it is wide: its diagonal is what everything in it is held against. */
function square(spec: Spec): Spec {
  return {
    ...spec,
    signals: (spec.signals ?? []).map((signal) =>
      signal.name === 'concat_0_height' ? { name: signal.name, update: 'width' } : signal,
    ),
  };
}

/** With half the room a legend has half the columns. */
function halved({ spec, fluid }: SizedChart): SizedChart {
  const legends = (spec.legends ?? []).map((legend) => ({
    ...legend,
    columns: typeof legend.columns === 'number' ? Math.max(1, Math.floor(legend.columns / 2)) : 2,
  }));
  return { spec: { ...spec, legends }, fluid };
}

/** Plots that stood side by side, one below the other: each with the labels that only the first had. */
function stacked(spec: Spec): Spec {
  return {
    ...spec,
    layout: { ...spec.layout, columns: 1 },
    marks: (spec.marks ?? []).map((mark) =>
      mark.type === 'group' && mark.axes !== undefined
        ? {
            ...mark,
            axes: mark.axes.map((axis) =>
              axis.labels === false && axis.grid !== true && axis.orient === 'left' ? { ...axis, labels: true } : axis,
            ),
          }
        : mark,
    ),
  };
}

/** A matrix with narrow columns: their names stand upright, and the numbers in them are small. */
function upright(spec: Spec): Spec {
  const small = replaced(spec, (part) => {
    if (!('type' in part && part.type === 'text' && 'encode' in part)) return part;
    const { encode } = part;
    if (typeof encode !== 'object' || encode === null || !('update' in encode)) return part;
    return { ...part, encode: { update: { ...Object(encode.update), fontSize: { value: 9.5 } } } };
  });
  return {
    ...small,
    signals: (spec.signals ?? []).map((signal) =>
      signal.name === 'y_step' ? { name: signal.name, value: 30 } : signal,
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
