/** What the command `bench` does: measures, writes the results, and says what they are. */
import { join } from 'node:path';
import type { Context } from '../src/context.ts';
import type { DataOptions } from '../src/data/own/options.ts';
import type { Reading } from '../src/data/own/picture-files.ts';
import { UsageError } from '../src/errors.ts';
import { checkWritable } from '../src/files/atomic.ts';
import { threadsOf } from '../src/training/environment.ts';
import { runBench } from './bench.ts';
import { ourselves, type Peer } from './catalogue.ts';
import { type BenchSource, publishedSource } from './data.ts';
import { benchModels } from './models.ts';
import {
  type BenchRequest,
  countOf,
  countsOf,
  ownPeersOf,
  peersOf,
  refusePublishedOnly,
  settingsOf,
} from './options.ts';
import { openOwnData, ownModelName, ownSource, refuseWithoutData } from './own-data.ts';
import type { BenchResult, BenchSettings } from './result.ts';
import { defaultScale, runScale, threadCounts } from './scale.ts';
import { scaleLines, scaleSections, writeScale } from './scale-report.ts';
import { environmentLines, type Section, sectionsOf } from './table.ts';
import { writeBench } from './write.ts';

/** As the command line gives it; undefined where nothing was said. */
export interface MeasureRequest extends Omit<BenchRequest, 'models' | 'threads'> {
  /** A model's name, or `all`; undefined for all that peers have, or with data of one's own for the one that suits them. */
  readonly model?: string | undefined;
  readonly threads?: number | undefined;
  /** Factors of the models' channels; of a measurement over sizes only. */
  readonly widths?: string | undefined;
  /** Folder of the results; one named after the time by default. */
  readonly out?: string | undefined;
  /** The folder that holds the data set. */
  readonly dir?: string | undefined;
  /** Other data than the published experiment's: a name, a folder, a table or arrays. */
  readonly data?: string | undefined;
  readonly dataOptions?: DataOptions | undefined;
  readonly reading?: Reading | undefined;
}

/** What names stand for, and who is told. */
export type BenchContext = Pick<Context, 'datasets' | 'models' | 'experiment' | 'logger'>;

export interface Measured<Result> {
  /** The machine, and how it was measured. */
  readonly lines: readonly string[];
  readonly sections: readonly Section[];
  readonly files: readonly string[];
  readonly result: Result;
}

/**
 * Measures the program side by side with others.
 *
 * @throws UsageError for settings that cannot be
 */
export async function measurePeersOf(request: MeasureRequest, context: BenchContext): Promise<Measured<BenchResult>> {
  const { logger } = context;
  if (request.widths !== undefined)
    throw new UsageError('--widths is for --scale: peers have the models as they are. Add --scale.', {
      code: 'settings-exclude-each-other',
    });
  const folder = await outputFolder(request);
  const { peers, settings, source, about } = await (request.data === undefined ? ofReport : ofOwnData)(
    request,
    context,
  );
  const result = await runBench(settings, peers, { source: await source(), about }, logger);
  const files = await writeBench(folder, result);
  return { lines: environmentLines(result), sections: sectionsOf(result), files, result };
}

/** What is measured, with whom; the images are read when everything that is asked for is known to be possible. */
interface Plan {
  readonly settings: BenchSettings;
  readonly peers: readonly Peer[];
  readonly source: () => Promise<BenchSource>;
  readonly about: string | null;
}

async function ofReport(request: MeasureRequest, { logger }: BenchContext): Promise<Plan> {
  refuseWithoutData(request.dataOptions ?? {});
  const settings = settingsOf({ ...request, models: modelsOf(request), threads: threadsOf(request.threads) });
  const peers = peersOf(request.peers);
  return { settings, peers, source: () => publishedSource({ dir: request.dir, logger }), about: null };
}

async function ofOwnData(request: MeasureRequest, context: BenchContext): Promise<Plan> {
  const { data = '', dir, dataOptions, reading, model } = request;
  if (model === 'all')
    throw new UsageError('--model all are the two of the published report. With --data name one, or leave it out.', {
      code: 'settings-exclude-each-other',
    });
  refusePublishedOnly(request.peers);
  const own = await openOwnData({ data, dir, dataOptions, ...reading }, context);
  const name = ownModelName(own, model, context);
  const [models, peers] = [[name], ownPeersOf(request.peers, name)];
  const settings = settingsOf({ ...request, models, threads: threadsOf(request.threads) }, own.counts);
  return { settings, peers, source: () => ownSource(own, settings, context), about: own.about };
}

/**
 * Measures a training step over batch sizes, threads and channels.
 *
 * @throws UsageError for settings that cannot be, or have no meaning here
 */
export async function measureScale(request: MeasureRequest, { logger }: BenchContext) {
  refuseWithoutData(request.dataOptions ?? {});
  const { data, peers, measures, repetitions, batchSize, epochBatches, predictImages } = request;
  const others = {
    data,
    peers,
    measures,
    repetitions,
    'batch-size': batchSize,
    'epoch-batches': epochBatches,
    'predict-images': predictImages,
  };
  const [stray] = Object.entries(others).find(([, value]) => value !== undefined) ?? [];
  if (stray !== undefined)
    throw new UsageError(
      `--${stray} has no meaning with --scale, which measures Atelier at all sizes. Leave one out.`,
      {
        code: 'settings-exclude-each-other',
      },
    );
  const steps = countOf('--steps', request.steps, defaultScale.steps, 1000);
  const widths = countsOf('--widths', request.widths, defaultScale.widths, 16);
  const threads = threadCounts(threadsOf(request.threads));
  const settings = { ...defaultScale, models: modelsOf(request), steps, widths, threads };
  const folder = await outputFolder(request);
  const [peer] = peersOf(ourselves);
  if (peer === undefined) throw new Error(`internal: no peer '${ourselves}'`);
  const result = await runScale(settings, peer, await publishedSource({ dir: request.dir, logger }), logger);
  const files = await writeScale(folder, result);
  return { lines: scaleLines(result), sections: scaleSections(result), files, result };
}

function modelsOf({ model }: MeasureRequest): readonly string[] {
  if (model === undefined || model === 'all') return benchModels;
  if (benchModels.includes(model)) return [model];
  throw new UsageError(
    `--model ${model}: of the published report there are ${benchModels.join(' and ')}. With --data (fashion-mnist, or your own) any model is measured, and side by side with those that have it.`,
    { code: 'settings-exclude-each-other' },
  );
}

/** Looked at before an hour of work, so that a folder that cannot be written is refused at once. */
async function outputFolder({ out }: MeasureRequest): Promise<string> {
  const time = new Date()
    .toISOString()
    .replace(/[-:]|\..*/g, '')
    .replace('T', '-');
  const folder = out ?? join('artifacts', 'bench', time);
  await checkWritable(folder, '--out puts the results elsewhere.');
  return folder;
}
