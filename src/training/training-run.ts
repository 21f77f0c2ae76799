import type { Logger } from 'pino';
import type { Recipe } from '../../graphs/models/recipe.ts';
import { epochBatches, sequentialBatches } from '../data/batches.ts';
import { type DatasetPart, readDatasetPart } from '../data/dataset.ts';
import { splitIndices } from '../data/split.ts';
import { AtelierError, messageOf } from '../errors.ts';
import { ensureDirectory, removeLeftovers } from '../files/atomic.ts';
import { writeJsonAtomic } from '../files/json.ts';
import { writeJsonLines } from '../files/jsonl.ts';
import { acquireLock, type ReleaseLock } from '../files/lock.ts';
import { type ProgramSet, programsOf, writePrograms } from '../runtime/programs.ts';
import type { Checkpoint } from './checkpoint.ts';
import { checkResume } from './config/differences.ts';
import { resolveRecipe } from './config/resolve.ts';
import type { RunConfig } from './config/run-config.ts';
import type { Engine } from './engines/engine.ts';
import { createEngineInThread, EngineThread } from './engines/in-thread.ts';
import { usualStepsPerCall } from './engines/index.ts';
import { gitRevision, versions } from './environment.ts';
import { type Ending, fit, type TrainingData, type TrainingObserver } from './fit.ts';
import { readHistory } from './history.ts';
import { initFromPath, startingState } from './init-from.ts';
import type { TensorMap } from './initialize.ts';
import { checkCounts, createRunFolder, emptyFolder, findRun, recordedLayer, type TrainRequest } from './open-run.ts';
import { placeOf, targetOf } from './place.ts';
import { initialProgress, type Progress } from './progress.ts';
import { exists, RunFolder } from './run-folder.ts';
import { FolderStore, lastCheckpoint } from './run-store.ts';
import { schedulerOf } from './schedulers/index.ts';

/** A run that is ready to make its next step. It holds its folder's lock until `release`. */
export interface TrainingRun {
  readonly folder: RunFolder;
  readonly config: RunConfig;
  readonly start: Progress;
  readonly data: TrainingData;
  readonly programs: ProgramSet;
  /** A copy of the state as it stands. */
  state(): Promise<TensorMap>;
  train(observer: TrainingObserver, signal: AbortSignal): Promise<{ progress: Progress; ending: Ending }>;
  release(): Promise<void>;
}

/** Images of one evaluation batch: large enough that the cost of a call does not count. */
const evaluationBatch = 500;

/**
 * Makes everything ready: resolves and checks the configuration, loads and verifies the data, compiles the graphs,
 * creates or reopens the run folder. Nothing is written before all of the request has been found possible.
 *
 * @throws UsageError for an impossible request, AtelierError where data, folder or checkpoint cannot be used
 */
export async function prepareRun(request: TrainRequest, logger: Logger): Promise<TrainingRun> {
  // It loads the runtime while this one reads data and builds graphs.
  const thread = new EngineThread();
  try {
    return await prepareIn(thread, request, logger);
  } catch (error) {
    await thread.stop();
    throw error;
  }
}

async function prepareIn(thread: EngineThread, request: TrainRequest, logger: Logger): Promise<TrainingRun> {
  const recorded = request.resume ? await findRun(request, logger) : undefined;
  if (!recorded && request.run !== undefined) await emptyFolder(request.run, request.model);
  const recipe = recorded
    ? resolveRecipe(request.model, { file: recordedLayer(recorded, request), options: request.options })
    : resolveRecipe(request.model, { file: request.configFile, options: request.options });
  checkCounts(request);

  const limits = {
    train: request.limitTrain ?? recorded?.config.limits.train ?? null,
    validation: request.limitValidation ?? recorded?.config.limits.validation ?? null,
    maxSteps: request.maxSteps ?? null,
  };
  const place = await placeOf(request, recorded, logger);
  const { device, threads } = place;

  const stored = await readDatasetPart('train', { dir: request.dataDirectory, logger });
  // Other threads unpack while this one builds graphs. Awaited below; until then a failure must not end the process.
  const loading = stored.unpack();
  loading.catch(() => undefined);
  const revision = gitRevision();

  const target = await targetOf(place, request, recorded, logger);
  const { batchSize, seed } = recipe;
  const programs = programsOf(request.model, recipe, target);
  const initFrom = recorded ? recorded.config.initFrom : initFromPath(request.initFrom);
  const fresh = () =>
    startingState(programs.model.network, programs.trainStep(batchSize), { recipe, initFrom }, logger);
  // Weights that do not fit are refused before anything is written.
  const first = recorded ? undefined : await fresh();

  const dataset = await loading;
  const data = trainingData(dataset, recipe, limits);
  data.trainBatches(0, 0); // Checks the batch size against the data before anything is compiled or written.

  const config: RunConfig = {
    model: request.model,
    recipe,
    limits,
    checkpointEvery: request.checkpointEvery ?? recorded?.config.checkpointEvery ?? null,
    threads,
    device: { requested: place.requested, used: device },
    engine: place.engine,
    target,
    dataset: { name: 'fashion-mnist', fingerprint: dataset.fingerprint },
    versions: versions(),
    git: await revision,
    created: recorded?.config.created ?? new Date().toISOString(),
    initFrom,
  };
  if (recorded)
    for (const warning of checkResume(recorded.folder.path, recorded.config, config))
      logger.warn(`resuming with a difference: ${warning}`);

  const stepsPerCall = Math.min(
    request.stepsPerCall ?? usualStepsPerCall[device],
    mostStepsTogether(config, data.imagesPerEpoch),
  );
  const session = { device, threads };
  const opening = createEngineInThread(place.engine, { programs, batchSize, seed, session, stepsPerCall }, thread);
  opening.catch(() => undefined);
  // While the thread compiles the training step.
  const graphs = runPrograms(programs, batchSize, data.imagesPerEpoch);
  const engine = await opening;

  let unlock: ReleaseLock | undefined;
  try {
    const folder = recorded?.folder ?? (await newFolder(request));
    await ensureDirectory(folder.checkpoints);
    unlock = await acquireLock(folder.path);
    // Another process may have begun a run here since the first look.
    if (!recorded) await emptyFolder(folder.path, request.model);
    await removeLeftovers(folder.path);
    await removeLeftovers(folder.checkpoints);
    const checkpoint = recorded && (await loadLast(folder, config, data, engine));
    if (!checkpoint) await engine.load(first ?? (await fresh()));
    const scheduler = schedulerOf(recipe.schedule, recipe.optimizer.lr);
    const start = checkpoint?.progress ?? initialProgress(scheduler.initial());
    await cutHistory(folder, start);
    // First of all files: a run that is killed from here on can be resumed.
    await writeJsonAtomic(folder.config, config, 'the configuration');
    await writePrograms(folder.graphs, programs, graphs);

    const store = new FolderStore(folder, request.model, seed);
    if (checkpoint) store.resumedFrom(start);
    return {
      folder,
      config,
      start,
      data,
      programs,
      state: () => engine.state(),
      train: (observer, signal) =>
        fit(
          {
            engine,
            data,
            recipe,
            scheduler,
            store,
            observer,
            checkpointEvery: config.checkpointEvery,
            maxSteps: limits.maxSteps,
            signal,
          },
          start,
        ),
      release: async () => {
        await engine.release();
        unlock?.();
      },
    };
  } catch (error) {
    unlock?.();
    await engine.release();
    throw error;
  }
}

/** The published training half, split: what is trained on, and what validates. */
function trainingData(
  dataset: DatasetPart,
  { splitSeed, batchSize, seed, augmentation }: Recipe,
  limits: RunConfig['limits'],
): TrainingData {
  const split = splitIndices(splitSeed, {
    train: limits.train ?? undefined,
    validation: limits.validation ?? undefined,
  });
  const indices = split.train;
  return {
    imagesPerEpoch: indices.length,
    stepsPerEpoch: Math.ceil(indices.length / batchSize),
    trainBatches: (epoch, startBatch) =>
      epochBatches({ dataset, indices, batchSize, seed, epoch, shuffle: true, augmentation, startBatch }),
    validationBatches: () => sequentialBatches(dataset, split.validation, evaluationBatch),
  };
}

/** More steps than are ever made together are not worth a graph. */
function mostStepsTogether({ recipe, limits, checkpointEvery }: RunConfig, imagesPerEpoch: number): number {
  return Math.min(
    checkpointEvery ?? Number.POSITIVE_INFINITY,
    limits.maxSteps ?? Number.POSITIVE_INFINITY,
    Math.max(1, Math.floor(imagesPerEpoch / recipe.batchSize)),
  );
}

async function newFolder({ run, model }: TrainRequest): Promise<RunFolder> {
  return run === undefined ? createRunFolder(model) : new RunFolder(run);
}

/**
 * Puts the engine where the run's last checkpoint stands; undefined where none was saved yet.
 *
 * @throws AtelierError for a checkpoint of another run; the engine is unchanged then
 */
async function loadLast(
  folder: RunFolder,
  { model, recipe }: RunConfig,
  { stepsPerEpoch }: TrainingData,
  engine: Engine,
): Promise<Checkpoint | undefined> {
  const checkpoint = await lastCheckpoint(folder);
  if (!checkpoint) return undefined;
  const foreign = (difference: string) =>
    new AtelierError(
      `'${folder.checkpoint('last')}' is not a checkpoint of this run: ${difference}. Put the run's own checkpoint back, ` +
        'or start a new run.',
    );
  const { seed, state } = checkpoint;
  if (checkpoint.model !== model || seed !== recipe.seed)
    throw foreign(
      `it belongs to model ${checkpoint.model} with seed ${seed}, the run to model ${model} with seed ${recipe.seed}`,
    );
  const { epoch, stepInEpoch, step } = checkpoint.progress;
  if (stepInEpoch > stepsPerEpoch || step !== epoch * stepsPerEpoch + stepInEpoch)
    throw foreign(
      `it stands ${stepInEpoch} steps after epoch ${epoch}, at step ${step} in all; an epoch of the run has ${stepsPerEpoch}`,
    );
  try {
    await engine.load(state);
  } catch (error) {
    throw foreign(messageOf(error));
  }
  return checkpoint;
}

/** Drops the epochs of the history that the checkpoint does not know: they will be made again. */
async function cutHistory(folder: RunFolder, { epoch }: Progress): Promise<void> {
  if (!(await exists(folder.history))) return;
  const records = await readHistory(folder.history);
  const kept = records.filter((record) => record.epoch <= epoch);
  if (kept.length < records.length) await writeJsonLines(folder.history, kept);
}

/** The graphs that a run uses, by file name. */
function runPrograms(programs: ProgramSet, batchSize: number, images: number) {
  const rest = images % batchSize;
  return {
    train_step: programs.trainStep(batchSize),
    ...(rest === 0 ? {} : { [`train_step_batch${rest}`]: programs.trainStep(rest) }),
    eval_step: programs.evalStep(),
    predict: programs.predict(),
  };
}
