/** What the command `bench` does: measures, writes the results, and says what they are. */
import { join } from 'node:path';
import type { Logger } from 'pino';
import { UsageError } from '../src/errors.ts';
import { checkWritable } from '../src/files/atomic.ts';
import { threadsOf } from '../src/training/environment.ts';
import { runBench } from './bench.ts';
import { ourselves } from './catalogue.ts';
import { benchModels } from './models.ts';
import { type BenchRequest, countOf, countsOf, peersOf, settingsOf } from './options.ts';
import type { BenchResult } from './result.ts';
import { defaultScale, runScale, threadCounts } from './scale.ts';
import { scaleLines, scaleSections, writeScale } from './scale-report.ts';
import { environmentLines, type Section, sectionsOf } from './table.ts';
import { writeBench } from './write.ts';

/** As the command line gives it; undefined where nothing was said. */
export interface MeasureRequest extends Omit<BenchRequest, 'models' | 'threads'> {
  /** A model's name, or `all`. */
  readonly model: string;
  readonly threads?: number | undefined;
  /** Factors of the models' channels; of a measurement over sizes only. */
  readonly widths?: string | undefined;
  /** Folder of the results; one named after the time by default. */
  readonly out?: string | undefined;
  /** The folder that holds the data set. */
  readonly dir?: string | undefined;
}

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
export async function measurePeersOf(request: MeasureRequest, logger: Logger): Promise<Measured<BenchResult>> {
  if (request.widths !== undefined)
    throw new UsageError('--widths is for --scale: peers have the models as they are. Add --scale.', {
      code: 'settings-exclude-each-other',
    });
  const settings = settingsOf({ ...request, models: modelsOf(request), threads: threadsOf(request.threads) });
  const peers = peersOf(request.peers);
  const folder = await outputFolder(request);
  const result = await runBench(settings, peers, { dir: request.dir, logger });
  const files = await writeBench(folder, result);
  return { lines: environmentLines(result), sections: sectionsOf(result), files, result };
}

/**
 * Measures a training step over batch sizes, threads and channels.
 *
 * @throws UsageError for settings that cannot be, or have no meaning here
 */
export async function measureScale(request: MeasureRequest, logger: Logger) {
  const { peers, measures, repetitions, batchSize, epochBatches, predictImages } = request;
  const others = {
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
  const result = await runScale(settings, peer, { dir: request.dir, logger });
  const files = await writeScale(folder, result);
  return { lines: scaleLines(result), sections: scaleSections(result), files, result };
}

function modelsOf({ model }: MeasureRequest): readonly string[] {
  return model === 'all' ? benchModels : [model];
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
