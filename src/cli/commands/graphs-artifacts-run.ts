import { join } from 'node:path';
import type { Logger } from 'pino';
import { type ModelName, modelNames } from '../../../graphs/models/catalogue.ts';
import { UsageError } from '../../errors.ts';
import { type Weights, writeArtifacts } from '../../runtime/ort-training-artifacts.ts';
import { programsOf } from '../../runtime/programs.ts';
import { readCheckpoint } from '../../training/checkpoint.ts';
import { resolveRecipe } from '../../training/config/resolve.ts';
import { readRunConfig } from '../../training/config/run-config.ts';
import { initialState } from '../../training/initialize.ts';
import { requireRun } from '../../training/run-folder.ts';
import type { Run } from '../command.ts';
import { requireModel } from '../models.ts';
import { formatTable } from '../output.ts';
import type { GraphsOptions } from './graphs.ts';

/** The rate with which every TrainingSession starts. */
const sessionRate = 1e-3;

/** `graphs --target ort-training`: the artifacts of ONNX Runtime's on-device training, with fresh or trained weights. */
export const run: Run<GraphsOptions> = async (
  { model = 'all', out, batchSize, text, from, checkpoint },
  { logger },
) => {
  const trained = from === undefined ? undefined : await trainedRun(from, checkpoint ?? 'last');
  const written = [];
  for (const name of namesOf(model, trained?.model)) {
    const file = trained && { path: trained.path, model: trained.model, recipe: trained.recipe };
    const recipe = resolveRecipe(name, { file, options: { 'batch-size': batchSize } });
    const programs = programsOf(name, recipe, 'ort-training');
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
function namesOf(model: string, trained: ModelName | undefined): readonly ModelName[] {
  if (model === 'all') return trained === undefined ? modelNames : [trained];
  const name = requireModel(model);
  if (trained === undefined || trained === name) return [name];
  throw new UsageError(`--from: the run is of model ${trained}, not of ${name}. Call: atelier graphs ${trained} …`);
}

async function trainedRun(path: string, which: 'best' | 'last') {
  const folder = await requireRun(path);
  const { model, recipe } = await readRunConfig(folder.path);
  const { state, progress } = await readCheckpoint(folder.checkpoint(which));
  const weights: Weights = { state, step: progress.step, learningRate: recipe.optimizer.lr };
  return { path: folder.config, model, recipe, weights };
}

function warnOfRate({ learningRate }: Weights, logger: Logger): void {
  if (learningRate === sessionRate) return;
  logger.warn(
    `ONNX Runtime's sessions start with a learning rate of ${sessionRate}, the recipe's is ${learningRate}: ` +
      'set it there (SetLearningRate); its JavaScript API cannot.',
  );
}
