import { join } from 'node:path';
import type { Logger } from 'pino';
import { tapNames } from '../../../graphs/programs/inference.ts';
import type { TargetName } from '../../../graphs/targets/compile.ts';
import { requireModel } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { programsOf, writePrograms } from '../../runtime/programs.ts';
import { chooseTarget } from '../../training/engines/target.ts';
import { recipeOfModel } from '../../training/recipe-of-model.ts';
import type { Run } from '../command.ts';
import { formatTable } from '../output.ts';
import { usualDataset } from '../usual-data.ts';
import type { GraphsOptions } from './graphs.ts';

/** The blocked layout by its general name is that of this processor. */
async function targetOf(name: NonNullable<GraphsOptions['target']>, logger: Logger): Promise<TargetName> {
  if (name !== 'cpu-nchwc') return name;
  const { target, reason } = await chooseTarget('native', 'cpu', name);
  logger.info({ target, reason }, `target: ${target} (${reason})`);
  return target;
}

export const run: Run<GraphsOptions> = async (options, context) => {
  const { model, out, batchSize, text, from, checkpoint } = options;
  if (options.target === 'ort-training') return (await import('./graphs-artifacts-run.ts')).run(options, context);
  if (from !== undefined || checkpoint !== undefined)
    throw new UsageError('--from and --checkpoint are for --target ort-training: other graphs hold no weights', {
      code: 'settings-exclude-each-other',
    });
  const { logger } = context;
  const target = await targetOf(options.target ?? 'portable', logger);
  const dataset = await usualDataset(context);
  const written = [];
  for (const definition of model === 'all' ? context.models : [requireModel(context, model)]) {
    const { name } = definition;
    const recipe = await recipeOfModel(definition, dataset, context, { options: { batchSize } });
    const programs = programsOf(
      definition.build(dataset.shape, dataset.classes.length, { dropout: recipe.dropout }),
      recipe,
      target,
    );
    const directory = join(out, name);
    const all = {
      train_step: programs.trainStep(recipe.batchSize),
      eval_step: programs.evalStep(),
      predict: programs.predict(),
      inspect: programs.inspect(tapNames(programs)),
    };
    const manifest = await writePrograms(directory, programs, all, text);
    logger.info(`wrote ${directory}`);
    written.push({ directory, ...manifest });
  }
  const rows = written.flatMap(({ directory, graphs }) =>
    graphs.map(({ file, nodes, bytes }) => [join(directory, file), nodes, bytes]),
  );
  return { text: formatTable(['graph', 'nodes', 'bytes'], rows), json: written };
};
