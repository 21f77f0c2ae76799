import { shownPath } from '../files/shown-path.ts';
import type { CallSettings } from '../message.ts';
import type { RunConfig } from './config/run-config.ts';

/** How the model of a run is named to train it again: by its name, by the file that it came from, or by name and experiment. */
export function namedModel({ model, network }: Pick<RunConfig, 'model' | 'network'>): CallSettings {
  const source = network?.source;
  if (!source) return { model };
  const path = shownPath(source.path);
  return source.kind === 'model' ? { model: path } : { model, experiment: path };
}
