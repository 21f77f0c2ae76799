import { join } from 'node:path';
import type { Context } from '../../context.ts';
import type { Dataset } from '../../data/dataset.ts';
import type { DataOptions } from '../../data/own/options.ts';
import type { Reading } from '../../data/own/picture-files.ts';
import { AtelierError, UsageError } from '../../errors.ts';
import type { Exploration, ExploredImage } from '../../exploration/exploration.ts';
import { type Explored, exploreData } from '../../exploration/explore-data.ts';
import { checkWritable, ensureDirectory, writeFileAtomic } from '../../files/atomic.ts';
import { writeJsonAtomic } from '../../files/json.ts';
import { said, setting } from '../../message.ts';
import { recipeFields } from '../../recipe/schema.ts';
import { renderChart } from '../../rendering/charts/render.ts';
import { requireFont } from '../../rendering/font.ts';
import { renderMistakes } from '../../rendering/pixels/mistakes.ts';
import { renderClassSamples } from '../../rendering/pixels/sample-grid.ts';
import { renderStrips } from '../../rendering/pixels/strips.ts';
import type { Raster } from '../../rendering/raster.ts';
import { oneLine } from '../../text/printable.ts';
import { readRunConfig } from '../../training/config/run-config.ts';
import { datasetOfRun } from '../../training/run-data.ts';
import { exists, requireRun } from '../../training/run-folder.ts';
import { encodeImage } from '../drawing/encode-images.ts';
import { documentPage } from '../html/page.ts';
import { openFigureFolder, reportFiles } from '../report-folder.ts';
import { countsChart, plots, sizesChart } from './exploration-charts.ts';
import { explorationDocument, shown } from './exploration-document.ts';
import { explorationFiles, explorationFolder } from './places.ts';
import { counted, groupNote } from './words.ts';

/** What {@link explore} looks at, and where the results go. */
export interface ExploreOptions extends Reading {
  /** The folder of explore.json, explore.html and figures; by default one in `artifacts/explore`. */
  readonly out?: string | undefined;
  /** A run of these data: its division is taken, and the labels that it doubts are listed. */
  readonly run?: string | undefined;
  /** Of the sample that is projected and of UMAP; 0 by default. */
  readonly seed?: number | undefined;
  /** The folder of a named data set's files. */
  readonly dataDirectory?: string | undefined;
  /** What is asked of pictures of one's own. Not with a run, which knows. */
  readonly options?: DataOptions | undefined;
  readonly threads: number;
}

/** An exploration as {@link explore} writes it, and the paths of its files. */
export interface WrittenExploration {
  readonly exploration: Exploration;
  /** The folder of all. */
  readonly folder: string;
  readonly json: string;
  readonly page: string;
  /** Paths of the pictures. */
  readonly figures: readonly string[];
}

/**
 * Looks at a data set and writes what was found: explore.json, a page that needs no other file, and figures. An earlier
 * exploration in the folder is replaced.
 *
 * @param data the name of a data set, a folder or a file; undefined for the run's
 * @throws UsageError where there is no such data, or the folder holds a report; AtelierError where data cannot be read or the
 *   folder not be written, or no font is installed; InterruptedError after the signal
 */
export async function writeExploration(
  data: string | undefined,
  options: ExploreOptions,
  context: Context,
): Promise<WrittenExploration> {
  requireFont();
  const { out, run, seed = 0, threads, observer, signal, dataDirectory } = options;
  if (out !== undefined) await checkFolder(out);
  const { dataset, splitSeed } = await datasetOf(data, options, context);
  const folder = out ?? explorationFolder(dataset);
  await checkFolder(folder);
  const explored = await exploreData(
    dataset,
    { splitSeed, seed, run, threads, observer, signal, dataDirectory },
    context,
  );
  const tell = (work: string, done: number, total: number | null) =>
    observer?.progress?.({ work, done, total, unit: '' });
  const pictures = await shownPictures(explored);
  await ensureDirectory(folder);
  const figureFolder = await openFigureFolder(folder);
  const figures: string[] = [];
  const planned = plannedFigures(explored, pictures);
  for (const [done, { name, draw }] of planned.entries()) {
    tell('drawing figures', done, planned.length);
    figures.push(join(folder, await figureFolder.save(`${name}.png`, await draw())));
  }
  const { json, page } = explorationFiles(folder);
  const addresses = new Map<number, string>();
  for (const [number, raster] of pictures.rasters.entries()) {
    const png = await encodeImage(raster);
    addresses.set(number, `data:image/png;base64,${png.toString('base64')}`);
  }
  const document = explorationDocument({ exploration: explored.exploration, pictures });
  const text = await documentPage(document, { pictures: addresses, shape: dataset.shape }, (done, total) =>
    tell('writing the page', done, total),
  );
  await writeFileAtomic(page, text, 'the page');
  await figureFolder.finish();
  // Last: where explore.json is, the exploration is whole.
  await writeJsonAtomic(json, explored.exploration, 'the exploration');
  return { exploration: explored.exploration, folder, json, page, figures };
}

/** Throws where a folder cannot be written, or has a report, whose figures would go. */
async function checkFolder(folder: string): Promise<void> {
  await checkWritable(folder, said`${setting('out')} puts the exploration elsewhere.`);
  const { markdown } = reportFiles(folder);
  if (await exists(markdown))
    throw new UsageError(
      said`'${folder}' holds a report, whose figures would be replaced. Name another folder with ${setting('out')}.`,
      { code: 'folder-taken' },
    );
}

async function datasetOf(
  data: string | undefined,
  { run, dataDirectory, options = {}, observer, signal }: ExploreOptions,
  context: Context,
): Promise<{ readonly dataset: Dataset; readonly splitSeed: number }> {
  if (run === undefined) {
    if (data === undefined)
      throw new UsageError('explore: no data set was named, nor a run of one.', { code: 'no-data-named' });
    const request = { dir: dataDirectory, fill: true, options, observer, signal };
    return { dataset: await context.datasets(data, request), splitSeed: recipeFields.splitSeed.default };
  }
  if (Object.values(options).some((value) => value !== undefined))
    throw new UsageError(
      said`${setting('run')}: the run knows what becomes of its pictures. Leave the options of pictures out.`,
      { code: 'settings-exclude-each-other' },
    );
  await requireRun(run);
  const config = await readRunConfig(run);
  const place = { data, dataDirectory, observer, signal };
  const dataset = await datasetOfRun(config, place, context);
  if (dataset.fingerprint !== config.data.fingerprint)
    throw new AtelierError(
      said`${setting('run')}: the run was trained on other data than ${dataset.title}. Name data with the same content.`,
      { code: 'classes-mismatch' },
    );
  return { dataset, splitSeed: config.recipe.splitSeed };
}

/** The images that page and figures show, each once, with a number of its own. */
interface ShownPictures {
  readonly rasters: readonly Raster[];
  readonly means: readonly number[];
  readonly numberOf: (image: Pick<ExploredImage, 'split' | 'index'>) => number;
}

async function shownPictures({ exploration, images, means }: Explored): Promise<ShownPictures> {
  const { duplicates, labels, dataset } = exploration;
  const numbers = new Map<string, number>();
  const wanted: ExploredImage[] = [];
  const keyOf = ({ split, index }: Pick<ExploredImage, 'split' | 'index'>) => `${split} ${index}`;
  const all = [
    ...duplicates.groups.slice(0, shown.groups).flatMap((group) => group.images.slice(0, shown.images)),
    ...(labels?.issues ?? []).slice(0, shown.issues).map(({ image }) => image),
  ];
  for (const image of all) {
    if (numbers.has(keyOf(image))) continue;
    numbers.set(keyOf(image), means.length + wanted.length);
    wanted.push(image);
  }
  const pixels = await images.read(wanted);
  return {
    rasters: [...means, ...pixels].map((one) => drawable({ ...dataset.shape, pixels: one })),
    means: means.map((_, at) => at),
    numberOf: (image) => {
      const number = numbers.get(keyOf(image));
      if (number === undefined) throw new AtelierError(`internal: image ${keyOf(image)} was not read`);
      return number;
    },
  };
}

/** Images of two or four channels, which cannot be drawn, are shown by their first. */
function drawable(raster: Raster): Raster {
  if (raster.channels === 1 || raster.channels === 3) return raster;
  return { ...raster, channels: 1, pixels: raster.pixels.subarray(0, raster.height * raster.width) };
}

interface PlannedFigure {
  readonly name: string;
  readonly draw: () => Promise<Buffer>;
}

/** Groups and images of each on the picture of duplicates. */
const drawnGroups = 12;

function plannedFigures({ exploration, means }: Explored, pictures: ShownPictures): readonly PlannedFigure[] {
  const { dataset, duplicates, labels } = exploration;
  const name = (label: number) => oneLine(dataset.classes[label] ?? '');
  const raster = (number: number): readonly Raster[] => pictures.rasters.slice(number, number + 1);
  const sizes = sizesChart(exploration);
  const chart = (file: string, spec: Parameters<typeof renderChart>[0]) => ({
    name: file,
    draw: () => renderChart(spec),
  });
  const issues = (labels?.issues ?? []).slice(0, 24);
  return [
    chart('class-counts', countsChart(exploration)),
    {
      name: 'mean-pictures',
      draw: () =>
        renderClassSamples(
          means.map((_, label) => ({ name: name(label), images: raster(label) })),
          { title: 'Mean pictures' },
        ),
    },
    ...(sizes ? [chart('picture-sizes', sizes)] : []),
    ...(duplicates.groups.length === 0
      ? []
      : [
          {
            name: 'duplicates',
            draw: () =>
              renderStrips(
                duplicates.groups.slice(0, drawnGroups).map((group) => ({
                  images: group.images.slice(0, shown.images).flatMap((image) => raster(pictures.numberOf(image))),
                  lines: [
                    { text: counted(group.images.length, 'image'), color: 'ink' },
                    { text: groupNote(group), color: 'muted' },
                  ],
                })),
                { title: 'Images that show the same' },
              ),
          },
        ]),
    ...(issues.length === 0
      ? []
      : [
          {
            name: 'doubted-labels',
            draw: () =>
              renderMistakes(
                issues.flatMap(({ image, suggested, suggestedProbability }) =>
                  raster(pictures.numberOf(image)).map((one) => ({
                    image: one,
                    index: image.index,
                    truth: name(image.label),
                    predicted: name(suggested),
                    confidence: suggestedProbability,
                  })),
                ),
                { title: 'Labels that the run doubts' },
              ),
          },
        ]),
    ...plots(exploration).map(({ name: file, spec }) => chart(file, spec)),
  ];
}
