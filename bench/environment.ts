import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { gitRevision, versions } from '../src/training/environment.ts';
import type { Environment } from './result.ts';

/** What this machine is, and what runs on it. @param dataset fingerprint of the data set */
export async function describeEnvironment(dataset: string): Promise<Environment> {
  return {
    date: new Date().toISOString(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    processors: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    loadBefore: loadavg()[0] ?? 0,
    versions: { ...versions() },
    revision: await gitRevision(),
    dataset,
  };
}
