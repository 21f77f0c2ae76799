import { join } from 'node:path';
import type { Logger } from 'pino';
import type { ModelDefinition } from '../../../graphs/models/model.ts';
import { type Context, requireModel } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { type Weights, writeArtifacts } from '../../runtime/ort-training-artifacts.ts';
import { programsOf } from '../../runtime/programs.ts';
import { readCheckpoint } from '../../training/checkpoint.ts';
import { readRunConfig } from '../../training/config/run-config.ts';
import { initialState } from '../../training/initialize.ts';
import { recipeOfModel } from '../../training/recipe-of-model.ts';
import { requireRun } from '../../training/run-folder.ts';
import type { Run } from '../command.ts';
import { formatTable } from '../output.ts';
import { usualDataset } from '../usual-data.ts';
import type { GraphsOptions } from './graphs.ts';

/** The rate with which every TrainingSession starts. */
const sessionRate = 1e-3;

/** `graphs --target ort-training`: the artifacts of ONNX Runtime's on-device training, with fresh or trained weights. */
export const run: Run<GraphsOptions> = async ({ model, out, batchSize, text, from, checkpoint }, context) => {
  const { logger } = context;
  const trained = from === undefined ? undefined : await trainedRun(from, checkpoint ?? 'last');
  const dataset = trained ? await context.datasets(trained.data.name, {}) : await usualDataset(context);
  const { shape, classes } = trained?.data ?? dataset;
  const written = [];
  for (const definition of definitionsOf(model, trained?.model, context)) {
    const { name } = definition;
    const file = trained && { path: trained.path, model: trained.model, recipe: trained.recipe };
    const recipe = await recipeOfModel(definition, dataset, context, { file, options: { batchSize } });
    const built = definition.build(shape, classes.length, { dropout: recipe.dropout });
    const programs = programsOf(built, recipe, 'ort-training');
    const fresh = () => initialState(programs.model.network, programs.trainStep(recipe.batchSize), recipe.seed);
    const weights = trained?.weights ?? { state: fresh(), step: 0, learningRate: recipe.optimizer.lr };
    warnOfRate(weights, logger);
    const directory = join(out, name);
    const files = await writeArtifacts(directory, name, programs.artifacts(recipe.batchSize), weights, text);
    logger.info(`wrote ${directory}`);
    written.push({ directory, model: name, target: 'ort-training', step: weights.step, files });
  }
  const rows = written.flatMap(({ directory, files }) =>
    files.map(({ file, nodes, bytes }) => [join(directory, file), nodes ?? '', bytes]),
  );
  return { text: formatTable(['file', 'nodes', 'bytes'], rows), json: written };
};

/** A trained run is of one model: `all` means that one. */
function definitionsOf(model: string, trained: string | undefined, context: Context): readonly ModelDefinition[] {
  if (model === 'all') return trained === undefined ? context.models : [requireModel(context, trained)];
  const definition = requireModel(context, model);
  if (trained === undefined || trained === model) return [definition];
  throw new UsageError(`--from: the run is of model ${trained}, not of ${model}. Call: atelier graphs ${trained} …`, {
    code: 'settings-exclude-each-other',
  });
}

async function trainedRun(path: string, which: 'best' | 'last') {
  const folder = await requireRun(path);
  const { model, recipe, data } = await readRunConfig(folder.path);
  const { state, progress } = await readCheckpoint(folder.checkpoint(which));
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
