/** What a person asks for, as settings; everything wrong is refused before anything is started. */

import { publishedCounts } from '../src/data/manifest.ts';
import { splitSizes } from '../src/data/splits.ts';
import { UsageError } from '../src/errors.ts';
import { nearest } from '../src/text/nearest.ts';
import { defaultSettings } from './bench.ts';
import { type Measure, measures, type Peer, peerCatalogue } from './catalogue.ts';
import { benchManifest } from './models.ts';
import type { BenchSettings } from './result.ts';

/** As the command line gives it; undefined where nothing was said. */
export interface BenchRequest {
  readonly models: readonly string[];
  readonly threads: number;
  readonly peers?: string | undefined;
  readonly measures?: string | undefined;
  readonly repetitions?: number | undefined;
  readonly steps?: number | undefined;
  readonly batchSize?: number | undefined;
  readonly epochBatches?: number | undefined;
  readonly predictImages?: number | undefined;
}

/** The training images that an epoch can be made of, and the images that can be classified. */
export interface BenchCounts {
  readonly train: number;
  readonly test: number;
}

const { train, test } = splitSizes({ counts: publishedCounts(benchManifest) });
const published: BenchCounts = { train, test: test ?? 0 };

/** Throws UsageError for a number that is no such count, or more than there is. */
export function settingsOf(request: BenchRequest, most: BenchCounts = published): BenchSettings {
  const { batchSize: usualBatch, epochBatches: usualBatches, predictImages: usualImages } = defaultSettings;
  const batchSize = countOf(
    '--batch-size',
    request.batchSize,
    Math.min(usualBatch, most.train),
    Math.min(1024, most.train),
  );
  const leastImages = Math.min(...defaultSettings.predictBatchSizes, most.test);
  const predictImages = countOf(
    '--predict-images',
    request.predictImages,
    Math.min(usualImages, most.test),
    most.test,
    leastImages,
  );
  const batchSizes = defaultSettings.predictBatchSizes.filter((size) => size <= predictImages);
  const mostBatches = Math.floor(most.train / batchSize);
  return {
    ...defaultSettings,
    models: request.models,
    threads: request.threads,
    batchSize,
    measures: measuresOf(request.measures),
    repetitions: countOf('--repetitions', request.repetitions, defaultSettings.repetitions, 1000),
    steps: countOf('--steps', request.steps, defaultSettings.steps, 1000),
    epochBatches: countOf('--epoch-batches', request.epochBatches, Math.min(usualBatches, mostBatches), mostBatches),
    predictImages,
    predictBatchSizes: batchSizes.length > 0 ? batchSizes : [predictImages],
  };
}

/**
 * Refuses peers by name that can measure nothing on other data than the published experiment's; looked at before the data are read.
 *
 * @throws UsageError for such a one, and for an unknown one
 */
export function refusePublishedOnly(list: string | undefined, catalogue: readonly Peer[] = peerCatalogue): void {
  if (list === undefined) return;
  const other = peersOf(list, catalogue).find(({ models }) => models === undefined);
  if (other === undefined) return;
  const able = catalogue.filter(({ models }) => models !== undefined);
  throw new UsageError(
    `--peers: ${other.title} has the networks of the published report only, on its images. With --data there are: ${able.map(({ name }) => name).join(', ')}.`,
    { code: 'settings-exclude-each-other' },
  );
}

/**
 * Those that have a model on any data.
 *
 * @throws UsageError for an unknown one, and for one that does not have the model
 */
export function ownPeersOf(
  list: string | undefined,
  model: string,
  catalogue: readonly Peer[] = peerCatalogue,
): readonly Peer[] {
  refusePublishedOnly(list, catalogue);
  const has = ({ models }: Peer) => models === 'all' || models?.includes(model) === true;
  const able = catalogue.filter(has);
  if (list === undefined) return able;
  const asked = peersOf(list, catalogue);
  const other = asked.find((peer) => !has(peer));
  if (other === undefined) return asked;
  throw new UsageError(
    `--peers: ${other.title} does not have ${model}. With --data and ${model} there are: ${able.map(({ name }) => name).join(', ')}.`,
    { code: 'settings-exclude-each-other' },
  );
}

/** Peers by name, in the catalogue's order; all of them where nothing is said. Throws UsageError for an unknown one. */
export function peersOf(list: string | undefined, catalogue: readonly Peer[] = peerCatalogue): readonly Peer[] {
  const names = namesOf(
    '--peers',
    list,
    catalogue.map(({ name }) => name),
    'peer',
  );
  return catalogue.filter(({ name }) => names.includes(name));
}

function measuresOf(list: string | undefined): readonly Measure[] {
  const names = namesOf('--measures', list, measures, 'measure');
  return measures.filter((measure) => names.includes(measure));
}

function namesOf(option: string, list: string | undefined, known: readonly string[], what: string): readonly string[] {
  if (list === undefined) return known;
  const names = list.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return names;
  const near = nearest(unknown, known);
  throw new UsageError(
    `${option}: there is no ${what} '${unknown}'; there are: ${known.join(', ')}.` +
      (near === undefined ? '' : ` Did you mean '${near}'?`),
    { code: 'unknown-name' },
  );
}

/** A whole number within limits. Throws UsageError. */
export function countOf(option: string, value: number | undefined, usual: number, greatest: number, least = 1): number {
  const count = value ?? usual;
  if (Number.isSafeInteger(count) && count >= least && count <= greatest) return count;
  throw new UsageError(
    `${option}: expected a whole number from ${least} to ${greatest}, got ${count}. Leave it out for ${usual}.`,
    { code: 'invalid-setting' },
  );
}

/** Whole numbers with commas between them, each once, in rising order. Throws UsageError for anything else. */
export function countsOf(
  option: string,
  list: string | undefined,
  usual: readonly number[],
  greatest: number,
): readonly number[] {
  if (list === undefined) return usual;
  const counts = list.split(',').map((text) => countOf(option, Number(text.trim() || Number.NaN), 1, greatest));
  return [...new Set(counts)].toSorted((a, b) => a - b);
}
