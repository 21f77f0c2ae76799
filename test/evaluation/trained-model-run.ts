import { loadManifest } from '../../src/data/manifest.ts';
import { describePublished } from '../../src/data/published.ts';
import { ensureDirectory } from '../../src/files/atomic.ts';
import { writeJsonAtomic } from '../../src/files/json.ts';
import { writeCheckpoint } from '../../src/training/checkpoint.ts';
import type { RunConfig } from '../../src/training/config/run-config.ts';
import { initialState, type TensorMap } from '../../src/training/initialize.ts';
import { initialProgress } from '../../src/training/progress.ts';
import { RunFolder } from '../../src/training/run-folder.ts';
import { schedulerOf } from '../../src/training/schedulers/index.ts';
import { recordedData } from '../../src/training/training-data.ts';
import { entryOf, type ModelName, programsOf } from '../models.ts';

export interface UntrainedRun {
  readonly run: RunFolder;
  readonly state: TensorMap;
}

/** The weights that a model starts from. */
export function freshState(model: ModelName): TensorMap {
  const { recipe } = entryOf(model);
  const programs = programsOf(model, recipe, 'portable');
  return initialState(programs.model.network, programs.trainStep(8), recipe.seed);
}

/** A run folder as training leaves it, but without the training: its best checkpoint holds `state`. */
export async function writeRun(path: string, model: ModelName, state = freshState(model)): Promise<UntrainedRun> {
  const run = new RunFolder(path);
  const { recipe } = entryOf(model);
  await ensureDirectory(run.checkpoints);
  const config: RunConfig = {
    schema: 2,
    model,
    recipe: { ...recipe, dropout: [...recipe.dropout] },
    limits: { train: 50, validation: 40, maxSteps: null },
    checkpointEvery: null,
    threads: 1,
    device: { requested: 'cpu', used: 'cpu' },
    engine: 'native',
    target: 'portable',
    data: recordedData(describePublished(await loadManifest('fashion-mnist'))),
    versions: { atelier: '0', node: '20', onnxruntime: '1' },
    git: null,
    created: '2026-01-01T00:00:00.000Z',
    initFrom: null,
  };
  await writeJsonAtomic(run.config, config);
  const progress = initialProgress(schedulerOf(recipe.schedule, recipe.optimizer.lr).initial());
  await writeCheckpoint(run.checkpoint('best'), { model, seed: recipe.seed, progress, state });
  return { run, state };
}
