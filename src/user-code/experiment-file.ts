import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { placedData } from '../data/own/placed-data.ts';
import type { Experiment, ExperimentModel } from '../experiment.ts';
import { loadSource, sourceEndings } from './load-source.ts';
import { isModelDefinition, type LoadOptions, otherExport, ownModel } from './model-file.ts';
import { type RunOwnCode, unwatched } from './own-code.ts';

/** The experiment file of a folder, as `init` writes it; undefined where it has none. */
export function experimentFileIn(folder: string): string | undefined {
  return sourceEndings.map((ending) => join(folder, `experiment${ending}`)).find((path) => existsSync(path));
}

/**
 * The experiment that a file exports: `export default defineExperiment({ … })`. Its data are where they are seen from the folder of
 * the file: a relative path becomes absolute.
 *
 * @throws UsageError where the file cannot be loaded, throws or exports something else
 */
export async function loadExperimentFile(path: string, { run = unwatched }: LoadOptions = {}): Promise<Experiment> {
  const source = await loadSource(path, run);
  const experiment = source.exported;
  if (!isExperiment(experiment)) throw otherExport(source, 'an experiment', 'defineExperiment({ name, data, models })');
  const models = Object.entries(experiment.models).map(([name, model]) => [name, own(model, source, run)] as const);
  const data = await placedData(experiment.data, source.path);
  return { ...experiment, data, models: Object.fromEntries(models) };
}

function own(
  entry: ExperimentModel,
  { path, sha256 }: { readonly path: string; readonly sha256: string },
  run: RunOwnCode,
): ExperimentModel {
  const { model } = entry;
  return model === undefined ? entry : { ...entry, model: ownModel(model, { path, sha256, kind: 'experiment' }, run) };
}

/** Whether something is an experiment, as `defineExperiment` makes it. */
function isExperiment(value: unknown): value is Experiment {
  if (typeof value !== 'object' || value === null) return false;
  const [name, title, data, models] = ['name', 'title', 'data', 'models'].map((key) => Reflect.get(value, key));
  if (typeof name !== 'string' || typeof title !== 'string' || typeof data !== 'string') return false;
  return typeof models === 'object' && models !== null && Object.values(models).every(isEntry);
}

function isEntry(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('recipe' in value)) return false;
  return !('model' in value) || value.model === undefined || isModelDefinition(value.model);
}
