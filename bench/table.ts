/** Results as rows of text, for a terminal and for Markdown alike. */

import type { Table } from '../src/evaluation/comparison/tables.ts';
import { type Measure, ourselves } from './catalogue.ts';
import { benchTitle } from './models.ts';
import type { BenchResult, BenchSettings, Environment, MeasureResult, PeerResult } from './result.ts';

/** A table with what stands above and below it. */
export interface Section {
  readonly title: string;
  readonly table: Table;
  /** One sentence each, on what the numbers do not say. */
  readonly notes: readonly string[];
}

const nothing = '-';

const measureTitles: Readonly<Record<Measure, string>> = {
  step: 'training step',
  predict: 'prediction',
  epoch: 'epoch, end to end',
  startup: 'start-up',
};

/** One section for each model and measure. */
export function sectionsOf({ results, settings }: BenchResult): readonly Section[] {
  return results.map((result) => sectionOf(result, settings));
}

function sectionOf({ model, measure, peers }: MeasureResult, settings: BenchSettings): Section {
  const header = ['peer', 'batch', 'median ms', 'quartiles', 'least', 'images/s', 'ratio', 'memory', 'difference'];
  return {
    title: `${benchTitle(model)}: ${measureTitles[measure]}`,
    table: { header, rows: peers.map((peer) => rowOf(peer, measure)) },
    notes: [what(measure, settings), ...bestOf(peers), ...peers.flatMap((peer) => noteOf(peer, measure, settings))],
  };
}

/** Against whom a ratio counts: the fastest of those that are not Atelier itself. */
function bestOf(peers: readonly PeerResult[]): readonly string[] {
  const others = peers.filter(({ peer, ratio }) => ratio !== null && !peer.startsWith(ourselves));
  const [best] = others.toSorted((a, b) => (b.ratio?.spread.median ?? 0) - (a.ratio?.spread.median ?? 0));
  if (best?.ratio == null) return [];
  return [`Best of the others: ${best.title}; Atelier takes ${ratioNumber(best.ratio.spread.median)} of its time.`];
}

function rowOf(result: PeerResult, measure: Measure): readonly string[] {
  const { title, status, spread, batchSize, imagesPerSecond, peakMemoryBytes, disagreement } = result;
  if (status !== 'measured' || spread === null) {
    const words = { absent: 'not installed', cannot: 'cannot', failed: 'failed', measured: nothing };
    return [title, nothing, words[status], nothing, nothing, nothing, nothing, nothing, nothing];
  }
  return [
    title,
    batchSize === null ? nothing : String(batchSize),
    milliseconds(spread.median),
    `${milliseconds(spread.lower)} to ${milliseconds(spread.upper)}`,
    milliseconds(spread.min),
    imagesPerSecond === null ? nothing : threeDigits(imagesPerSecond),
    ratioText(result),
    measure === 'startup' || peakMemoryBytes === null ? nothing : `${Math.round(peakMemoryBytes / 2 ** 20)} MiB`,
    disagreement === null ? nothing : disagreement === 0 ? '0' : disagreement.toExponential(0),
  ];
}

/** Atelier's time over this peer's: the median of the pairs, and from the least to the greatest. */
function ratioText({ peer, ratio }: PeerResult): string {
  if (peer === ourselves) return '1';
  if (ratio === null) return nothing;
  const { median, min, max } = ratio.spread;
  return `${ratioNumber(median)} (${ratioNumber(min)} to ${ratioNumber(max)})`;
}

function what(measure: Measure, settings: BenchSettings): string {
  const { repetitions, steps, epochBatches, batchSize, predictImages, verifySteps, verifyBatchSize } = settings;
  const same = `'difference' is that of the losses of ${verifySteps} steps of ${verifyBatchSize} images from the same weights without dropout, over the largest loss`;
  const over = `${repetitions} interleaved repetitions`;
  switch (measure) {
    case 'step':
      return `${over}, each the median of ${steps} steps on images that are ready in memory, dropout on; ${same}.`;
    case 'predict':
      return `${over}, each ${predictImages.toLocaleString('en')} test images at the peer's best batch size; 'difference' is that of the first image's logits from the same weights, over the largest.`;
    case 'epoch':
      return `${over}, each ${epochBatches} batches of ${batchSize} with loading, shuffling, augmentation and dropout, then validation on a ninth as many images; nothing is saved.`;
    case 'startup':
      return `${over}, each a new process, from its start to the end of its first training step.`;
  }
}

function noteOf(result: PeerResult, measure: Measure, settings: BenchSettings): readonly string[] {
  const { title, status, reason, details, threads, batchSize, images, ms, evidence, waiting } = result;
  if (status !== 'measured') return [`${title}: ${reason ?? 'no numbers'}`];
  const facts = [
    details,
    waiting === null ? '' : `waited for images ${(100 * waiting).toFixed(1)} % of the training`,
    threads !== null && threads !== settings.threads && !details.includes('thread') ? threadsText(threads) : '',
    measure !== 'predict' && batchSize !== settings.batchSize
      ? `batch of ${batchSize}, compared by the image`
      : measure === 'predict' && images !== null && images < settings.predictImages
        ? `${images.toLocaleString('en')} images, compared by the image`
        : measure === 'epoch' && images !== null && images < settings.epochBatches * settings.batchSize
          ? `${images.toLocaleString('en')} images, compared by the image`
          : '',
    measure === 'step' && evidence.length < settings.verifySteps ? `losses of ${evidence.length} steps compared` : '',
    ms.length < settings.repetitions ? `${ms.length} of ${settings.repetitions} repetitions` : '',
  ].filter((fact) => fact !== '');
  return facts.length === 0 ? [] : [`${title}: ${facts.join('; ')}.`];
}

/** The machine and the versions, one fact a line. */
export function environmentLines({ environment, data, settings, results }: BenchResult): readonly string[] {
  const versions: Record<string, string> = { ...environment.versions };
  for (const { peers } of results) for (const peer of peers) Object.assign(versions, peer.versions);
  return [
    ...machineLines(environment, settings.threads),
    ...(data === null ? [] : [data]),
    `versions: ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
    `ratio: Atelier's time over the peer's, by the image, repetition by repetition; below 1 Atelier is faster. Median, and from least to greatest`,
    'memory: the most that the process held (VmHWM)',
  ];
}

export function machineLines(environment: Environment, threads: number): readonly string[] {
  const { date, processor, processors, memoryBytes, system, loadBefore, revision } = environment;
  return [
    `date: ${date}`,
    `processor: ${processor}, ${processors} processors, ${(memoryBytes / 2 ** 30).toFixed(0)} GiB, ${system}`,
    `threads: ${threads}; load before the start: ${loadBefore.toFixed(2)}`,
    `revision: ${revision ?? 'not under git'}`,
  ];
}

/** `1 thread`, `2 threads`. */
export function threadsText(count: number): string {
  return `${count} ${count === 1 ? 'thread' : 'threads'}`;
}

function milliseconds(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}

function threeDigits(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(2);
}

function ratioNumber(value: number): string {
  return value >= 0.1 ? value.toFixed(2) : value.toPrecision(2);
}
