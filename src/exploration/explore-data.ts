import { setImmediate as othersTurn } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { type Dataset, type SplitName, splitNames } from '../data/dataset.ts';
import { imageSize } from '../data/images.ts';
import { median } from '../data/own/median.ts';
import type { Reading } from '../data/own/picture-files.ts';
import { splitSizes } from '../data/splits.ts';
import { InterruptedError } from '../errors.ts';
import { permutation } from '../random/sampling.ts';
import { stream } from '../random/streams.ts';
import { thousands } from '../text/numbers.ts';
import { type DuplicateGroup, DuplicateSearch } from './duplicates.ts';
import type { Exploration, ExploredGroup } from './exploration.ts';
import { ExploredImages } from './explored-images.ts';
import { type PictureSize, pictureSizes } from './picture-sizes.ts';
import { featuresOf, neighbourEmbedding, type Points, planeOf, principalComponents } from './projections.ts';
import { layerFeatures, openJudge } from './run-labels.ts';

/** How a data set is looked at. */
export interface ExploreRequest extends Reading {
  /** Of the division into splits: the recipe's. */
  readonly splitSeed: number;
  /** Of the sample that is projected, and of the projection. */
  readonly seed: number;
  /** A run of these data, which says whose labels it doubts. */
  readonly run?: string | undefined;
  readonly threads: number;
  /** The folder of a named data set's files. */
  readonly dataDirectory?: string | undefined;
}

/** What was found, and the pixels to show it with. */
export interface Explored {
  readonly exploration: Exploration;
  readonly images: ExploredImages;
  /** The mean training image of the first classes, uint8 [channels * height * width] each. */
  readonly means: readonly Uint8Array[];
}

/** Images that are projected, where there are more: a page has to hold their points. */
export const mostProjected = 3000;
/** Classes whose mean picture is made. */
export const mostMeans = 100;

type Plot = Exploration['projections']['plots'][number];

/**
 * Looks at all images of a data set: counts, sizes, duplicates, projections, and labels that a run doubts. The same data and
 * seeds give the same result.
 *
 * @throws AtelierError where the data cannot be read; InterruptedError after the signal
 */
export async function exploreData(dataset: Dataset, request: ExploreRequest, context: Context): Promise<Explored> {
  const { splitSeed, seed, run } = request;
  const { tell, pause } = reporting(request);
  const images = await ExploredImages.open(dataset, splitSeed);
  const judge = run === undefined ? undefined : await openJudge(run, dataset, request, context);
  try {
    const sample = permutation(images.count, stream(seed, 'exploration')).slice(0, mostProjected).toSorted();
    const { search, means, sampled } = await lookAtAll(dataset, images, sample, request);
    tell('looking for duplicates', 0, null, '');
    const groups = await search.find(pause);
    const sizes = await sizesOf(dataset, request);
    const labels = judge ? await judge.doubts(images) : null;
    const plots = await pixelPlots(dataset, sampled, request);
    if (judge) {
      const found = await layerFeatures(judge.model, sampled, tell, pause);
      const points = await embedded(found.rows, request);
      if (points) plots.push({ name: 'layer-umap', layer: found.layer, points });
    }
    const exploration: Exploration = {
      schema: 1,
      dataset: describe(dataset),
      splitSeed,
      splits: splitSizes(dataset),
      counts: countsOf(dataset, images),
      damaged: (dataset.damaged ?? []).map(({ name, reason }) => ({ name, reason })),
      sizes,
      duplicates: duplicatesOf(groups, images),
      labels,
      projections: { seed, images: Array.from(sample, (number) => images.at(number)), of: images.count, plots },
    };
    return { exploration, images, means };
  } finally {
    await judge?.model.release();
  }
}

function describe(dataset: Dataset): Exploration['dataset'] {
  const { name, title, fingerprint, shape, classes, origin } = dataset;
  const [first = '', ...others] = classes;
  return {
    name,
    title,
    ...(origin && { path: origin.path }),
    fingerprint,
    shape: { channels: shape.channels, height: shape.height, width: shape.width },
    classes: [first, ...others],
  };
}

/** Who is told what is being done, and how the work lets others have their turn. */
function reporting({ observer, signal }: Reading) {
  const stopIfAsked = () => {
    if (signal?.aborted)
      throw new InterruptedError('exploring was interrupted; nothing was written. Run the command again');
  };
  return {
    tell: (work: string, done: number, total: number | null, unit: string) => {
      stopIfAsked();
      observer?.progress?.({ work, done, total, unit });
    },
    pause: async () => {
      await othersTurn();
      stopIfAsked();
    },
  };
}

const toldEvery = 512;

/** Reads each image once: for duplicates, for the mean of its class, and, where it is of the sample, to be projected. */
async function lookAtAll(dataset: Dataset, images: ExploredImages, sample: Uint32Array, reading: Reading) {
  const { shape, classes } = dataset;
  const { tell } = reporting(reading);
  const size = imageSize(shape);
  const search = new DuplicateSearch(shape, images.count);
  const sums = classes.slice(0, mostMeans).map(() => new Float64Array(size));
  const counts = images.countsOf('train', classes.length) ?? [];
  const training = counts.reduce((sum, count) => sum + count, 0);
  const sampled: Uint8Array[] = [];
  const work = `looking at ${thousands(images.count)} images`;
  for await (const { number, label, pixels } of images.all()) {
    if (number % toldEvery === 0) tell(work, number, images.count, 'images');
    search.add(pixels);
    const sum = number < training ? sums[label] : undefined;
    if (sum) for (let i = 0; i < size; i += 1) sum[i] = (sum[i] ?? 0) + (pixels[i] ?? 0);
    if (sample[sampled.length] === number) sampled.push(pixels.slice());
  }
  tell(work, images.count, images.count, 'images');
  const means = sums.map((sum, label) =>
    Uint8Array.from(sum, (value) => Math.round(value / Math.max(1, counts[label] ?? 0))),
  );
  return { search, means, sampled };
}

function countsOf({ classes }: Dataset, images: ExploredImages): Exploration['counts'] {
  const [train, validation, test] = splitNames.map((split) => images.countsOf(split, classes.length));
  return classes.map((_, label) => ({
    train: train?.[label] ?? 0,
    validation: validation?.[label] ?? 0,
    test: test ? (test[label] ?? 0) : null,
  }));
}

async function sizesOf(dataset: Dataset, reading: Reading): Promise<Exploration['sizes']> {
  const { pictures, counts } = dataset;
  if (!pictures) return null;
  const { tell } = reporting(reading);
  const files = splitNames.flatMap((part) => (counts[part] === undefined ? [] : (dataset.pictures?.(part) ?? [])));
  const sizes = await pictureSizes(files, (done) => {
    if (done % toldEvery === 0 || done === files.length)
      tell('reading the sizes of pictures', done, files.length, 'pictures');
  });
  const read = sizes.filter((size) => size !== null);
  if (read.length === 0) return null;
  const distinct = new Map<string, PictureSize & { count: number }>();
  for (const { width, height } of read) {
    const key = `${width} ${height}`;
    distinct.set(key, { width, height, count: (distinct.get(key)?.count ?? 0) + 1 });
  }
  const middle = (side: keyof PictureSize) => Math.round(median(read.map((size) => size[side])) ?? 0);
  const byArea = read.toSorted((a, b) => a.width * a.height - b.width * b.height || a.width - b.width);
  const [smallest, largest] = [byArea[0], byArea.at(-1)];
  if (!smallest || !largest) return null;
  return {
    distinct: [...distinct.values()].toSorted((a, b) => b.count - a.count || a.width - b.width || a.height - b.height),
    smallest,
    median: { width: middle('width'), height: middle('height') },
    largest,
    unread: sizes.length - read.length,
  };
}

function duplicatesOf(found: readonly DuplicateGroup[], images: ExploredImages): Exploration['duplicates'] {
  const groups: ExploredGroup[] = found.map(({ exact, correlation, members }) => ({
    exact,
    // Rounded down: only the same pixels are 1.
    correlation: Math.floor(correlation * 1e4) / 1e4,
    images: members.map((number) => images.at(number)),
  }));
  const count = (some: readonly ExploredGroup[]) => ({
    groups: some.length,
    images: some.reduce((sum, group) => sum + group.images.length, 0),
  });
  const spreads = (group: ExploredGroup) => new Set(group.images.map(({ split }) => split)).size;
  return {
    exact: count(groups.filter(({ exact }) => exact)),
    near: count(groups.filter(({ exact }) => !exact)),
    between: [
      twins(groups, 'validation', 'train'),
      ...(images.countsOf('test', 0) === null
        ? []
        : [twins(groups, 'test', 'train'), twins(groups, 'test', 'validation')]),
    ],
    contradictions: groups.filter((group) => new Set(group.images.map(({ label }) => label)).size > 1).length,
    groups: groups.toSorted((a, b) => spreads(b) - spreads(a)),
  };
}

/** Images of a split that have a twin in another one. */
function twins(groups: readonly ExploredGroup[], of: SplitName, within: SplitName) {
  const shared = groups.filter(
    ({ images }) => images.some(({ split }) => split === of) && images.some(({ split }) => split === within),
  );
  const count = (exact: boolean) =>
    shared
      .filter((group) => group.exact === exact)
      .reduce((sum, { images }) => sum + images.filter(({ split }) => split === of).length, 0);
  return { of, within, exact: count(true), near: count(false) };
}

async function pixelPlots(
  { shape }: Pick<Dataset, 'shape'>,
  sampled: readonly Uint8Array[],
  request: ExploreRequest,
): Promise<Plot[]> {
  const { tell, pause } = reporting(request);
  tell('computing principal components', 0, null, '');
  await pause();
  const features = featuresOf(shape);
  const components = await principalComponents(sampled.map(features));
  if (!components) return [];
  const plots: Plot[] = [
    {
      name: 'pixels-pca',
      shares: components.shares.slice(0, 2).map((share) => rounded(share, 4)),
      points: roundedPoints(planeOf(components)),
    },
  ];
  const points = await embedded(components.scores, request);
  if (points) plots.push({ name: 'pixels-umap', points });
  return plots;
}

async function embedded(rows: number[][], request: ExploreRequest): Promise<Plot['points'] | undefined> {
  const { tell } = reporting(request);
  tell('embedding neighbours', 0, null, '');
  const words = stream(request.seed, 'projection');
  const points = await neighbourEmbedding(rows, {
    random: () => words.nextUint32(),
    onEpoch: (done, total) => tell('embedding neighbours', done, total, 'epochs'),
  });
  return points && roundedPoints(points);
}

function roundedPoints(points: Points): Plot['points'] {
  return points.map(([x, y]) => [rounded(x, 4), rounded(y, 4)]);
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
