import type { Logger } from 'pino';
import { epochBatches, sequentialBatches } from '../data/batches.ts';
import { readDatasetPart } from '../data/dataset.ts';
import { splitIndices } from '../data/split.ts';
import { AtelierError, messageOf, UsageError } from '../errors.ts';
import { ensureDirectory, removeLeftovers } from '../files/atomic.ts';
import { writeJsonAtomic } from '../files/json.ts';
import { writeJsonLines } from '../files/jsonl.ts';
import { acquireLock, type ReleaseLock } from '../files/lock.ts';
import { type Device, isDevice } from '../runtime/device-names.ts';
import { type ProgramSet, programsOf, writePrograms } from '../runtime/programs.ts';
import type { Checkpoint } from './checkpoint.ts';
import { checkResume } from './config/differences.ts';
import { resolveRecipe } from './config/resolve.ts';
import type { RunConfig } from './config/run-config.ts';
import type { Engine } from './engines/engine.ts';
import { type EngineName, isEngineName } from './engines/engine-names.ts';
import { createEngine, deviceFor, usualStepsPerCall } from './engines/index.ts';
import { chooseTarget } from './engines/target.ts';
import type { TargetRequest } from './engines/target-names.ts';
import { defaultThreads, gitRevision, versions } from './environment.ts';
import { type Ending, fit, type TrainingData, type TrainingObserver } from './fit.ts';
import { readHistory } from './history.ts';
import { initFromPath, startingState } from './init-from.ts';
import type { TensorMap } from './initialize.ts';
import {
  checkCounts,
  createRunFolder,
  emptyFolder,
  findRun,
  type RecordedRun,
  recordedLayer,
  type TrainRequest,
} from './open-run.ts';
import { checkProfilable } from './profile/profile-train-step.ts';
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
  state(): TensorMap;
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
  const requested = request.device ?? 'auto';
  const threads = request.threads ?? recorded?.config.threads ?? defaultThreads();
  const engineName = request.engine ?? (isEngineName(recorded?.config.engine) ? recorded.config.engine : 'native');
  if (request.profile) checkProfilable(engineName, requested);
  if (engineName !== 'native' && request.stepsPerCall !== undefined)
    throw new UsageError(
      `--steps-per-call: the ${engineName} engine makes one step at a time. Leave the option out, or use --engine native.`,
    );
  const { device, reason } = await deviceFor(engineName, requested, { threads, begunOn: recordedDevice(recorded) });
  if (request.profile) checkProfilable(engineName, device);
  logger.info({ device, reason }, `device: ${device} (${reason})`);

  const stored = await readDatasetPart('train', { dir: request.dataDirectory, logger });
  // Other threads unpack while this one builds graphs. Awaited below; until then a failure must not end the process.
  const loading = stored.unpack();
  loading.catch(() => undefined);
  const revision = gitRevision();

  const { target, reason: why } = await chooseTarget(
    engineName,
    device,
    request.target ?? recordedTarget(recorded, engineName),
  );
  logger.info({ target, reason: why }, `target: ${target} (${why})`);

  const { batchSize, seed, augmentation } = recipe;
  const programs = programsOf(request.model, recipe, target);
  const initFrom = recorded ? recorded.config.initFrom : initFromPath(request.initFrom);
  const fresh = () =>
    startingState(programs.model.network, programs.trainStep(batchSize), { recipe, initFrom }, logger);
  // Weights that do not fit are refused before anything is written.
  const first = recorded ? undefined : await fresh();

  const dataset = await loading;
  const split = splitIndices(recipe.splitSeed, {
    train: limits.train ?? undefined,
    validation: limits.validation ?? undefined,
  });
  const batches = (epoch: number, startBatch: number) =>
    epochBatches({ dataset, indices: split.train, batchSize, seed, epoch, shuffle: true, augmentation, startBatch });
  batches(0, 0); // Checks the batch size against the data before anything is compiled or written.
  const data: TrainingData = {
    imagesPerEpoch: split.train.length,
    stepsPerEpoch: Math.ceil(split.train.length / batchSize),
    trainBatches: batches,
    validationBatches: () => sequentialBatches(dataset, split.validation, evaluationBatch),
  };

  const config: RunConfig = {
    model: request.model,
    recipe,
    limits,
    checkpointEvery: request.checkpointEvery ?? recorded?.config.checkpointEvery ?? null,
    threads,
    device: { requested, used: device },
    engine: engineName,
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

  // More than are ever made together are not worth a graph.
  const stepsPerCall = Math.min(
    request.stepsPerCall ?? usualStepsPerCall[device],
    config.checkpointEvery ?? Number.POSITIVE_INFINITY,
    limits.maxSteps ?? Number.POSITIVE_INFINITY,
    Math.max(1, Math.floor(split.train.length / batchSize)),
  );
  const session = { device, threads };
  const engine = await createEngine(engineName, { programs, batchSize, seed, session, stepsPerCall });

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
    if (!checkpoint) engine.load(first ?? (await fresh()));
    const scheduler = schedulerOf(recipe.schedule, recipe.optimizer.lr);
    const start = checkpoint?.progress ?? initialProgress(scheduler.initial());
    await cutHistory(folder, start);
    // First of all files: a run that is killed from here on can be resumed.
    await writeJsonAtomic(folder.config, config, 'the configuration');
    await writePrograms(folder.graphs, programs, runPrograms(programs, batchSize, data.imagesPerEpoch));

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

/** Where a run was, as far as this version knows the device. */
function recordedDevice(recorded: RecordedRun | undefined): Device | undefined {
  const used = recorded?.config.device.used;
  return isDevice(used) ? used : undefined;
}

/** A run goes on in the form that it began in, where the engine has a choice; a blocked one in the blocks of this processor. */
function recordedTarget(recorded: RecordedRun | undefined, engine: EngineName): TargetRequest {
  return engine === 'native' && recorded?.config.target === 'portable' ? 'portable' : 'auto';
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
    engine.load(state);
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
