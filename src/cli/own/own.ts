/** What somebody brings to a command: the file of a model, or an experiment that names some. */
import { existsSync } from 'node:fs';
import { modelNames } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { ownModels } from '../../experiment.ts';
import { shownPath } from '../../files/shown-path.ts';
import { call, said, setting } from '../../message.ts';
import { didYouMean } from '../../text/nearest.ts';
import { experimentFileIn, loadExperimentFile } from '../../user-code/experiment-file.ts';
import { isSourcePath } from '../../user-code/load-source.ts';
import { loadModelFile } from '../../user-code/model-file.ts';
import type { RunOwnCode } from '../../user-code/own-code.ts';
import type { CommandContext } from '../command.ts';
import type { Option } from '../options.ts';
import { watchOwnCode } from './watched.ts';

/** Which experiment is told of. */
export const experimentOption = {
  type: 'text',
  value: 'FILE',
  refusable: true,
  defaultText: 'experiment.ts here, if there is one',
  description: 'File with models, their recipes and their data; its code is run',
} as const satisfies Option;

/** What a command line names. */
interface Named {
  /** A name, or the path of a file. */
  readonly model: string;
  /** The path of a file; null for none, whatever the folder holds. */
  readonly experiment: string | null | undefined;
}

/** A command's model by name, in a context that knows it. */
export interface OwnContext {
  readonly model: string;
  readonly context: CommandContext;
}

/**
 * Does work with the model that a command line names: of a file, of an experiment, or of the catalogue. An experiment that does not
 * name the model changes nothing.
 *
 * @throws UsageError where a file cannot be loaded, or the experiment that is asked for does not name the model
 */
export async function withOwn<T>(
  named: Named,
  context: CommandContext,
  work: (own: OwnContext) => Promise<T>,
): Promise<T> {
  const { model, experiment } = named;
  if (isSourcePath(model) && typeof experiment === 'string')
    throw new UsageError(
      said`'${model}' and ${setting('experiment')} exclude each other: an experiment names its models. Name one of them, or leave the experiment out.`,
      { code: 'settings-exclude-each-other' },
    );
  // Where no model is named, the data choose one of the catalogue.
  const found = model === '' ? undefined : experimentFileIn('.');
  const file = isSourcePath(model) || experiment === null ? undefined : (experiment ?? found);
  if (!isSourcePath(model) && file === undefined) {
    checkNoData(model, context);
    return work({ model, context });
  }
  const watch = watchOwnCode(context.options);
  try {
    if (file === undefined) return await work(await ofFile(model, context, watch.run));
    return await work(await ofExperiment({ ...named, experiment: file }, experiment !== undefined, context, watch.run));
  } finally {
    watch.release();
  }
}

/** Throws UsageError for a word that is no model and names a folder or file: data, most likely. */
function checkNoData(model: string, context: CommandContext): void {
  if (model === '' || modelNames(context).includes(model) || !existsSync(model)) return;
  throw new UsageError(
    said`there is no model '${model}', but a folder or file of that name. To train on what it holds: ${call('train', { model: null, data: model })}`,
    { code: 'unknown-name' },
  );
}

async function ofFile(path: string, context: CommandContext, run: RunOwnCode): Promise<OwnContext> {
  const own = await loadModelFile(path, { run });
  return { model: own.name, context: { ...context, models: [own, ...context.models] } };
}

async function ofExperiment(
  { model, experiment: path }: { readonly model: string; readonly experiment: string },
  isAskedFor: boolean,
  context: CommandContext,
  run: RunOwnCode,
): Promise<OwnContext> {
  const experiment = await loadExperimentFile(path, { run });
  const names = Object.keys(experiment.models);
  if (names.includes(model)) {
    context.logger.info(`experiment ${experiment.name}, from '${shownPath(path)}'`);
    return { model, context: { ...context, experiment, models: [...ownModels(experiment), ...context.models] } };
  }
  if (!isAskedFor && modelNames(context).includes(model)) return { model, context };
  checkNoData(model, context);
  const all = isAskedFor ? names : [...names, ...modelNames(context)];
  throw new UsageError(
    said`unknown model '${model}'${didYouMean(model, all) || '.'} '${shownPath(path)}' has: ${names.join(', ')}. Call: ${call('train', { model: names[0] ?? null, experiment: path })}`,
    { code: 'unknown-name' },
  );
}
