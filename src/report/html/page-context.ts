import type { TopLevelSpec } from '../../rendering/charts/render.ts';
import type { ClassSample } from '../drawing/images.ts';
import type { LayerSheets } from '../drawing/sheets.ts';
import type { Report, ReportedRun } from '../model.ts';
import { Numbering } from '../numbering.ts';
import { type Child, html, type Markup } from './markup.ts';
import { type ChartKind, type PageChart, pageChart } from './page-charts.ts';
import { chart, choiceSwitch, panel } from './parts.ts';

/** What a page is made of. */
export interface PageSources {
  readonly report: Report;
  /** By class. */
  readonly samples: readonly (readonly ClassSample[])[];
  /** Addresses of the images that the page shows, by their position in the data set file. */
  readonly pictures: ReadonlyMap<number, string>;
  /** By the run's name; a run without is left out. */
  readonly sheets: ReadonlyMap<string, readonly LayerSheets[]>;
}

/** What a page's sections share while they are written: the sources, the counters, the charts used so far. */
export class PageContext {
  readonly sources: PageSources;
  readonly numbering = new Numbering();
  readonly charts: Record<string, PageChart> = {};

  constructor(sources: PageSources) {
    this.sources = sources;
  }

  get report(): Report {
    return this.sources.report;
  }

  get runs(): readonly ReportedRun[] {
    return this.sources.report.runs;
  }

  /** The place of a chart. Its name is the page's own: `run0-curves`. `run`: see `pageChart`. */
  chart(id: string, spec: TopLevelSpec, kind: ChartKind, label: string, run?: number): Markup {
    this.charts[id] = pageChart(spec, kind, run);
    return chart(id, label);
  }

  /** An image of the data set; its pixels stay squares. */
  picture(index: number, alternative: string): Markup {
    return html`<img class="pixels" src="${this.sources.pictures.get(index)}" alt="${alternative}" width="28" height="28">`;
  }

  /** Something for each run, of which the reader sees one run's. */
  forEachRun(content: (run: ReportedRun, key: string) => Child): readonly Markup[] {
    return this.runs.map((run, index) =>
      panel(
        { of: 'run', value: String(index) },
        html`<h3 class="run">${swatch(index)}${run.label}</h3>${content(run, `run${index}`)}`,
      ),
    );
  }

  /** The switch between the runs; nothing where there is only one. */
  runSwitch(): Markup | null {
    if (this.runs.length < 2) return null;
    const options = this.runs.map(({ label }, index) => ({ value: String(index), label }));
    return choiceSwitch('run', 'Model shown', options, 'runs');
  }
}

/** A run's colour in the charts. */
export function swatch(index: number): Markup {
  return html`<span class="swatch" style="--color: var(--run-${index % 7})"></span>`;
}
