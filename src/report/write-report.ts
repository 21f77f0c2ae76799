import { join } from 'node:path';
import type { Context } from '../context.ts';
import type { Reading } from '../data/own/picture-files.ts';
import { partOf, requireSplit, selectSplit } from '../data/splits.ts';
import { AtelierError, messageOf, UsageError } from '../errors.ts';
import { parseRanges } from '../evaluation/activations-ranges.ts';
import type { EvaluatedRun } from '../evaluation/comparison/evaluated-run.ts';
import { loadRuns } from '../evaluation/comparison/load-runs.ts';
import { heldOutSplit, type SplitImages } from '../evaluation/trained-model-images.ts';
import { type OnFailure, orFailure, type Several } from '../failures.ts';
import { writeFileAtomic } from '../files/atomic.ts';
import { call, said, setting, wordedFor } from '../message.ts';
import { requireFont } from '../rendering/font.ts';
import { type RunConfig, readRunConfig } from '../training/config/run-config.ts';
import { datasetOfRun, type RunDataPlace } from '../training/run-data.ts';
import { requireRun } from '../training/run-folder.ts';
import { splitLimits } from '../training/training-data.ts';
import type { WorkObserver } from '../work-observer.ts';
import { reportDocument } from './document/report-document.ts';
import type { ReportSources } from './document/sources.ts';
import { drawFigures } from './drawing/draw-figures.ts';
import { encodeImages } from './drawing/encode-images.ts';
import { samplesByClass } from './drawing/images.ts';
import { drawSheets, type LayerSheets } from './drawing/sheets.ts';
import { type KeptExploration, keptExploration } from './exploration/places.ts';
import { documentPage } from './html/page.ts';
import { gatherReport, type Report, type ReportedRun, type ReportOptions } from './model.ts';
import { markdownText } from './printers/markdown.ts';
import { checkReportFolder, openFigureFolder, reportFiles } from './report-folder.ts';

/** A report's place and pictures. */
export interface WriteReportOptions extends Several, RunDataPlace {
  /** Folder of the report. */
  readonly out: string;
  /** The test images (validation images of data without) whose activation maps are drawn: `0-2,17`; by default the first three. */
  readonly images?: string | undefined;
  readonly threads: number;
  /** Is told of the images evaluated and the pictures drawn. */
  readonly observer?: WorkObserver | undefined;
  /** The folder of an exploration of the runs' data ({@link explore}); by default the usual one, where there is one. */
  readonly exploration?: string | undefined;
  /** See `ReportOptions`, also the next two. */
  readonly reproduce?: ReportOptions['reproduce'];
  readonly baseline?: ReportOptions['baseline'];
  readonly allPairs?: ReportOptions['allPairs'];
}

/** A report as {@link report} writes it, and the paths of its files. */
export interface WrittenReport {
  readonly report: Report;
  readonly markdown: string;
  readonly page: string;
  /** Bytes of the page. */
  readonly pageSize: number;
  /** Paths of the pictures. */
  readonly figures: readonly string[];
}

const checkpoint = 'best';
/** Samples of each class on the page. */
const samplesPerClass = 10;
/** More would make the page too large to send around. */
const mostSheetImages = 8;
/** Bytes of a page that anybody can mail. */
const easySize = 8e6;

/**
 * Evaluates runs that have no evaluation, draws all figures and writes `report.md` and `report.html` beside them. An earlier
 * report in the folder is replaced whole; files that no report wrote are left alone.
 *
 * @param paths run folders
 * @throws UsageError where no run, no such folder or one twice is given, or the images do not exist; AtelierError where a
 *   run has no checkpoint to evaluate, the folder cannot be written, or no font is installed
 */
export async function writeReport(
  paths: readonly string[],
  {
    out,
    images,
    data,
    dataDirectory,
    threads,
    observer,
    exploration: kept,
    reproduce,
    baseline,
    allPairs,
    onFailure,
  }: WriteReportOptions,
  context: Context,
): Promise<WrittenReport> {
  const { logger } = context;
  // Evaluating takes long: what can be refused is refused before it.
  if (paths.length === 0)
    throw new UsageError('report: expected at least one run folder, got none.', { code: 'too-few-runs' });
  requireFont();
  await checkReportFolder(out);
  const opened = await openedRuns(paths, { data, dataDirectory, observer }, context, onFailure);
  const positionsIn = ({ path, source }: OpenedRun) => chosenImages(images, source, path);
  opened.slice(0, 1).forEach(positionsIn);
  const stage = (work: string) => observer?.progress?.({ work, done: 0, total: null, unit: '' });
  stage(opened.length === 1 ? 'reading the run' : `reading ${opened.length} runs`);
  const loaded = await loadRuns(
    opened.map(({ path }) => path),
    { checkpoint, data, dataDirectory, threads, observer },
    context,
    onFailure,
  );
  if (loaded.length === 0) throw noneToReport(paths);
  refuseSameNames(loaded);

  stage(loaded.length === 1 ? 'looking into the run' : `comparing ${loaded.length} runs`);
  const ownReport = (runs: readonly string[], number: number) =>
    wordedFor(
      said`${call('report', { runs, out: `${out}-apart${number === 0 ? '' : `-${number + 1}`}` })}`,
      context.wording,
    );
  const options = { ...(reproduce && { reproduce }), baseline, allPairs, observer, ownReport };
  const report = await gatherReport(loaded, context, options);
  // The runs that are reported may be of other data than the first that was named.
  const [reported] = report.runs;
  const shown = opened.find(({ path }) => path === reported?.path);
  if (!shown) throw new AtelierError('internal: a report without a run');
  const [source, positions] = [shown.source, positionsIn(shown)];
  for (const { label, path, lacking } of report.runs) {
    if (lacking !== null) logger.warn({ path }, `${label} is not a whole run: ${lacking}; the report says so`);
  }
  const settings = { images: positions, threads, observer, onFailure };
  const sheets = await sheetsOf(report.runs, source, settings, context);
  const exploration = await explorationOf(reported?.path ?? '', kept, context);
  const folder = await openFigureFolder(out);
  const { figures, files } = await drawFigures({ report, images: source, sheets, exploration }, folder, (done, total) =>
    observer?.progress?.({ work: 'drawing figures', done, total, unit: '' }),
  );
  const { markdown, page } = reportFiles(out);
  const texts = await textsOf({ report, sheets, figures, exploration }, source, observer);
  await writeFileAtomic(markdown, texts.markdown, 'the report');
  await writeFileAtomic(page, texts.page, 'the report');
  const stale = await folder.finish();
  if (stale.length > 0) logger.info({ stale }, `removed ${stale.length} figures of an earlier report from '${out}'`);
  const pageSize = texts.page.length;
  if (pageSize > easySize) {
    const size = (pageSize / 1e6).toFixed(1);
    const large = said`'${page}' has ${size} MB; fewer runs or fewer ${setting('images')} make it easier to send around`;
    logger.warn({ page }, wordedFor(large, context.wording));
  }
  return { report, markdown, page, pageSize, figures: files.map((file) => join(out, file)) };
}

/** What looking at the run's data has found; one that cannot be read is left out. */
async function explorationOf(
  path: string,
  folder: string | undefined,
  { logger }: Pick<Context, 'logger'>,
): Promise<KeptExploration | undefined> {
  try {
    return await keptExploration(await readRunConfig(path), folder);
  } catch (error) {
    logger.warn(`the exploration of the data is left out: ${messageOf(error)}`);
    return undefined;
  }
}

/** The report as Markdown and as a page. */
async function textsOf(
  sources: Omit<ReportSources, 'samples'>,
  images: SplitImages,
  observer: WorkObserver | undefined,
): Promise<{ readonly markdown: string; readonly page: Buffer }> {
  const { report, sheets } = sources;
  const onSection = (done: number, total: number) =>
    observer?.progress?.({ work: 'writing the page', done, total, unit: 'sections' });
  const samples = await samplesByClass(images, samplesPerClass);
  const document = reportDocument({ ...sources, samples });
  const shown = [
    ...samples.flat().map(({ index }) => index),
    ...mistakenImages(report),
    ...sheetImages(sheets, images),
  ];
  const assets = { pictures: await encodeImages(images, shown), shape: report.dataset.shape };
  const page = await documentPage(document, assets, onSection);
  return { markdown: markdownText(document), page: Buffer.from(page, 'utf8') };
}

/** A run folder that can be read, and the images that its pictures are taken from. */
interface OpenedRun {
  readonly path: string;
  readonly source: SplitImages;
}

async function openedRuns(
  paths: readonly string[],
  place: RunDataPlace & Reading,
  context: Context,
  onFailure: OnFailure | undefined,
): Promise<readonly OpenedRun[]> {
  const opened: OpenedRun[] = [];
  // Most runs of a report are of one data set: it is read once.
  const known = new Map<string, SplitImages>();
  for (const path of paths) {
    const run = await orFailure(path, onFailure, async () => {
      await requireRun(path);
      const config = await readRunConfig(path);
      const key = imagesKey(config);
      const source = known.get(key) ?? (await shownImages(config, place, context));
      known.set(key, source);
      return { path, source };
    });
    if (run) opened.push(run);
  }
  if (opened.length === 0) throw noneToReport(paths);
  return opened;
}

function noneToReport(paths: readonly string[]): AtelierError {
  return new AtelierError(`report: none of the ${paths.length} runs can be used.`, { code: 'too-few-runs' });
}

/** The images that the pictures are taken from. That a run was trained on others is said where it is evaluated. */
async function shownImages(
  { data, recipe, limits }: RunConfig,
  place: RunDataPlace & Reading,
  context: Pick<Context, 'datasets'>,
): Promise<SplitImages> {
  const dataset = await datasetOfRun({ data }, place, context);
  const split = heldOutSplit({ data });
  requireSplit(dataset, split);
  const images = await dataset.load(partOf(dataset, split));
  const selection = selectSplit(dataset, split, images, { seed: recipe.splitSeed, limits: splitLimits(limits) });
  return { split, ...selection, classes: dataset.classes };
}

/** Alike for runs that are judged by the same images. */
function imagesKey({ data, recipe, limits }: RunConfig): string {
  const { name, fingerprint, shape, origin } = data;
  const isDivided = origin !== undefined || heldOutSplit({ data }) === 'validation';
  return JSON.stringify([
    name,
    origin,
    ...(isDivided ? [fingerprint, shape, recipe.splitSeed, limits.validation] : []),
  ]);
}

/** The report knows runs by their folders' names. */
function refuseSameNames(runs: readonly EvaluatedRun[]): void {
  const names = runs.map(({ name }) => name);
  const twice = runs.find(({ name }, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new UsageError(
    `report: two run folders are both called '${twice.name}', and a report tells runs apart by their names. Rename or leave out '${twice.path}'.`,
    { code: 'already-named' },
  );
}

/** Images whose maps are drawn where nobody says which. */
const usualSheetImages = 3;

/** @param run the one whose maps could be drawn otherwise */
function chosenImages(asked: string | undefined, { indices, split }: SplitImages, run: string): readonly number[] {
  const images = asked ?? `0-${Math.min(usualSheetImages, indices.length) - 1}`;
  const chosen = parseRanges(images, {
    option: 'images',
    what: 'image',
    where: `the ${split} split`,
    count: indices.length,
  });
  if (chosen.length <= mostSheetImages) return chosen;
  throw new UsageError(
    said`${setting('images')}: expected at most ${mostSheetImages} images, got ${chosen.length}. To draw more: ${call('activations', { run, images })}`,
    { code: 'invalid-setting' },
  );
}

async function sheetsOf(
  runs: readonly ReportedRun[],
  source: SplitImages,
  {
    images,
    threads,
    observer,
    onFailure,
  }: Pick<WriteReportOptions, 'threads' | 'observer' | 'onFailure'> & { readonly images: readonly number[] },
  context: Context,
): Promise<ReadonlyMap<string, readonly LayerSheets[]>> {
  const sheets = new Map<string, readonly LayerSheets[]>();
  for (const [done, run] of runs.entries()) {
    observer?.progress?.({ work: 'drawing activation maps', done, total: runs.length, unit: 'runs' });
    const layers = run.activationFigures.flatMap((figure) => figure.layers);
    const settings = { checkpoint, threads, images, layers } as const;
    const found = await orFailure(run.path, onFailure, () => drawSheets(run, source, settings, context));
    if (found !== undefined) sheets.set(run.name, found);
  }
  return sheets;
}

function mistakenImages({ runs }: Report): readonly number[] {
  return runs.flatMap(({ confidentMistakes, confusedPairs }) =>
    [...confidentMistakes, ...confusedPairs.flatMap(({ examples }) => examples)].map(({ index }) => index),
  );
}

function sheetImages(sheets: ReadonlyMap<string, readonly LayerSheets[]>, { indices }: SplitImages): readonly number[] {
  return [...sheets.values()].flatMap(([first]) => (first?.sheets ?? []).map(({ position }) => indices[position] ?? 0));
}
