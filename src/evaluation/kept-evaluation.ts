/** Evaluations that a run's folder keeps, and whether they are of the weights that it holds now. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../errors.ts';
import { fileProblem } from '../files/problems.ts';
import { readCheckpoint } from '../training/checkpoint.ts';
import type { RunFolder } from '../training/run-folder.ts';
import { type WeightsIdentity, weightsIdentity, weightsText } from '../training/weights-identity.ts';
import { type Metrics, readMetrics } from './metrics.ts';

/** Which evaluation of a run. */
export interface EvaluationName {
  readonly split: string;
  readonly checkpoint: 'best' | 'last';
}

/** Why an evaluation must be made (again); undefined where the one there is serves. */
export async function unservingBecause(run: RunFolder, name: EvaluationName): Promise<string | undefined> {
  const directory = run.evaluation(name.split, name.checkpoint);
  const times = await Promise.all(['metrics.json', 'predictions.csv'].map((file) => modified(join(directory, file))));
  if (times.some((time) => time === undefined)) return 'it has not been evaluated yet';
  return staleBecause(run, name, await readMetrics(join(directory, 'metrics.json')));
}

/**
 * Why the metrics of a run are not those of the checkpoint that it holds; undefined where they are. Without a checkpoint
 * (results kept apart from their run) there is nothing that they could be behind of.
 *
 * @param current the checkpoint's weights, of whoever knows them already
 */
export async function staleBecause(
  run: RunFolder,
  { split, checkpoint }: EvaluationName,
  { checkpoint: evaluated, weights }: Metrics,
  current?: WeightsIdentity,
): Promise<string | undefined> {
  if (evaluated !== checkpoint) return `the evaluation is of the ${evaluated} checkpoint`;
  const saved = await modified(run.checkpoint(checkpoint));
  if (saved === undefined) return undefined;
  // What older versions wrote does not say of which weights it is; times have to do.
  if (weights === undefined) {
    const written = await modified(join(run.evaluation(split, checkpoint), 'metrics.json'));
    return written !== undefined && saved <= written ? undefined : 'the evaluation is older than the checkpoint';
  }
  const held = current ?? weightsIdentity(await readCheckpoint(run.checkpoint(checkpoint)));
  if (held.sha256 === weights.sha256) return undefined;
  return `the evaluation is of ${weightsText(weights)}, the checkpoint holds ${weightsText(held)}`;
}

/** When a file was last written; undefined where it is missing. */
async function modified(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw fileProblem('look at', path, error);
  }
}
