import type { ClassSample } from '../drawing/images.ts';
import type { LayerSheets } from '../drawing/sheets.ts';
import type { KeptExploration } from '../exploration/places.ts';
import type { ReportFigures, RunFigures } from '../figures.ts';
import type { Report, ReportedRun } from '../model.ts';
import type { Block, PerRun } from './document.ts';
import { Numbering } from './numbering.ts';

/** What a report's document is made of. */
export interface ReportSources {
  readonly report: Report;
  /** Samples by class, in the order of the classes. */
  readonly samples: readonly (readonly ClassSample[])[];
  /** Activation maps by the run's name; a run without is left out. */
  readonly sheets: ReadonlyMap<string, readonly LayerSheets[]>;
  /** Where the picture files are, for plain text; those that are left out are not shown there. */
  readonly figures: ReportFigures;
  /** What looking at the data has found; undefined where nobody has looked. */
  readonly exploration?: KeptExploration | undefined;
}

/** What the sections share while they are made: the sources and the counters of figures and tables. */
export class SectionContext {
  readonly sources: ReportSources;
  readonly numbering = new Numbering();

  constructor(sources: ReportSources) {
    this.sources = sources;
  }

  get report(): Report {
    return this.sources.report;
  }

  get runs(): readonly ReportedRun[] {
    return this.sources.report.runs;
  }

  /** The picture files of a run. */
  files({ name }: ReportedRun): RunFigures {
    return this.sources.figures.runs?.[name] ?? {};
  }

  /** The same of each run. `key` begins the names that belong to it on a page: `run0`. */
  perRun(content: (run: ReportedRun, key: string, index: number) => readonly Block[]): PerRun {
    return { kind: 'per-run', runs: this.runs.map((run, index) => content(run, `run${index}`, index)) };
  }
}
