import { rm } from 'node:fs/promises';
import type { ImageShape, ModelDefinition } from '../../graphs/models/model.ts';
import { type Context, modelNames, requireModel } from '../context.ts';
import type { Dataset } from '../data/dataset.ts';
import { type Look, lookOfImages } from '../data/look.ts';
import { isSameData } from '../data/own/placed-data.ts';
import { type Selection, splitSizes } from '../data/splits.ts';
import { AtelierError, messageOf, UsageError } from '../errors.ts';
import { ensureDirectory, removeLeftovers } from '../files/atomic.ts';
import { writeJsonAtomic } from '../files/json.ts';
import { writeJsonLines } from '../files/jsonl.ts';
import { acquireLock } from '../files/lock.ts';
import { call, said, setting, wordedFor } from '../message.ts';
import { recipeFor } from '../recipe/defaults.ts';
import { type RecipeLayers, resolveRecipe } from '../recipe/resolve.ts';
import type { ModelRecipe, Recipe } from '../recipe/schema.ts';
import { type ProgramSet, programsOf, writePrograms } from '../runtime/programs.ts';
import { thousands } from '../text/numbers.ts';
import { type Checkpoint, readCheckpoint } from './checkpoint.ts';
import { chooseModel } from './choose-model.ts';
import { checkResume } from './config/differences.ts';
import { labelsOf } from './config/labels.ts';
import { runConfigSchemaVersion } from './config/migrations.ts';
import { type RunConfig, readRunConfig } from './config/run-config.ts';
import { divergenceOf } from './divergence.ts';
import type { Engine } from './engines/engine.ts';
import { createEngineInThread, EngineThread } from './engines/in-thread.ts';
import { usualStepsPerCall } from './engines/index.ts';
import { gitRevision, versions } from './environment.ts';
import { type Ending, fit, type TrainingData, type TrainingObserver } from './fit.ts';
import { readHistory } from './history.ts';
import { givenWeights, initFromPath, type Start, startingState } from './init-from.ts';
import type { TensorMap } from './initialize.ts';
import { namedModel } from './named-model.ts';
import { checkResumedNetwork, type OwnNetwork, ownNetwork, writeNetwork } from './network-file.ts';
import {
  checkRequest,
  checkRunPlace,
  createRunFolder,
  emptyFolder,
  findRun,
  type RecordedRun,
  recordedLayer,
  type TrainRequest,
} from './open-run.ts';
import { type Place, placeOf, targetOf } from './place.ts';
import { initialProgress, type Progress } from './progress.ts';
import { replayDifferences, replayOf } from './replay.ts';
import { readRunCheckpoint } from './run-checkpoint.ts';
import { recordedOptions } from './run-data.ts';
import { exists, RunFolder } from './run-folder.ts';
import { FolderStore } from './run-store.ts';
import { schedulerOf } from './schedulers/index.ts';
import { suited } from './suited.ts';
import { recipeForImages, recordedData, selectLoaded, trainingData, trainingParts } from './training-data.ts';
import { weightsHash } from './weights-identity.ts';

/** A run that is ready to make its next step. It holds its folder's lock until `release`. */
export interface TrainingRun {
  readonly folder: RunFolder;
  readonly config: RunConfig;
  readonly place: Place;
  readonly start: Progress;
  readonly data: TrainingData;
  readonly programs: ProgramSet;
  /** A copy of the state as it stands. */
  state(): Promise<TensorMap>;
  train(observer: TrainingObserver, signal: AbortSignal): Promise<{ progress: Progress; ending: Ending }>;
  release(): Promise<void>;
}

/**
 * Makes everything ready: resolves and checks the request, loads and verifies the data, compiles the graphs, creates or
 * reopens the run folder. Nothing is written before all of the request has been found possible.
 *
 * @throws UsageError for an impossible request, AtelierError where data, folder or checkpoint cannot be used
 */
export async function prepareRun(request: OpenRequest, context: Context): Promise<TrainingRun> {
  const plan = await resolve(request, context);
  // It loads the runtime while this one reads data and builds graphs. A request that is refused has not started it.
  const thread = new EngineThread();
  try {
    const loading = await load(plan);
    return await open(plan, await compile(plan, loading, thread, context), context);
  } catch (error) {
    await thread.stop();
    throw error;
  }
}

/** A request that may leave the model open: that of the recorded run, or of the configuration file, or one that suits the data. */
export type OpenRequest = Omit<TrainRequest, 'model'> & { readonly model?: string | undefined };

/** A request with everything filled in that was left out. */
interface Plan {
  readonly request: TrainRequest;
  readonly recorded: RecordedRun | undefined;
  /** What keeps the run from being, bit for bit, the one whose configuration it replays. */
  readonly differences: (config: RunConfig) => readonly string[];
  readonly definition: ModelDefinition;
  readonly recipe: ModelRecipe;
  /** What the recipe was resolved from. */
  readonly layers: RecipeLayers;
  readonly limits: RunConfig['limits'];
  readonly place: Place;
  readonly dataset: Dataset;
}

/** First stage: what is asked for. Nothing large is read. */
async function resolve(opened: OpenRequest, context: Context): Promise<Plan> {
  const { asked, chosenFor } = await withModel(opened, context);
  const definition = await definitionOf(asked, context);
  const replay = asked.resume ? undefined : await replayOf(asked);
  const request = replay?.request ?? asked;
  const recorded = request.resume ? await findRun(request, context) : undefined;
  if (!recorded && request.run !== undefined) await emptyFolder(request.run, request.model);
  await checkRunPlace(request, recorded);
  const layers = {
    file: recorded ? recordedLayer(recorded, request) : request.configFile,
    options: request.options,
  };
  const data = dataNameOf(request, recorded, context);
  const base = recipeFor(definition.name, context.experiment, await asNamedBy(context.experiment, data));
  const recipeOn = (recipe: Recipe) =>
    resolveRecipe({ model: definition, base: recipe, knownModels: modelNames(context) }, layers);
  recipeOn(base);
  checkRequest(request);
  if (replay) context.logger.info(wordedFor(replay.text, context.wording));
  const { train = null, validation = null } = recorded?.config.limits ?? {};
  const { limitTrain = train, limitValidation = validation, maxSteps = null } = request;
  const limits = { train: limitTrain, validation: limitValidation, maxSteps };
  const place = await placeOf(request, recorded, context.logger);
  const dataset = chosenFor ?? (await datasetOf(data, request, recorded, context));
  const images = limits.train ?? splitSizes(dataset).train;
  const recipe = recipeOn(dataset.origin ? forSmallData(base, images) : base);
  if (recipe.batchSize !== recipeOn(base).batchSize)
    context.logger.info(
      { batchSize: recipe.batchSize },
      `batches of ${recipe.batchSize} and not of ${base.batchSize}: there are ${thousands(images)} training images`,
    );
  const differences = (config: RunConfig) => (replay ? replayDifferences(replay.recorded, config, asked) : []);
  return { request, recorded, differences, definition, recipe, layers, limits, place, dataset };
}

/** A request with its model, and the data set where the model was chosen for it. */
async function withModel(
  request: OpenRequest,
  context: Context,
): Promise<{ readonly asked: TrainRequest; readonly chosenFor?: Dataset }> {
  const { run, resume, configFile, data } = request;
  const named =
    request.model ??
    (resume && run !== undefined ? (await readRunConfig(run)).model : undefined) ??
    (typeof configFile?.model === 'string' ? configFile.model : undefined);
  if (named !== undefined) return { asked: { ...request, model: named } };
  if (data === undefined)
    throw new UsageError(
      said`training: no model was named. Name one of ${modelNames(context).join(', ')}, or the data to choose it for: ${setting('data')}.`,
      { code: 'unknown-name' },
    );
  const chosenFor = await datasetOf(data, { ...request, model: '' }, undefined, context);
  const { definition, because } = chooseModel(chosenFor, context);
  context.logger.info({ model: definition.name }, `model ${definition.name}: ${because}`);
  return { asked: { ...request, model: definition.name }, chosenFor };
}

/** The name of data in the experiment's words, where they are the experiment's. */
async function asNamedBy(experiment: Context['experiment'], data: string): Promise<string> {
  return experiment !== null && (await isSameData(experiment.data, data)) ? experiment.data : data;
}

/** At least so many steps in an epoch, for the weights to move. */
const leastSteps = 20;
const leastBatch = 8;

/** A recipe whose batches are small enough for few images, where it is trained with on other data than its own. */
function forSmallData(recipe: Recipe, images: number): Recipe {
  let { batchSize } = recipe;
  while (batchSize > leastBatch && images / batchSize < leastSteps) batchSize = Math.floor(batchSize / 2);
  return { ...recipe, batchSize: Math.max(1, Math.min(batchSize, images)) };
}

/** The name of the data set that is asked for, or its place: that of the recorded run, or of the experiment by default. */
function dataNameOf(
  { data }: TrainRequest,
  recorded: RecordedRun | undefined,
  { experiment }: Pick<Context, 'experiment'>,
): string {
  const before = recorded?.config.data;
  const name = data ?? before?.origin?.path ?? before?.name ?? experiment?.data;
  if (name !== undefined) return name;
  throw new UsageError(said`training: no data set was named. Name one, or a folder of pictures: ${setting('data')}.`, {
    code: 'no-data-named',
  });
}

/** The data set that is asked for; of a run that is resumed its own, with whose recorded content it is compared later. */
async function datasetOf(
  name: string,
  { dataDirectory: dir, dataOptions, reading }: TrainRequest,
  recorded: RecordedRun | undefined,
  { datasets }: Context,
): Promise<Dataset> {
  const before = recorded?.config.data;
  const options = { ...(before && recordedOptions(before)), ...dataOptions };
  return datasets(name, { dir, options, ...reading, again: recorded !== undefined });
}

/** The model that is asked for. One that is not known may be that of the run that is asked for, which says where its code stands. */
async function definitionOf(asked: TrainRequest, context: Context): Promise<ModelDefinition> {
  const { model, resume, run } = asked;
  if (resume && run !== undefined && !modelNames(context).includes(model)) {
    const named = namedModel(await readRunConfig(run));
    if (named.model !== model || named.experiment !== undefined)
      throw new UsageError(
        said`'${model}' is not known here, so '${run}' cannot go on: the code of its model is not that of the program. Call: ${call('train', { ...named, resume, run })}`,
        { code: 'unknown-name' },
      );
  }
  return requireModel(context, model);
}

/** What is on its way while graphs are built. */
interface Loading {
  readonly data: Promise<TrainingData>;
  /** The images that are trained on. */
  readonly trainedOn: () => Promise<Selection>;
  readonly revision: Promise<string | null>;
}

/** Second stage: files are read; other threads unpack them while this one goes on. */
async function load({ dataset, recipe, limits }: Plan): Promise<Loading> {
  const parts = trainingParts(dataset);
  const opened = await Promise.all(parts.map((part) => dataset.open(part)));
  const unpacking = Promise.all(opened.map(async (part, i) => [parts[i] ?? 'train', await part.unpack()] as const));
  const data = unpacking.then((images) => trainingData(dataset, new Map(images), recipe, limits));
  // Awaited by the next stage; until then a failure must not end the process.
  data.catch(() => undefined);
  const trainedOn = async () => selectLoaded(dataset, 'train', new Map(await unpacking), recipe, limits);
  return { data, trainedOn, revision: gitRevision() };
}

/** What a run computes with, and on what. */
interface Compiled {
  readonly config: RunConfig;
  /** What is kept of a network that the catalogue does not have. */
  readonly network: OwnNetwork | undefined;
  readonly data: TrainingData;
  readonly programs: ProgramSet;
  /** Those that the run's folder shows. */
  readonly graphs: ReturnType<typeof runPrograms>;
  readonly engine: Engine;
  /** The state of a new run, which is not made for one that is resumed from a checkpoint. */
  readonly fresh: () => Promise<TensorMap>;
}

/** Third stage: graphs, and the engine that runs them in its thread. */
async function compile(plan: Plan, loading: Loading, thread: EngineThread, { logger }: Context): Promise<Compiled> {
  const { request, recorded, definition, limits, place, dataset } = plan;
  const { device, threads } = place;
  const recipe = await recipeForImages(plan.recipe, dataset.shape, loading.trainedOn, plan.layers);
  const { batchSize, seed } = recipe;
  const target = await targetOf(place, request, recorded, logger);
  const build = (input: ImageShape, classes: number) => definition.build(input, classes, { dropout: recipe.dropout });
  const { programs, network } = suited(definition, dataset.shape, () => {
    const model = build(dataset.shape, dataset.classes.length);
    const own = ownNetwork(definition, model);
    const set = programsOf(model, recipe, target);
    set.trainStep(batchSize);
    return { programs: set, network: own };
  });
  const changed = recorded && (await checkResumedNetwork(recorded.folder, recorded.config.network, network));
  if (changed !== undefined) logger.info(changed);
  const initFrom = recorded ? recorded.config.initFrom : initFromPath(request.initFrom);
  const start = () => startingState(programs.model, programs.trainStep(batchSize), { recipe, initFrom }, build, logger);
  // Weights that do not fit are refused before anything is written.
  const first = recorded ? undefined : await start();

  const data = await loading.data;
  data.trainBatches(0, 0); // Checks the batch size against the data before anything is compiled or written.

  const { checkpointEvery = recorded?.config.checkpointEvery ?? null } = request;
  const config: RunConfig = {
    schema: runConfigSchemaVersion,
    model: request.model,
    recipe,
    limits,
    checkpointEvery,
    threads,
    device: { requested: place.requested, used: device },
    engine: place.engine,
    target,
    data: { ...recordedData(dataset), ...(dataset.origin && { look: await lookOfTraining(loading) }) },
    versions: versions(),
    git: await loading.revision,
    created: recorded?.config.created ?? new Date().toISOString(),
    initFrom,
    ...weightsOf(first, recorded?.config),
    ...recordedNetwork(network, recorded?.config),
    ...labelsOf(request, recorded?.config),
  };
  if (recorded)
    for (const warning of checkResume(recorded.folder.path, recorded.config, config))
      logger.warn(`resuming with a difference: ${warning}`);
  for (const difference of plan.differences(config)) logger.warn(`replaying with a difference: ${difference}`);

  const stepsPerCall = Math.min(
    request.stepsPerCall ?? usualStepsPerCall[device],
    mostStepsTogether(config, data.imagesPerEpoch),
  );
  const session = { device, threads };
  const opening = createEngineInThread(place.engine, { programs, batchSize, seed, session, stepsPerCall }, thread);
  opening.catch(() => undefined);
  // While the thread compiles the training step.
  const graphs = runPrograms(programs, batchSize, data.imagesPerEpoch);
  return {
    config,
    network,
    data,
    programs,
    graphs,
    engine: await opening,
    fresh: async () => (first ?? (await start())).state,
  };
}

async function lookOfTraining({ trainedOn }: Loading): Promise<Look> {
  const { images, indices } = await trainedOn();
  return lookOfImages(images, indices);
}

/** Which weights the file of a run gave, or had given when it began: the file at that path may be another by then. */
function weightsOf(
  first: Start | undefined,
  recorded: RunConfig | undefined,
): Pick<RunConfig, 'initWeights' | 'initTensors'> {
  if (recorded) {
    const { initWeights, initTensors } = recorded;
    return { ...(initWeights !== undefined && { initWeights }), ...(initTensors && { initTensors }) };
  }
  if (first?.initTensors === undefined) return {};
  return { initWeights: weightsHash(givenWeights(first)), initTensors: first.initTensors };
}

/** A run keeps what it began with. */
function recordedNetwork(own: OwnNetwork | undefined, recorded: RunConfig | undefined): Pick<RunConfig, 'network'> {
  const network = recorded?.network ?? own?.recorded;
  return network === undefined ? {} : { network };
}

/** Last stage: the run's folder, locked, with its configuration and graphs, and the engine where the run stands. */
async function open(
  { request, recorded, place }: Plan,
  { config, network, data, programs, graphs, engine, fresh }: Compiled,
  { logger }: Context,
): Promise<TrainingRun> {
  const { recipe, limits } = config;
  const folder = recorded?.folder ?? (await newFolder(request));
  await ensureDirectory(folder.checkpoints);
  const unlock = await acquireLock(folder.path);
  try {
    // Another process may have begun a run here since the first look.
    if (!recorded) await emptyFolder(folder.path, request.model);
    await removeLeftovers(folder.path);
    await removeLeftovers(folder.checkpoints);
    if (await exists(folder.graphs)) await removeLeftovers(folder.graphs);
    const divergence = recorded && (await divergenceOf(folder));
    if (divergence)
      logger.warn(`this run stopped because ${divergence.found}: from the same state, the same steps lead there again`);
    // If they do, it is written again.
    await rm(folder.divergence, { force: true });
    const checkpoint = recorded && (await loadLast(folder, config, data, engine, logger));
    if (checkpoint) await tellOfBest(folder, checkpoint.progress, logger);
    else await engine.load(await fresh());
    const scheduler = schedulerOf(recipe.schedule, recipe.optimizer.lr);
    const start = checkpoint?.progress ?? initialProgress(scheduler.initial());
    await cutHistory(folder, start);
    // First of all files: a run that is killed from here on can be resumed.
    await writeJsonAtomic(folder.config, config, 'the configuration');
    if (network && network.recorded.sha256 === config.network?.sha256) await writeNetwork(folder, network);
    await writePrograms(folder.graphs, programs, graphs);

    const store = new FolderStore(folder, request.model, recipe.seed);
    if (checkpoint) store.resumedFrom(start);
    const { checkpointEvery } = config;
    const { maxSteps } = limits;
    return {
      folder,
      config,
      place,
      start,
      data,
      programs,
      state: () => engine.state(),
      train: (observer, signal) =>
        fit({ engine, data, recipe, scheduler, store, observer, checkpointEvery, maxSteps, signal }, start),
      release: async () => {
        await engine.release();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
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
  config: RunConfig,
  { stepsPerEpoch }: TrainingData,
  engine: Engine,
  logger: Context['logger'],
): Promise<Checkpoint | undefined> {
  const { model, recipe } = config;
  if (!(await exists(folder.checkpoint('last')))) return undefined;
  const checkpoint = await readRunCheckpoint(folder, 'last', config, logger);
  const foreign = (difference: string) =>
    new AtelierError(
      `'${folder.checkpoint('last')}' is not a checkpoint of this run: ${difference}. Put the run's own checkpoint back, ` +
        'or start a new run.',
      { code: 'checkpoint-mismatch' },
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

/** A run that goes on writes its best checkpoint only when there is a better one: that the one before is lost is said now. */
async function tellOfBest(
  folder: RunFolder,
  { best }: Progress,
  logger: Pick<Context['logger'], 'warn'>,
): Promise<void> {
  if (best === null) return;
  const path = folder.checkpoint('best');
  const lost = `the best checkpoint so far (epoch ${best.epoch}) is lost`;
  if (!(await exists(path))) {
    logger.warn({ path }, `${lost}: '${path}' is gone. A better epoch writes a new one.`);
    return;
  }
  try {
    await readCheckpoint(path);
  } catch (error) {
    if (!(error instanceof AtelierError)) throw error;
    logger.warn({ path }, `${lost}: ${error.message} A better epoch writes a new one.`);
  }
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
