import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { ImageSet, LabelledImageSet } from '../../src/export/feed.ts';
import { openSubject, type Subject } from '../../src/export/subject.ts';
import { writeCheckpoint } from '../../src/training/checkpoint.ts';
import { initialProgress } from '../../src/training/progress.ts';
import { RunFolder } from '../../src/training/run-folder.ts';
import { schedulerOf } from '../../src/training/schedulers/index.ts';
import { modelOf, pixels, stateOf } from '../graphs/export/support.ts';
import { context, imageShape, type ModelName } from '../models.ts';
import { sampleConfig } from '../training/sample-config.ts';

/** A run folder with a checkpoint of lively weights that nobody has trained. */
export async function untrainedRun(folder: string, model: ModelName): Promise<string> {
  const run = new RunFolder(join(folder, `run-${model}`));
  const { recipe } = modelOf(model);
  mkdirSync(run.checkpoints, { recursive: true });
  const config = sampleConfig(model, { recipe, threads: 1, created: '2026-01-01T00:00:00Z' });
  writeFileSync(run.config, JSON.stringify(config));
  const scheduler = schedulerOf(recipe.schedule, recipe.optimizer.lr).initial();
  const progress = { ...initialProgress(scheduler), epoch: 3, step: 1266 };
  await writeCheckpoint(run.checkpoint('best'), { model, seed: 42, progress, state: stateOf(model) });
  return run.path;
}

/** The subject of such a run, released after the last test of the file. */
export async function untrained(folder: string, model: ModelName): Promise<Subject> {
  const subject = await openSubject(await untrainedRun(folder, model), { checkpoint: 'best', threads: 1 }, context);
  afterAll(() => subject.reference.release());
  return subject;
}

export function imageSet(count: number, seed: number): ImageSet {
  return { images: pixels(count, seed), count, shape: imageShape };
}

/** Such images with these classes. */
export function labelledSet(seed: number, ...labels: readonly number[]): LabelledImageSet {
  return { ...imageSet(labels.length, seed), labels: Uint32Array.from(labels) };
}
