import { renderChart, type TopLevelSpec } from '../../rendering/charts/render.ts';
import { renderConfusedPairs } from '../../rendering/pixels/confused-pairs.ts';
import { renderMistakes } from '../../rendering/pixels/mistakes.ts';
import { renderClassSamples } from '../../rendering/pixels/sample-grid.ts';
import { lightTheme, type Theme } from '../../rendering/theme.ts';
import type { ReportFigures, RunFigures } from '../figures.ts';
import type { Mistake } from '../mistakes.ts';
import type { Report, ReportedRun } from '../model.ts';
import type { FigureFolder } from '../report-folder.ts';
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
}

export interface DrawnFigures {
  /** Paths below the report's folder, with `/`. */
  readonly figures: ReportFigures;
  /** Likewise, all files written. */
  readonly files: readonly string[];
}

/**
 * Draws every figure of a report as PNG, on light paper.
 *
 * @param onDone is told how many pictures are written, first that none is
 * @throws AtelierError where a picture cannot be drawn or written
 */
export async function drawFigures(
  sources: FigureSources,
  folder: FigureFolder,
  onDone: (count: number) => void = () => undefined,
): Promise<DrawnFigures> {
  const { report, images, sheets } = sources;
  const files: string[] = [];
  onDone(0);
  const save: Save = async (name, png) => {
    const path = await folder.save(`${name}.png`, await png);
    files.push(path);
    onDone(files.length);
    return path;
  };
  const samples = await save('samples', sampleGrid(images));
  const prefixes = picturePrefixes(report.runs);
  const runs: Record<string, RunFigures> = {};
  for (const [index, run] of report.runs.entries()) {
    const prefix = prefixes.get(run.name) ?? run.name;
    const saveOfRun: Save = (name, png) => save(`${prefix}-${name}`, png);
    runs[run.name] = {
      ...(await drawRun(run, themeOfRun(lightTheme, index), images, saveOfRun)),
      activations: await saveSheets(sheets.get(run.name) ?? [], saveOfRun),
    };
  }
  return { figures: { samples, runs, ...(await drawComparison(report, save)) }, files };
}

type Save = (name: string, png: Promise<Buffer>) => Promise<string>;

async function sampleGrid(images: ImageSource): Promise<Buffer> {
  const byClass = await samplesByClass(images, sampleRows);
  return renderClassSamples(
    byClass.map((samples, number) => ({
      name: images.classes[number] ?? '',
      images: samples.map(({ image }) => image),
    })),
  );
}

async function drawRun(run: ReportedRun, theme: Theme, images: ImageSource, save: Save): Promise<RunFigures> {
  const { curves, classificationReport, confusion, confusionCounts, calibration } = runCharts(run);
  const { label, confusedPairs, confidentMistakes } = run;
  const pairs = await Promise.all(
    confusedPairs.map(async (pair) => ({ ...pair, images: await imagesAt(images, indicesOf(pair.examples)) })),
  );
  const mistaken = await imagesAt(images, indicesOf(confidentMistakes));
  const mistakes = mistaken.flatMap((image, at) => {
    const mistake = confidentMistakes[at];
    return mistake === undefined ? [] : [{ ...mistake, image }];
  });
  return {
    ...(curves && { curves: await save('curves', renderChart(curves)) }),
    classificationReport: await save('classification-report', renderChart(classificationReport, { theme })),
    confusion: await save('confusion', renderChart(confusion)),
    confusionCounts: await save('confusion-counts', renderChart(confusionCounts)),
    calibration: await save('calibration', renderChart(calibration)),
    ...(pairs.length > 0 && {
      confusedPairs: await save(
        'confused-pairs',
        renderConfusedPairs(pairs, { title: `Most confused classes of ${label}` }),
      ),
    }),
    ...(mistakes.length > 0 && {
      confidentMistakes: await save(
        'confident-mistakes',
        renderMistakes(mistakes, { title: `Most confident mistakes of ${label}` }),
      ),
    }),
  };
}

function indicesOf(mistakes: readonly Mistake[]): readonly number[] {
  return mistakes.map(({ index }) => index);
}

/** Saves all sheets; the report shows the first image's. */
async function saveSheets(layers: readonly LayerSheets[], save: Save): Promise<Readonly<Record<string, string>>> {
  const shown: Record<string, string> = {};
  for (const { layer, sheets } of layers) {
    for (const { position, png } of sheets) {
      const path = await save(`${layer}-image-${String(position).padStart(5, '0')}`, Promise.resolve(png));
      shown[layer] ??= path;
    }
  }
  return shown;
}

async function drawComparison(report: Report, save: Save): Promise<Omit<ReportFigures, 'samples' | 'runs'>> {
  // As the report: differences are drawn of the first pair.
  const [pair] = report.comparison?.pairs ?? [];
  if (pair === undefined) return {};
  const charts = comparisonCharts(report, pair);
  const draw = (name: string, spec: TopLevelSpec) => save(name, renderChart(spec));
  return {
    scores: await draw('scores', charts.scores),
    classScores: await draw('class-scores', charts.classScores),
    recallDifferences: await draw('recall-differences', charts.recallDifferences),
    f1Differences: await draw('f1-differences', charts.f1Differences),
  };
}
