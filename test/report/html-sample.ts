import { join } from 'node:path';
import { reproductionSteps } from '../../src/cli/reproduction.ts';
import { loadRuns } from '../../src/evaluation/comparison/load-runs.ts';
import type { SplitImages } from '../../src/evaluation/trained-model-images.ts';
import { naturalOrder } from '../../src/random/sampling.ts';
import { reportDocument } from '../../src/report/document/report-document.ts';
import type { ReportSources } from '../../src/report/document/sources.ts';
import { encodeImages } from '../../src/report/drawing/encode-images.ts';
import { type ImageSource, samplesByClass } from '../../src/report/drawing/images.ts';
import { drawSheets, type LayerSheets } from '../../src/report/drawing/sheets.ts';
import { documentPage } from '../../src/report/html/page.ts';
import type { PageAssets } from '../../src/report/html/page-content.ts';
import { gatherReport } from '../../src/report/model.ts';
import { loadReal } from '../data/real-images.ts';
import { writeRun } from '../evaluation/trained-model-run.ts';
import { context } from '../models.ts';
import { type FakeRun, fakeHistory, publishedLikeAnswers, writeFakeRun } from './fake-runs.ts';

const { m1, m2 } = publishedLikeAnswers(40);

/** Two whole runs by their history, which nobody trained: answers as the original's, weights as they were drawn. */
export const fakes: Readonly<Record<string, FakeRun>> = {
  base: { model: 'm1', answers: m1, history: fakeHistory(new Array(12).fill(1e-3), 5) },
  deep: {
    model: 'm2',
    answers: m2,
    history: fakeHistory([...new Array(7).fill(1e-3), ...new Array(5).fill(5e-4)], 11),
  },
};

/** Writes evaluated runs with checkpoints, so that nothing is left to compute but maps. Returns their folders. */
export async function writeWholeRuns(
  folder: string,
  runs: Readonly<Record<string, FakeRun>> = fakes,
): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const [name, fake] of Object.entries(runs)) {
    const path = join(folder, name);
    await writeRun(path, fake.model);
    paths.push(writeFakeRun(path, fake));
  }
  return paths;
}

/** What figures and pages are made of. */
export interface SampleReport extends ReportSources, PageAssets {
  readonly images: ImageSource;
}

/** The page of a sample. */
export function pageOf(sample: SampleReport): Promise<string> {
  return documentPage(reportDocument(sample), sample);
}

/** The test images of Fashion-MNIST. */
export async function testImages(): Promise<SplitImages> {
  const { images, classes } = await loadReal('test');
  return { split: 'test', images, classes, indices: naturalOrder(images.count) };
}

/** A report of such runs, with the maps of two images. */
export async function sampleReport(paths: readonly string[]): Promise<SampleReport> {
  const options = { split: 'test', checkpoint: 'best', threads: 1 } as const;
  const loaded = await loadRuns(paths, options, context);
  const report = await gatherReport(loaded, context, {
    resamples: 200,
    pairs: 3,
    examples: 4,
    mistakes: 6,
    reproduce: (runs) => reproductionSteps(runs, context),
  });
  const split = await testImages();
  const sheets = new Map<string, readonly LayerSheets[]>();
  for (const run of report.runs) {
    const layers = run.activationFigures.flatMap((figure) => figure.layers);
    const found = await drawSheets(run, split, { checkpoint: 'best', threads: 1, images: [0, 2], layers }, context);
    if (found !== undefined) sheets.set(run.name, found);
  }
  const samples = await samplesByClass(split, 3);
  const pictures = await encodeImages(
    split,
    Array.from({ length: 400 }, (_, index) => index),
  );
  return { report, samples, pictures, sheets, figures: {}, images: split, shape: report.dataset.shape };
}
