import type { Model } from '../../graphs/models/model.ts';
import { type Context, requireModel } from '../context.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { readNetwork } from '../training/network-file.ts';

/**
 * The network that a run trained, for its images and classes: what the run keeps of it, or, for a model of the catalogue, what
 * its definition makes. No code is run that somebody wrote.
 *
 * @throws UsageError where the run keeps none and its definition is not known; AtelierError where what it keeps is damaged
 */
export async function modelOfRun(run: string, config: RunConfig, context: Pick<Context, 'models'>): Promise<Model> {
  const { model, data, recipe } = config;
  const kept = await readNetwork(run, config);
  return kept ?? requireModel(context, model).build(data.shape, data.classes.length, { dropout: recipe.dropout });
}
