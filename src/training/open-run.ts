import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import type { DataOptions } from '../data/own/options.ts';
import type { Reading } from '../data/own/picture-files.ts';
import { AtelierError, hasCode, UsageError } from '../errors.ts';
import { checkWritable, ensureDirectory } from '../files/atomic.ts';
import { lockFileName } from '../files/lock.ts';
import { fileProblem } from '../files/problems.ts';
import { call, recipeField, said, setting, settings } from '../message.ts';
import type { ConfigFile } from '../recipe/config-file.ts';
import type { Values } from '../recipe/values.ts';
import type { DeviceRequest } from '../runtime/device-names.ts';
import { checkLabels, type RunLabels } from './config/labels.ts';
import { type RunConfig, readRunConfig } from './config/run-config.ts';
import { divergenceOf } from './divergence.ts';
import type { EngineName } from './engines/engine-names.ts';
import type { TargetRequest } from './engines/target-names.ts';
import { threadsOf } from './environment.ts';
import { endingOf } from './fit.ts';
import { namedModel } from './named-model.ts';
import { readRunCheckpointHead } from './run-checkpoint.ts';
import { exists, listRuns, RunFolder, runsDirectory } from './run-folder.ts';

/**
 * What somebody asks for. What is left out comes from the recorded run (`resume`), from the run whose configuration is
 * replayed (`configFile`), or from the defaults.
 */
export interface TrainRequest extends RunLabels {
  readonly model: string;
  readonly configFile?: ConfigFile | undefined;
  /** Part of a recipe, as a configuration file would have it, laid over all others. */
  readonly options: Values;
  readonly run?: string | undefined;
  readonly resume: boolean;
  /** Null for all images, whatever a replayed configuration says; so with the next three. */
  readonly limitTrain?: number | null | undefined;
  readonly limitValidation?: number | null | undefined;
  readonly maxSteps?: number | null | undefined;
  readonly checkpointEvery?: number | null | undefined;
  readonly device?: DeviceRequest | undefined;
  readonly engine?: EngineName | undefined;
  readonly target?: TargetRequest | undefined;
  readonly threads?: number | undefined;
  /** Training steps in one call of the runtime, at most. */
  readonly stepsPerCall?: number | undefined;
  /** A data set's name, a folder of pictures or a file; the experiment's by default. */
  readonly data?: string | undefined;
  /** The folder of a named data set's files. */
  readonly dataDirectory?: string | undefined;
  /** What is asked of data of one's own. */
  readonly dataOptions?: DataOptions | undefined;
  /** Who is told how far pictures are read and decoded, and who may stop it. */
  readonly reading?: Reading | undefined;
  /** File whose weights a new run starts from; null for none. */
  readonly initFrom?: string | null | undefined;
  /** Whether the run is to be profiled; here only to refuse what cannot be. */
  readonly profile?: boolean | undefined;
}

/** A run that exists, with what it was begun with. */
export interface RecordedRun {
  readonly folder: RunFolder;
  readonly config: RunConfig;
}

/** The run to go on with: the one named, or the newest of the model that is not finished. */
export async function findRun(
  { run, model }: TrainRequest,
  context: Pick<Context, 'logger' | 'wording'>,
): Promise<RecordedRun> {
  if (run !== undefined) {
    const config = await readRunConfig(run);
    if (config.model !== model)
      throw new UsageError(
        said`'${run}' is a run of model ${config.model}, not of ${model}. Resume it with: ${call('train', { ...namedModel(config), resume: true, run })}`,
        { code: 'not-the-same-run' },
      );
    return { folder: new RunFolder(run), config };
  }
  const runs = await recordedRuns(context);
  const newestFirst = runs.toSorted((a, b) => Date.parse(b.config.created) - Date.parse(a.config.created));
  for (const recorded of newestFirst.filter(({ config }) => config.model === model)) {
    if (await isOver(recorded)) continue;
    const divergence = await divergenceOf(recorded.folder);
    if (divergence !== undefined) {
      context.logger.info(`passing over ${recorded.folder.path}: ${divergence.found}`);
      continue;
    }
    context.logger.info(`resuming ${recorded.folder.path}`);
    return recorded;
  }
  throw new UsageError(
    said`${setting('resume')}: no unfinished run of ${model} in ${runsDirectory}. Name a finished one with ${setting('run')} to train it on with more ${recipeField('epochs')}, or leave ${setting('resume')} out to start anew.`,
    { code: 'no-such-run' },
  );
}

/** Whether a run's last checkpoint stands at its end. */
async function isOver({ folder, config }: RecordedRun): Promise<boolean> {
  if (!(await exists(folder.checkpoint('last')))) return false;
  const { progress } = await readRunCheckpointHead(folder, 'last', config);
  return endingOf(config.recipe, progress) !== undefined;
}

/** All runs below the current folder. One with a broken configuration must not keep the others from being resumed. */
async function recordedRuns({ logger, wording }: Pick<Context, 'logger' | 'wording'>): Promise<readonly RecordedRun[]> {
  const runs: RecordedRun[] = [];
  for (const folder of await listRuns()) {
    try {
      runs.push({ folder, config: await readRunConfig(folder.path) });
    } catch (error) {
      if (!(error instanceof AtelierError)) throw error;
      logger.warn(`passing over ${folder.path}: ${error.worded(wording)}`);
    }
  }
  return runs;
}

/** On resume the recorded recipe takes the place of the model's; a configuration file or other weights would contradict it. */
export function recordedLayer(
  { folder, config }: RecordedRun,
  { configFile, initFrom, model }: TrainRequest,
): ConfigFile {
  if (typeof initFrom === 'string')
    throw new UsageError(
      said`${setting('initFrom')} and ${setting('resume')} exclude each other: '${folder.path}' goes on from its own weights`,
      {
        code: 'settings-exclude-each-other',
      },
    );
  if (configFile)
    throw new UsageError(
      said`${setting('configFile')} and ${setting('resume')} exclude each other: '${folder.path}' has its own configuration`,
      {
        code: 'settings-exclude-each-other',
      },
    );
  return { path: folder.config, model, recipe: config.recipe };
}

/** Creates a folder for a new run, named after model and time. Of two processes at the same second each gets its own. */
export async function createRunFolder(model: string): Promise<RunFolder> {
  const time = new Date()
    .toISOString()
    .replace(/[-:]|\..*/g, '')
    .replace('T', '-');
  await ensureDirectory(runsDirectory);
  for (let i = 1; ; i++) {
    const path = join(runsDirectory, `${model}-${time}${i === 1 ? '' : `-${i}`}`);
    try {
      await mkdir(path);
      return new RunFolder(path);
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw fileProblem('create the run folder', path, error);
    }
  }
}

/** The folder that is named for a new run. Throws UsageError where it holds anything yet. */
export async function emptyFolder(run: string, model: string): Promise<RunFolder> {
  const folder = new RunFolder(run);
  if (await exists(folder.config)) {
    const { model: other } = await readRunConfig(run);
    const way =
      other === model ? said`Go on with it by ${settings(['resume', true], ['run', run])}, or choose` : 'Choose';
    throw new UsageError(
      said`${setting('run')}: '${run}' already holds a run of model ${other}. ${way} another folder.`,
      {
        code: 'run-exists',
      },
    );
  }
  const content = [
    ...(await contentOf(run)).filter((name) => !isStillborn(name)),
    ...(await contentOf(folder.checkpoints)).map((name) => join('checkpoints', name)),
  ];
  if (content.length > 0)
    throw new UsageError(
      said`${setting('run')}: '${run}' exists and is not empty: it holds ${content.slice(0, 3).join(', ')}${content.length > 3 ? ', …' : ''}. Choose another folder.`,
      { code: 'run-exists' },
    );
  return folder;
}

/** Throws AtelierError where the folder of a run, new or resumed, cannot be written: found before any work. */
export async function checkRunPlace({ run }: TrainRequest, recorded: RecordedRun | undefined): Promise<void> {
  if (!recorded) return checkWritable(run ?? runsDirectory, said`${setting('run')} puts the run elsewhere.`);
  const wayOut = said`Copy the run to where you may write, and go on with the copy by ${setting('run')}.`;
  for (const path of [recorded.folder.path, recorded.folder.checkpoints]) await checkWritable(path, wayOut);
}

/** What a run that was killed before its configuration was written leaves behind. */
function isStillborn(name: string): boolean {
  return name === 'checkpoints' || name.startsWith(lockFileName) || /^config\.json\..*\.partial$/.test(name);
}

async function contentOf(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw fileProblem('use as a run folder', path, error);
  }
}

/** Throws UsageError for a count that is none, or a label that cannot be shown. */
export function checkRequest(request: TrainRequest): void {
  threadsOf(request.threads);
  checkLabels(request);
  for (const name of ['maxSteps', 'checkpointEvery', 'stepsPerCall'] as const) {
    const value = request[name];
    if (typeof value === 'number' && (!Number.isSafeInteger(value) || value < 1))
      throw new UsageError(said`${setting(name)}: expected a whole number of at least 1, got ${value}`, {
        code: 'invalid-setting',
      });
  }
}
