import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Peer } from './catalogue.ts';
import { type BenchSource, writeBenchData } from './data.ts';
import { describeEnvironment } from './environment.ts';
import { measurePeers } from './measure.ts';
import { benchModels } from './models.ts';
import type { BenchResult, BenchSettings, MeasureResult } from './result.ts';

export const defaultSettings: BenchSettings = {
  models: benchModels,
  measures: ['step', 'predict', 'epoch', 'startup'],
  repetitions: 5,
  steps: 20,
  // Atelier makes its first group of four steps one by one, and compiles the graph of four for the second.
  warmUp: 8,
  threads: 1,
  batchSize: 128,
  predictImages: 10_000,
  predictBatchSizes: [16, 32, 64, 128, 256, 500, 1000],
  epochBatches: 100,
  verifySteps: 3,
  verifyBatchSize: 4,
  pause: 250,
};

/**
 * Every measure of every model, all peers side by side.
 *
 * @param about what is measured on, in words; null for the published experiment's data
 * @throws AtelierError where images cannot be read or handed on; a peer that fails is a result
 */
export async function runBench(
  settings: BenchSettings,
  peers: readonly Peer[],
  { source, about }: { readonly source: BenchSource; readonly about: string | null },
  logger: Logger,
): Promise<BenchResult> {
  return withBenchData(settings, source, async (data) => {
    const environment = await describeEnvironment(source.fingerprint);
    const results: MeasureResult[] = [];
    for (const model of settings.models)
      for (const measure of settings.measures)
        results.push(await measurePeers(measure, model, peers, { settings, data, logger }));
    return { kind: 'atelier-bench-1', environment, data: about, settings, results };
  });
}

/** Lends a folder with the data that peers read, and removes it afterwards. */
export async function withBenchData<T>(
  { models }: Pick<BenchSettings, 'models'>,
  source: BenchSource,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'atelier-bench-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  // An interrupted run ends by process.exit.
  process.once('exit', remove);
  try {
    await writeBenchData(folder, models, source);
    return await use(folder);
  } finally {
    process.off('exit', remove);
    remove();
  }
}
