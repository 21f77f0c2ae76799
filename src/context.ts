import type { Logger } from 'pino';
import { catalogue } from '../graphs/models/catalogue.ts';
import type { ModelDefinition } from '../graphs/models/model.ts';
import type { Dataset } from './data/dataset.ts';
import type { OpenDataRequest } from './data/own/open-data.ts';
import { UsageError } from './errors.ts';
import type { Experiment } from './experiment.ts';
import { libraryWording, type MessageWording } from './message.ts';
import { nearest } from './text/nearest.ts';

/** What the library works with: what names stand for, which experiment is told of, and who is told. */
export interface Context {
  /** The models that can be named. */
  readonly models: readonly ModelDefinition[];
  /** The data set of a name, or of a folder or file. Throws UsageError where there is none of the two. */
  readonly datasets: (data: string, request: DatasetRequest) => Promise<Dataset>;
  /** What is known about models and data beyond their own description: recipes, published numbers, claims. */
  readonly experiment: Experiment | null;
  readonly logger: Logger;
  /** How log lines and files name settings and further calls. */
  readonly wording: MessageWording;
}

/** Where a data set is looked for, and what is asked of one's own: what {@link createContext} hands on. */
export type DatasetRequest = OpenDataRequest;

/** The catalogue's models and the data sets that are known by a name; no experiment. */
export function defaultContext(logger: Logger): Context {
  return {
    models: catalogue,
    datasets: async (data, request) => {
      const { openData } = await import('./data/own/open-data.ts');
      return openData(data, request, logger);
    },
    experiment: null,
    logger,
    wording: libraryWording,
  };
}

/**
 * The data set that is meant where nobody names one: the experiment's.
 *
 * @param dir the folder that holds its files
 * @throws UsageError where there is no experiment
 */
export async function usualDataset(
  context: Pick<Context, 'experiment' | 'datasets'>,
  dir?: string | undefined,
): Promise<Dataset> {
  return context.datasets(usualDataName(context), { dir });
}

/** The name of that data set. Throws UsageError where there is no experiment. */
export function usualDataName({ experiment }: Pick<Context, 'experiment'>): string {
  if (experiment !== null) return experiment.data;
  throw new UsageError('no data set was named, and there is no experiment that has one', { code: 'no-data-named' });
}

/** The names of the models there are. */
export function modelNames({ models }: Pick<Context, 'models'>): readonly string[] {
  return models.map(({ name }) => name);
}

/** The model of a name. Throws UsageError, with the names there are, for an unknown one. */
export function requireModel({ models }: Pick<Context, 'models'>, name: string): ModelDefinition {
  const found = models.find((model) => model.name === name);
  if (found) return found;
  const names = models.map((model) => model.name);
  const near = nearest(name, names);
  throw new UsageError(
    `unknown model '${name}'; there are: ${names.join(', ')}.${near === undefined ? '' : ` Did you mean '${near}'?`}`,
    { code: 'unknown-name' },
  );
}

/** A model, and what a run keeps of one that is not of the catalogue. */
export interface NamedModel {
  readonly model: string;
  readonly network?: { readonly title: string } | undefined;
}

/** What a model is called: by the experiment, where it tells of the model, else by the run, or its definition. */
export function modelTitle(
  { models, experiment }: Pick<Context, 'models' | 'experiment'>,
  { model: name, network }: NamedModel,
): string {
  const told = experiment?.models[name]?.title;
  if (told !== undefined) return told;
  const title = network?.title ?? models.find((model) => model.name === name)?.title;
  return title === undefined ? name : `${name}, ${title}`;
}

/** The short form of `modelTitle`, for labels: what stands before its first comma. */
export function modelLabel(context: Pick<Context, 'models' | 'experiment'>, model: NamedModel): string {
  const title = modelTitle(context, model);
  return title.split(',')[0] ?? title;
}
