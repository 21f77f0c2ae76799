import { join } from 'node:path';
import type { Logger } from 'pino';
import type { ModelDefinition } from '../../graphs/models/model.ts';
import { tapNames } from '../../graphs/programs/inference.ts';
import type { TargetName } from '../../graphs/targets/compile.ts';
import { type Context, requireModel, usualDataset } from '../context.ts';
import { UsageError } from '../errors.ts';
import { checkWritable } from '../files/atomic.ts';
import { call, said, setting } from '../message.ts';
import { type Weights, writeArtifacts } from '../runtime/ort-training-artifacts.ts';
import { programsOf, writePrograms } from '../runtime/programs.ts';
import { readRunConfig } from './config/run-config.ts';
import { chooseTarget } from './engines/target.ts';
import { initialState } from './initialize.ts';
import { recipeOfModel } from './recipe-of-model.ts';
import { readRunCheckpoint } from './run-checkpoint.ts';
import { datasetOfRun } from './run-data.ts';
import { requireRun } from './run-folder.ts';
import { suited } from './suited.ts';

/** What the graphs of models can be lowered to; `cpu-nchwc` is the blocked layout of the processor at hand. */
export const graphTargets = ['portable', 'cpu-nchwc', 'cpu-nchwc8', 'cpu-nchwc16', 'ort-training'] as const;
export type GraphTarget = (typeof graphTargets)[number];

/** What somebody asks for. */
export interface GraphsRequest {
  /** The name of a model, or `all`. */
  readonly model: string;
  /** Folder to write to, a folder for each model in it. */
  readonly out: string;
  /** Images in a training step; the recipe's by default. */
  readonly batchSize?: number | undefined;
  /** Whether each graph is written as text, too. */
  readonly text: boolean;
}

/** The artifacts of ONNX Runtime's on-device training hold weights: a run's, or fresh ones. */
export interface ArtifactsRequest extends GraphsRequest {
  /** Run folder whose recipe and weights they get. */
  readonly from?: string | undefined;
  /** Which of its checkpoints; the last one by default. */
  readonly checkpoint?: 'best' | 'last' | undefined;
}

/** The rate with which every TrainingSession starts. */
const sessionRate = 1e-3;

/**
 * Writes the graphs of models, training step, evaluation, prediction and inspection, for the images and classes of the
 * context's data set.
 *
 * @throws UsageError for an unknown model, RecipeError for an impossible batch size, AtelierError where the target does not
 *   work here or nothing can be written
 */
export async function writeGraphs(
  { model, out, batchSize, text }: GraphsRequest,
  wanted: Exclude<GraphTarget, 'ort-training'>,
  context: Context,
) {
  await checkWritable(out, said`${setting('out')} puts the graphs elsewhere.`);
  const target = await targetOf(wanted, context.logger);
  const dataset = await usualDataset(context);
  const written = [];
  for (const definition of model === 'all' ? context.models : [requireModel(context, model)]) {
    const recipe = await recipeOfModel(definition, dataset, context, { options: { batchSize } });
    const built = suited(definition, dataset.shape, () =>
      definition.build(dataset.shape, dataset.classes.length, { dropout: recipe.dropout }),
    );
    const programs = programsOf(built, recipe, target);
    const directory = join(out, definition.name);
    const all = {
      train_step: programs.trainStep(recipe.batchSize),
      eval_step: programs.evalStep(),
      predict: programs.predict(),
      inspect: programs.inspect(tapNames(programs)),
    };
    const manifest = await writePrograms(directory, programs, all, text);
    context.logger.info(`wrote ${directory}`);
    written.push({ directory, ...manifest });
  }
  return written;
}

/** The blocked layout by its general name is that of this processor. */
async function targetOf(name: Exclude<GraphTarget, 'ort-training'>, logger: Logger): Promise<TargetName> {
  if (name !== 'cpu-nchwc') return name;
  const { target, reason } = await chooseTarget('native', 'cpu', name);
  logger.info({ target, reason }, `target: ${target} (${reason})`);
  return target;
}

/**
 * Writes the artifacts of ONNX Runtime's on-device training, with fresh or trained weights.
 *
 * @throws UsageError for an unknown model, or a run of another one; AtelierError where the run has no such checkpoint or
 *   nothing can be written
 */
export async function writeTrainingArtifacts(
  { model, out, batchSize, text, from, checkpoint = 'last' }: ArtifactsRequest,
  context: Context,
) {
  const { logger } = context;
  await checkWritable(out, said`${setting('out')} puts the graphs elsewhere.`);
  const trained = from === undefined ? undefined : await trainedRun(from, checkpoint, logger);
  const dataset = trained ? await datasetOfRun(trained, {}, context) : await usualDataset(context);
  const { shape, classes } = trained?.data ?? dataset;
  const written = [];
  for (const definition of definitionsOf(model, trained && { ...trained, from }, context)) {
    const { name } = definition;
    const file = trained && { path: trained.path, model: trained.model, recipe: trained.recipe };
    const recipe = await recipeOfModel(definition, dataset, context, { file, options: { batchSize } });
    const built = suited(definition, shape, () => definition.build(shape, classes.length, { dropout: recipe.dropout }));
    const programs = programsOf(built, recipe, 'ort-training');
    const fresh = () => initialState(programs.model.network, programs.trainStep(recipe.batchSize), recipe.seed);
    const weights = trained?.weights ?? { state: fresh(), step: 0, learningRate: recipe.optimizer.lr };
    warnOfRate(weights, logger);
    const directory = join(out, name);
    const files = await writeArtifacts(directory, name, programs.artifacts(recipe.batchSize), weights, text);
    logger.info(`wrote ${directory}`);
    written.push({ directory, model: name, target: 'ort-training', step: weights.step, files });
  }
  return written;
}

/** A trained run is of one model: `all` means that one. */
function definitionsOf(
  model: string,
  run: { readonly model: string; readonly from: string | undefined } | undefined,
  context: Context,
): readonly ModelDefinition[] {
  const trained = run?.model;
  if (model === 'all') return trained === undefined ? context.models : [requireModel(context, trained)];
  const definition = requireModel(context, model);
  if (trained === undefined || trained === model) return [definition];
  throw new UsageError(
    said`${setting('from')}: the run is of model ${trained}, not of ${model}. Call: ${call('graphs', { model: trained, target: 'ort-training', from: run?.from })}`,
    { code: 'settings-exclude-each-other' },
  );
}

async function trainedRun(path: string, which: 'best' | 'last', logger: Logger) {
  const folder = await requireRun(path);
  const config = await readRunConfig(folder.path);
  const { model, recipe, data } = config;
  const { state, progress } = await readRunCheckpoint(folder, which, config, logger);
  const weights: Weights = { state, step: progress.step, learningRate: recipe.optimizer.lr };
  return { path: folder.config, model, recipe, data, weights };
}

function warnOfRate({ learningRate }: Weights, logger: Logger): void {
  if (learningRate === sessionRate) return;
  logger.warn(
    `ONNX Runtime's sessions start with a learning rate of ${sessionRate}, the recipe's is ${learningRate}: ` +
      'set it there (SetLearningRate); its JavaScript API cannot.',
  );
}
