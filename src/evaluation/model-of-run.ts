import type { Model } from '../../graphs/models/model.ts';
import { type Context, requireModel } from '../context.ts';
import type { RunConfig } from '../training/config/run-config.ts';

/** The network that a run trained, for its images and classes. Throws UsageError where its definition is not known. */
export function modelOfRun({ model, data, recipe }: RunConfig, context: Pick<Context, 'models'>): Model {
  return requireModel(context, model).build(data.shape, data.classes.length, { dropout: recipe.dropout });
}
