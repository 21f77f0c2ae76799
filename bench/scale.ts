/** How the training step scales: batch size, threads and channels, against the least time that its arithmetic can take. */

import { freemem } from 'node:os';
import type { Logger } from 'pino';
import { summarize } from '../graphs/models/summary.ts';
import { measureSgemmRate } from '../src/runtime/machine-rates.ts';
import { defaultSettings, withBenchData } from './bench.ts';
import type { Peer } from './catalogue.ts';
import type { BenchSource } from './data.ts';
import { describeEnvironment } from './environment.ts';
import { benchModel, benchModels, benchRecipe } from './models.ts';
import { PeerError } from './peer-error.ts';
import { PeerProcess } from './peer-process.ts';
import type { Environment } from './result.ts';
import { type Spread, spreadOf } from './statistics.ts';
import { threadsText } from './table.ts';

export interface ScaleSettings {
  readonly models: readonly string[];
  readonly batchSizes: readonly number[];
  readonly threads: readonly number[];
  /** Factors on the channels of every convolution. */
  readonly widths: readonly number[];
  /** Timed steps of a point, fewer where `budget` is spent before. */
  readonly steps: number;
  /** Milliseconds for the timed steps of a point; three are always made. */
  readonly budget: number;
}

/** One point: how long a training step takes there, and could take at the least. */
export interface ScalePoint {
  readonly model: string;
  readonly batchSize: number;
  readonly threads: number;
  readonly width: number;
  /** Floating-point operations of a step's convolutions and linear layers, a multiply-add counting two. */
  readonly operations: number;
  /** Milliseconds at the measured rate of the matrix product. */
  readonly floor: number;
  readonly ms: readonly number[];
  readonly spread: Spread | null;
  readonly imagesPerSecond: number | null;
  /** `floor` over the median: 1 where nothing is left to gain. */
  readonly fraction: number | null;
  readonly peakMemoryBytes: number | null;
  readonly details: string;
  /** Why there are no numbers; null where there are. */
  readonly reason: string | null;
}

export interface ScaleResult {
  readonly kind: 'atelier-bench-scale-1';
  readonly environment: Environment;
  readonly settings: ScaleSettings;
  /** Floating-point operations a second of a product of two float32 matrices of 1024 x 1024, before or after, the better. */
  readonly rates: readonly { readonly threads: number; readonly sgemm: number }[];
  readonly points: readonly ScalePoint[];
}

export const defaultScale: ScaleSettings = {
  models: benchModels,
  batchSizes: [16, 32, 64, 128, 256, 512, 1024],
  threads: [1],
  widths: [1, 2, 4],
  steps: 10,
  budget: 5000,
};

/** 1, 2, 4, … up to `most`, and `most` itself. */
export function threadCounts(most: number): readonly number[] {
  const powers = Array.from({ length: Math.floor(Math.log2(most)) + 1 }, (_, i) => 2 ** i);
  return [...new Set([...powers, most])];
}

/**
 * Floating-point operations of a training step, by the usual count: each multiply-add of the forward pass once more for
 * the gradient of the weights and once more for that of the input, which the first layer does not need.
 */
export function stepOperations(model: string, batchSize: number, width: number): number {
  const { layers, macs } = summarize(benchModel(model, benchRecipe(model).dropout, width));
  const first = layers.find((layer) => layer.macs > 0)?.macs ?? 0;
  return 2 * batchSize * (3 * macs - first);
}

/**
 * Measures every point, each in a process of its own.
 *
 * @param peer Atelier's own: only that one knows other widths
 * @throws AtelierError where images cannot be read or handed on; a point that fails is a result
 */
export async function runScale(
  settings: ScaleSettings,
  peer: Peer,
  source: BenchSource,
  logger: Logger,
): Promise<ScaleResult> {
  const { models, threads: threadList, widths, batchSizes } = settings;
  return withBenchData(settings, source, async (data) => {
    const environment = await describeEnvironment(source.fingerprint);
    const before = await sgemmRates(threadList);
    const timings: Timing[] = [];
    for (const model of models)
      for (const width of widths)
        for (const threads of threadList) {
          let smaller: Timing | undefined;
          for (const batchSize of batchSizes) {
            const place = { model, batchSize, threads, width };
            const reason = smaller === undefined ? null : tooLarge(smaller, batchSize);
            const timing = reason === null ? await measure(place, settings, peer, data) : withoutNumbers(place, reason);
            logger.info(place, timingText(timing));
            timings.push(timing);
            smaller = timing.spread === null ? smaller : timing;
          }
        }
    // What disturbs a short measurement makes the rate too low and everything look too good: the better of two counts.
    const after = await sgemmRates(threadList);
    const rates = before.map((sgemm, i) => ({
      threads: threadList[i] ?? 1,
      sgemm: Math.max(sgemm, after[i] ?? 0),
    }));
    const points = timings.map((timing) => pointOf(timing, rates));
    return { kind: 'atelier-bench-scale-1', environment, settings, rates, points };
  });
}

async function sgemmRates(threadList: readonly number[]): Promise<readonly number[]> {
  const rates: number[] = [];
  for (const threads of threadList) rates.push(await measureSgemmRate(threads));
  return rates;
}

/** A timing against the least that its arithmetic can take at a measured rate. */
export function pointOf(timing: Timing, rates: ScaleResult['rates']): ScalePoint {
  const operations = stepOperations(timing.model, timing.batchSize, timing.width);
  const rate = rates.find(({ threads }) => threads === timing.threads)?.sgemm ?? Number.NaN;
  const floor = (operations / rate) * 1000;
  return { ...timing, operations, floor, fraction: timing.spread && floor / timing.spread.median };
}

/** A point before it is held against the floor. */
export type Timing = Omit<ScalePoint, 'operations' | 'floor' | 'fraction'>;
type Place = Pick<Timing, 'model' | 'batchSize' | 'threads' | 'width'>;

async function measure(place: Place, settings: ScaleSettings, peer: Peer, data: string): Promise<Timing> {
  const { model, batchSize, threads, width } = place;
  const process = new PeerProcess(peer.name, peer.launch(threads));
  try {
    const { details } = await process.ask({ do: 'prepare', purpose: 'train', model, batchSize, threads, data, width });
    const step = async (count: number) => (await process.ask({ do: 'steps', count })).ms;
    const warm = await step(2);
    const count = stepsWithin(settings, warm.at(-1) ?? settings.budget);
    // So many that several share a call of the runtime: whatever the first such call has to do is done before the clock runs.
    if (count >= defaultSettings.warmUp) await step(defaultSettings.warmUp);
    const ms = await step(count);
    const spread = spreadOf(ms);
    return {
      ...place,
      ms,
      spread,
      imagesPerSecond: (batchSize / spread.median) * 1000,
      peakMemoryBytes: process.peakMemory(),
      details,
      reason: null,
    };
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    return withoutNumbers(place, error.message);
  } finally {
    await process.stop();
  }
}

/** As many steps as the budget allows, at least three. */
export function stepsWithin({ steps, budget }: Pick<ScaleSettings, 'steps' | 'budget'>, stepMs: number): number {
  return Math.max(Math.min(3, steps), Math.min(steps, Math.floor(budget / stepMs)));
}

function withoutNumbers(place: Place, reason: string): Timing {
  const nothing = { spread: null, imagesPerSecond: null, peakMemoryBytes: null };
  return { ...place, ...nothing, ms: [], details: '', reason };
}

/** Memory grows with the batch: a point that would not leave a quarter of what is free alone is not begun. */
function tooLarge({ peakMemoryBytes, batchSize: measured }: Timing, batchSize: number): string | null {
  const expected = ((peakMemoryBytes ?? 0) * batchSize) / measured;
  const free = freemem();
  if (expected < 0.75 * free) return null;
  const gibibytes = (bytes: number) => (bytes / 2 ** 30).toFixed(1);
  return (
    `not begun: batch ${measured} took ${gibibytes(peakMemoryBytes ?? 0)} GiB, so this would take up to ` +
    `${gibibytes(expected)} GiB of the ${gibibytes(free)} GiB that are free`
  );
}

function timingText({ model, width, threads, batchSize, spread, reason }: Timing): string {
  const place = `${model} x${width}, ${threadsText(threads)}, batch ${batchSize}`;
  return `${place}: ${spread === null ? (reason ?? 'no numbers') : `${spread.median.toFixed(1)} ms`}`;
}
