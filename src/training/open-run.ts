import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { ModelName } from '../../graphs/models/catalogue.ts';
import { hasCode, UsageError } from '../errors.ts';
import { lockFileName } from '../files/lock.ts';
import { fileProblem } from '../files/problems.ts';
import type { DeviceRequest } from '../runtime/device-names.ts';
import type { ConfigFile } from './config/config-file.ts';
import type { RecipeOptions } from './config/options.ts';
import { type RunConfig, readRunConfig } from './config/run-config.ts';
import { exists, listRuns, RunFolder, runsDirectory } from './run-folder.ts';
import { lastCheckpoint } from './run-store.ts';

/** What somebody asks for. What is left out comes from the recorded run (`resume`) or from the defaults. */
export interface TrainRequest {
  readonly model: ModelName;
  readonly configFile?: ConfigFile | undefined;
  /** Options of the recipe, as the command line gives them. */
  readonly options: RecipeOptions;
  readonly run?: string | undefined;
  readonly resume: boolean;
  readonly limitTrain?: number | undefined;
  readonly limitValidation?: number | undefined;
  readonly maxSteps?: number | undefined;
  readonly checkpointEvery?: number | undefined;
  readonly device?: DeviceRequest | undefined;
  readonly threads?: number | undefined;
  readonly dataDirectory?: string | undefined;
}

/** A run that exists, with what it was begun with. */
export interface RecordedRun {
  readonly folder: RunFolder;
  readonly config: RunConfig;
}

/** The run to go on with: the one named, or the newest of the model that is not finished. */
export async function findRun({ run, model }: TrainRequest, logger: Logger): Promise<RecordedRun> {
  if (run !== undefined) {
    const config = await readRunConfig(run);
    if (config.model !== model)
      throw new UsageError(
        `'${run}' is a run of model ${config.model}, not of ${model}. Resume it with: train ${config.model} --resume --run ${run}`,
      );
    return { folder: new RunFolder(run), config };
  }
  const candidates: RecordedRun[] = [];
  for (const folder of await listRuns()) {
    const config = await readRunConfig(folder.path);
    if (config.model !== model) continue;
    const last = await lastCheckpoint(folder);
    if (!last || last.progress.epoch < config.recipe.epochs) candidates.push({ folder, config });
  }
  const newest = candidates.sort((a, b) => a.config.created.localeCompare(b.config.created)).at(-1);
  if (!newest)
    throw new UsageError(
      `--resume: no unfinished run of ${model} in ${runsDirectory}. Name a finished one with --run to train it on ` +
        'with more --epochs, or leave --resume out to start anew.',
    );
  logger.info(`resuming ${newest.folder.path}`);
  return newest;
}

/** On resume the recorded recipe takes the place of the model's; a configuration file would contradict it. */
export function recordedLayer({ folder, config }: RecordedRun, { configFile, model }: TrainRequest): ConfigFile {
  if (configFile)
    throw new UsageError(`--config and --resume exclude each other: '${folder.path}' has its own configuration`);
  return { path: folder.config, model, recipe: config.recipe };
}

/** A folder for a new run: the one named, which must not hold anything yet, or a new name from model and time. */
export async function freshFolder({ run, model }: TrainRequest): Promise<RunFolder> {
  if (run === undefined) {
    const time = new Date()
      .toISOString()
      .replace(/[-:]|\..*/g, '')
      .replace('T', '-');
    let folder = new RunFolder(join(runsDirectory, `${model}-${time}`));
    for (let i = 2; await exists(folder.path); i++)
      folder = new RunFolder(join(runsDirectory, `${model}-${time}-${i}`));
    return folder;
  }
  const folder = new RunFolder(run);
  if (await exists(folder.config)) {
    const { model: other } = await readRunConfig(run);
    const way = other === model ? `Go on with it by --resume --run ${run}, or` : 'Please';
    throw new UsageError(`--run: '${run}' already holds a run of model ${other}. ${way} choose another folder.`);
  }
  const content = await contentOf(run);
  if (content.some((name) => name !== lockFileName && name !== 'checkpoints'))
    throw new UsageError(
      `--run: '${run}' exists and is not empty (${content.slice(0, 3).join(', ')}…). Choose another folder.`,
    );
  return folder;
}

async function contentOf(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw fileProblem('use as a run folder', path, error);
  }
}

export function checkCounts(request: TrainRequest): void {
  const counts = {
    '--max-steps': request.maxSteps,
    '--checkpoint-every': request.checkpointEvery,
    '--threads': request.threads,
  };
  for (const [option, value] of Object.entries(counts)) {
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 1))
      throw new UsageError(`${option}: expected a whole number of at least 1, got ${value}`);
  }
}
