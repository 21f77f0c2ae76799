import type { Document } from './document.ts';
import { apartSection, claimsSection, comparisonSection, originalSection } from './sections/comparison.ts';
import { dataSection } from './sections/data.ts';
import { explorationSection } from './sections/exploration.ts';
import { layersSection } from './sections/layers.ts';
import { mistakesSection } from './sections/mistakes.ts';
import { environmentSection, reproductionSection } from './sections/reproduction.ts';
import { resultsSection } from './sections/results.ts';
import { reportTitle, summary } from './sections/summary.ts';
import { trainingSection } from './sections/training.ts';
import { type ReportSources, SectionContext } from './sources.ts';

/**
 * The report as a document. Figures and tables are numbered as they come, which for one run of each model of the course
 * report gives the original's numbers: figures 1 to 11, tables 1 to 3.
 */
export function reportDocument(sources: ReportSources): Document {
  const context = new SectionContext(sources);
  const { report } = sources;
  return {
    title: reportTitle(report),
    runs: report.runs.map(({ label }) => label),
    summary: summary(report),
    sections: [
      dataSection(context),
      trainingSection(context),
      resultsSection(context),
      layersSection(context),
      mistakesSection(context),
      ...comparisonSection(context),
      ...apartSection(context),
      ...originalSection(context),
      ...claimsSection(context),
      ...explorationSection(context),
      environmentSection(context),
      reproductionSection(context),
    ],
  };
}
