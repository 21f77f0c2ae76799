import { mapAhead } from '../../map-ahead.ts';
import { renderChart, type TopLevelSpec } from '../../rendering/charts/render.ts';
import { renderConfusedPairs } from '../../rendering/pixels/confused-pairs.ts';
import { renderMistakes } from '../../rendering/pixels/mistakes.ts';
import { renderClassSamples } from '../../rendering/pixels/sample-grid.ts';
import { lightTheme, type Theme } from '../../rendering/theme.ts';
import { pixelPlots } from '../exploration/exploration-charts.ts';
import type { KeptExploration } from '../exploration/places.ts';
import type { ExplorationFigures, ReportFigures, RunFigures } from '../figures.ts';
import type { Mistake } from '../mistakes.ts';
import type { Report, ReportedRun } from '../model.ts';
import { type FigureFolder, figuresFolder } from '../report-folder.ts';
import { comparisonCharts, runCharts, themeOfRun } from './charts.ts';
import { type ImageSource, imagesAt, samplesByClass } from './images.ts';
import { picturePrefixes } from './names.ts';
import type { LayerSheets } from './sheets.ts';

/** Rows of the sample grid; its columns are the classes. */
const sampleRows = 5;

/** Everything that is drawn. */
export interface FigureSources {
  readonly report: Report;
  /** The data set half that the predictions are about. */
  readonly images: ImageSource;
  /** Of each run, by name; a run without is left out. */
  readonly sheets: ReadonlyMap<string, readonly LayerSheets[]>;
  /** What looking at the data has found. */
  readonly exploration?: KeptExploration | undefined;
}

export interface DrawnFigures {
  /** Paths below the report's folder, with `/`. */
  readonly figures: ReportFigures;
  /** Likewise, all files written. */
  readonly files: readonly string[];
}

/** Pictures under way at once: one is drawn while others are compressed. */
const ahead = 3;

/**
 * Draws every figure of a report as PNG, on light paper: files go into papers, slides and mail. What follows its reader's
 * colours is the page, which draws its own.
 *
 * @param onDone is told how many pictures of how many are written, first that none is
 * @throws AtelierError where a picture cannot be drawn or written
 */
export async function drawFigures(
  sources: FigureSources,
  folder: FigureFolder,
  onDone: (count: number, total: number) => void = () => undefined,
): Promise<DrawnFigures> {
  const plan = new FigurePlan();
  const figures = planFigures(sources, plan);
  const files: string[] = [];
  onDone(0, plan.pictures.length);
  const drawn = mapAhead(plan.pictures, ahead, async ({ name, draw }) => ({ name, png: await draw() }));
  for await (const { name, png } of drawn) {
    const path = await folder.save(name, png);
    files.push(path);
    onDone(files.length, plan.pictures.length);
  }
  return { figures, files };
}

/** A picture that is to be drawn, and where it goes. */
interface PlannedPicture {
  readonly name: string;
  readonly draw: () => Promise<Buffer>;
}

/** What is to be drawn: the report can name the files before there are any. */
class FigurePlan {
  readonly pictures: PlannedPicture[] = [];

  /** Adds a picture; returns its path below the report's folder. */
  add(name: string, draw: () => Promise<Buffer>): string {
    const file = `${name}.png`;
    this.pictures.push({ name: file, draw });
    return `${figuresFolder}/${file}`;
  }
}

type Add = FigurePlan['add'];

function planFigures({ report, images, sheets, exploration }: FigureSources, plan: FigurePlan): ReportFigures {
  const add: Add = (name, draw) => plan.add(name, draw);
  const samples = add('samples', () => sampleGrid(images));
  const prefixes = picturePrefixes(report.runs);
  const runs: Record<string, RunFigures> = {};
  for (const [index, run] of report.runs.entries()) {
    const prefix = prefixes.get(run.name) ?? run.name;
    const addOfRun: Add = (name, draw) => add(`${prefix}-${name}`, draw);
    runs[run.name] = {
      ...planRun(run, themeOfRun(lightTheme, index), images, addOfRun),
      activations: planSheets(sheets.get(run.name) ?? [], addOfRun),
    };
  }
  return {
    samples,
    runs,
    ...planComparison(report, add),
    ...(exploration && { exploration: planExploration(exploration, add) }),
  };
}

async function sampleGrid(images: ImageSource): Promise<Buffer> {
  const byClass = await samplesByClass(images, sampleRows);
  return renderClassSamples(
    byClass.map((samples, number) => ({
      name: images.classes[number] ?? '',
      images: samples.map(({ image }) => image),
    })),
  );
}

function planRun(run: ReportedRun, theme: Theme, images: ImageSource, add: Add): RunFigures {
  const { curves, classificationReport, confusion, confusionCounts, calibration } = runCharts(run);
  const { confusedPairs, confidentMistakes } = run;
  return {
    ...(curves && { curves: add('curves', () => renderChart(curves)) }),
    classificationReport: add('classification-report', () => renderChart(classificationReport, { theme })),
    confusion: add('confusion', () => renderChart(confusion)),
    confusionCounts: add('confusion-counts', () => renderChart(confusionCounts)),
    calibration: add('calibration', () => renderChart(calibration)),
    ...(confusedPairs.length > 0 && { confusedPairs: add('confused-pairs', () => drawPairs(run, images)) }),
    ...(confidentMistakes.length > 0 && {
      confidentMistakes: add('confident-mistakes', () => drawMistakes(run, images)),
    }),
  };
}

async function drawPairs({ label, confusedPairs }: ReportedRun, images: ImageSource): Promise<Buffer> {
  const pairs = await Promise.all(
    confusedPairs.map(async (pair) => ({ ...pair, images: await imagesAt(images, indicesOf(pair.examples)) })),
  );
  return renderConfusedPairs(pairs, { title: `Most confused classes of ${label}` });
}

async function drawMistakes({ label, confidentMistakes }: ReportedRun, images: ImageSource): Promise<Buffer> {
  const mistaken = await imagesAt(images, indicesOf(confidentMistakes));
  const mistakes = mistaken.flatMap((image, at) => {
    const mistake = confidentMistakes[at];
    return mistake === undefined ? [] : [{ ...mistake, image }];
  });
  return renderMistakes(mistakes, { title: `Most confident mistakes of ${label}` });
}

function indicesOf(mistakes: readonly Mistake[]): readonly number[] {
  return mistakes.map(({ index }) => index);
}

/** All sheets; the report shows the first image's. */
function planSheets(layers: readonly LayerSheets[], add: Add): Readonly<Record<string, string>> {
  const shown: Record<string, string> = {};
  for (const { layer, sheets } of layers) {
    for (const { position, png } of sheets) {
      const path = add(`${layer}-image-${String(position).padStart(5, '0')}`, async () => png);
      shown[layer] ??= path;
    }
  }
  return shown;
}

function planExploration({ exploration, means, duplicates }: KeptExploration, add: Add): ExplorationFigures {
  return {
    ...(means && { means: add('data-mean-pictures', async () => means) }),
    ...(duplicates && { duplicates: add('data-duplicates', async () => duplicates) }),
    plots: Object.fromEntries(
      pixelPlots(exploration).map(({ name, spec }) => [name, add(`data-${name}`, () => renderChart(spec))]),
    ),
  };
}

function planComparison(report: Report, add: Add): Omit<ReportFigures, 'samples' | 'runs'> {
  // As the report: differences are drawn of the first pair.
  const [pair] = report.comparison?.pairs ?? [];
  if (pair === undefined) return {};
  const charts = comparisonCharts(report, pair);
  const draw = (name: string, spec: TopLevelSpec) => add(name, () => renderChart(spec));
  return {
    scores: draw('scores', charts.scores),
    classScores: draw('class-scores', charts.classScores),
    recallDifferences: draw('recall-differences', charts.recallDifferences),
    f1Differences: draw('f1-differences', charts.f1Differences),
  };
}
