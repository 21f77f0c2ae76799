/** A trained model under hostile names: what pages are made of. */
import { cp, link, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelDefinition } from '../../graphs/models/model.ts';
import { conv2d, flatten, linear, relu, sequential } from '../../graphs/nn/layers.ts';
import { reproductionSteps } from '../../src/cli/reproduction.ts';
import { commandWording } from '../../src/cli/wording.ts';
import type { Context } from '../../src/context.ts';
import { datasetInMemory } from '../../src/data/dataset.ts';
import { imageSize, imagesInMemory } from '../../src/data/images.ts';
import { loadRuns } from '../../src/evaluation/comparison/load-runs.ts';
import { computeMetrics } from '../../src/evaluation/metrics.ts';
import { predictionsOf } from '../../src/evaluation/predictions.ts';
import { predictionsCsv } from '../../src/evaluation/predictions-csv.ts';
import { takeImages } from '../../src/export/feed.ts';
import { formOf } from '../../src/export/formats.ts';
import { modelCard } from '../../src/export/model-card.ts';
import { openSubject } from '../../src/export/subject.ts';
import { writers } from '../../src/export/writers.ts';
import { createContext, train } from '../../src/library.ts';
import { naturalOrder } from '../../src/random/sampling.ts';
import { reportDocument } from '../../src/report/document/report-document.ts';
import { encodeImages } from '../../src/report/drawing/encode-images.ts';
import { samplesByClass } from '../../src/report/drawing/images.ts';
import { documentPage } from '../../src/report/html/page.ts';
import { gatherReport } from '../../src/report/model.ts';
import { markdownText } from '../../src/report/printers/markdown.ts';
import { readCheckpoint } from '../../src/training/checkpoint.ts';
import { parseRunConfig, readRunConfig } from '../../src/training/config/run-config.ts';
import { RunFolder } from '../../src/training/run-folder.ts';
import { weightsIdentity } from '../../src/training/weights-identity.ts';
import { Dice } from '../mutations/dice.ts';
import { hostileFolder, hostileName, hostileNames } from './names.ts';

const shape = { channels: 1, height: 8, width: 8 };
const classCount = 3;
const imageCount = 12;

/** What stands for a person's own names. */
export interface Names {
  readonly classes: readonly string[];
  readonly title: string;
  readonly data: string;
  readonly things: string;
  readonly folders: readonly [string, string];
  readonly label: string;
  readonly tags: readonly string[];
  readonly note: string;
  readonly initFrom: string;
  readonly holder: string;
  readonly citation: string;
}

export function namesOf(dice: Dice): Names {
  const first = hostileFolder(dice);
  return {
    classes: hostileNames(dice, classCount),
    title: hostileName(dice),
    data: hostileName(dice),
    things: hostileName(dice),
    folders: [first, hostileFolder(dice, [first])],
    label: hostileName(dice),
    tags: hostileNames(dice, 2),
    note: hostileName(dice),
    initFrom: `/somewhere/${hostileFolder(dice)}`,
    holder: hostileName(dice),
    citation: hostileName(dice),
  };
}

/** Names that do no harm: what a page of them has, one of others must have, too. */
export const tameNames: Names = {
  classes: ['red', 'green', 'blue'],
  title: 'tiny network',
  data: 'Squares',
  things: 'squares',
  folders: ['first', 'second'],
  label: 'a label',
  tags: ['one', 'two'],
  note: 'a note',
  initFrom: '/somewhere/weights.onnx',
  holder: 'somebody',
  citation: 'Somebody, 2026',
};

function modelNamed(title: string): ModelDefinition {
  return {
    name: 'tiny',
    title,
    dropout: [],
    build: (input, classes) => ({
      name: 'tiny',
      input,
      classes,
      figureLayers: ['conv'],
      network: sequential('tiny', [
        conv2d('conv', input.channels, 2, 3, { padding: 1 }),
        relu('relu'),
        flatten('flatten'),
        linear('head', 2 * input.height * input.width, classes),
      ]),
    }),
  };
}

function contextOf({ classes, title, data, things, holder, citation }: Names): Context {
  const images = new Dice('pages.images', 0).bytes(imageCount * imageSize(shape));
  const labels = Array.from({ length: imageCount }, (_, image) => image % classCount);
  const part = imagesInMemory(shape, new Uint8Array(images), labels);
  const description = { name: 'squares', title: data, classes, fingerprint: 'ab12', things, citation };
  const licence = { spdx: 'MIT', holder };
  const dataset = datasetInMemory({ ...description, licence }, { train: part, validation: part, test: part });
  return createContext({ models: [modelNamed(title)], datasets: [dataset] });
}

/** Trains the model whose names are changed afterwards. */
export async function trainTame(folder: string): Promise<string> {
  const path = join(folder, 'tame');
  await train({
    model: 'tiny',
    data: 'squares',
    context: contextOf(tameNames),
    recipe: { epochs: 2, batchSize: 4, normalization: { mean: [0.5], std: [0.5] } },
    run: path,
    threads: 1,
    device: 'cpu',
  });
  return path;
}

/** Texts with these names in them, by the program's own writers. */
export interface Pages {
  /** report.html and report.md. */
  readonly page: string;
  readonly markdown: string;
  /** README.md of exports. */
  readonly cards: readonly string[];
  /** The exported page, by path. */
  readonly web: ReadonlyMap<string, Uint8Array | string>;
  /** The commands of the report, as they are said; the folders that they are to name. */
  readonly commands: readonly string[];
  readonly paths: readonly string[];
}

/** @param place an empty folder, @param tame where `trainTame` has trained */
export async function makePages(place: string, tame: string, names: Names): Promise<Pages> {
  const context = contextOf(names);
  const paths: string[] = [];
  for (const [index, folder] of names.folders.entries()) {
    const path = join(place, folder);
    await writeNamed(path, tame, names, index);
    paths.push(path);
  }
  const loaded = await loadRuns(paths, { split: 'test', checkpoint: 'best', threads: 1 }, context);
  const report = await gatherReport(loaded, context, {
    resamples: 20,
    pairs: 2,
    examples: 2,
    mistakes: 3,
    reproduce: (runs) => reproductionSteps(runs, context),
  });
  const dataset = await context.datasets('squares', {});
  const images = await dataset.load('test');
  const split = { split: 'test' as const, images, classes: dataset.classes, indices: naturalOrder(images.count) };
  const samples = await samplesByClass(split, 2);
  const document = reportDocument({ report, samples, sheets: new Map(), figures: {} });
  const pictures = await encodeImages(split, [...split.indices]);
  const [first = ''] = paths;
  const subject = await openSubject(first, { checkpoint: 'best', threads: 1 }, context);
  try {
    const asked = { input: 'bytes', output: 'logits' } as const;
    const set = await takeImages({ images, indices: split.indices });
    const options = {
      opset: 17,
      threads: 1,
      calibrationImages: async () => ({ calibration: set, trial: set }),
      sampleImages: async () => set,
    };
    const cards: string[] = [];
    let web: Pages['web'] = new Map();
    for (const format of ['web', 'safetensors', 'onnx'] as const) {
      const form = formOf(format, asked);
      const artifact = await writers[format](subject, { ...options, form });
      const sizes = new Map([...artifact.files].map(([name, content]) => [name, content.length]));
      const wording = commandWording('tiny');
      cards.push(modelCard(subject, { format, form, artifact, sizes, verification: null, wording }));
      if (format === 'web') web = artifact.files;
    }
    return {
      page: await documentPage(document, { pictures, shape }),
      markdown: markdownText(document),
      cards,
      web,
      commands: report.reproduce.flatMap(({ commands }) => commands),
      paths,
    };
  } finally {
    await subject.reference.release();
  }
}

async function writeNamed(path: string, tame: string, names: Names, index: number): Promise<void> {
  const [from, run] = [new RunFolder(tame), new RunFolder(path)];
  await mkdir(run.checkpoints, { recursive: true });
  await link(from.checkpoint('best'), run.checkpoint('best'));
  await cp(from.history, run.history);
  await cp(from.network, run.network);
  const config = await readRunConfig(tame);
  const named = parseRunConfig({
    ...config,
    recipe: { ...config.recipe, seed: index },
    data: { ...config.data, title: names.data, classes: names.classes },
    ...(config.network && { network: { ...config.network, title: names.title } }),
    name: names.label,
    tags: names.tags,
    note: names.note,
    initFrom: index === 0 ? names.initFrom : null,
    device: { requested: 'cpu', used: 'cpu' },
  });
  await writeFile(run.config, JSON.stringify(named));
  const dice = new Dice('pages.answers', index);
  const logits = Float32Array.from({ length: imageCount * classCount }, () => dice.below(5_000) / 1_000);
  const labels = Array.from({ length: imageCount }, (_, image) => image % classCount);
  const scores = { classNames: names.classes, labels, logits };
  const weights = weightsIdentity(await readCheckpoint(from.checkpoint('best')));
  const evaluated = {
    model: 'tiny',
    run: names.folders[index] ?? '',
    checkpoint: 'best',
    split: 'test',
    weights,
  } as const;
  const folder = run.evaluation('test', 'best');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'metrics.json'), JSON.stringify(computeMetrics(evaluated, scores)));
  await writeFile(join(folder, 'predictions.csv'), predictionsCsv(predictionsOf(scores, [...labels.keys()])));
}
