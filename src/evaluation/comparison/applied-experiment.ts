import { resolve } from 'node:path';
import type { Experiment, ExperimentModel } from '../../experiment.ts';
import type { RunConfig } from '../../training/config/run-config.ts';

/** What an experiment says of a model; undefined where there is none, or it says nothing. */
export function experimentModel(experiment: Experiment | null, model: string): ExperimentModel | undefined {
  return experiment !== null && Object.hasOwn(experiment.models, model) ? experiment.models[model] : undefined;
}

/**
 * The experiment where it says something about these runs: all are of its data set, and one at least of its models. Null
 * where there is none, or its numbers and sentences are about something else.
 */
export function appliedExperiment(
  runs: readonly { readonly config: Pick<RunConfig, 'model' | 'data'> }[],
  experiment: Experiment | null,
): Experiment | null {
  if (experiment === null) return null;
  const about =
    runs.every(({ config }) => isDataOf(experiment, config)) &&
    runs.some(({ config }) => experimentModel(experiment, config.model) !== undefined);
  return about ? experiment : null;
}

/** Whether a run was trained on the data of an experiment, which names a data set or says where its pictures are. */
function isDataOf({ data }: Experiment, { data: { name, origin } }: Pick<RunConfig, 'data'>): boolean {
  return origin === undefined ? name === data : resolve(origin.path) === resolve(data);
}
