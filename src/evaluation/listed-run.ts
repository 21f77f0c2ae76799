import { join } from 'node:path';
import { AtelierError } from '../errors.ts';
import { readCheckpointHead } from '../training/checkpoint.ts';
import { exists, listRuns, RunFolder } from '../training/run-folder.ts';
import { type RunSummary, summarizeRun } from '../training/run-summary.ts';
import type { WeightsIdentity } from '../training/weights-identity.ts';
import { readMetrics } from './metrics.ts';

/** A run as it is listed: how its training went, and what its evaluation came to. */
export interface ListedRun extends RunSummary {
  /** Of the best checkpoint on the test images; null where that has not been evaluated, or the evaluation cannot be read. */
  readonly testAccuracy: number | null;
}

/**
 * What is known of a run without computing anything.
 *
 * @throws UsageError where the folder holds no run
 */
export async function listedRun(path: string): Promise<ListedRun> {
  const summary = await summarizeRun(path);
  try {
    return { ...summary, testAccuracy: await testAccuracyOf(new RunFolder(path)) };
  } catch (error) {
    if (!(error instanceof AtelierError)) throw error;
    return { ...summary, problem: summary.problem ?? error.message, testAccuracy: null };
  }
}

/** All runs below a folder, by name; none where it does not exist. */
export async function listedRuns(directory?: string): Promise<readonly ListedRun[]> {
  const listed: ListedRun[] = [];
  for (const { path } of await listRuns(directory)) listed.push(await listedRun(path));
  return listed;
}

async function testAccuracyOf(run: RunFolder): Promise<number | null> {
  const path = join(run.evaluation('test', 'best'), 'metrics.json');
  if (!(await exists(path))) return null;
  try {
    const { checkpoint, accuracy, weights } = await readMetrics(path);
    return checkpoint === 'best' && (await isOfThem(run, weights)) ? accuracy : null;
  } catch (error) {
    // What is wrong in itself is as good as none: it is made anew. What cannot be read may be right.
    if (error instanceof AtelierError && error.code !== 'file-unusable') return null;
    throw error;
  }
}

/** Whether an evaluation is of the run's best checkpoint, as far as can be told without reading all of it. */
async function isOfThem(run: RunFolder, weights: WeightsIdentity | undefined): Promise<boolean> {
  const path = run.checkpoint('best');
  if (weights === undefined || !(await exists(path))) return true;
  const { step, epoch } = (await readCheckpointHead(path)).progress;
  return step === weights.step && epoch === weights.epoch;
}
