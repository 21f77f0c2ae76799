import type { Context } from '../context.ts';
import type { Dataset } from '../data/dataset.ts';
import { UsageError } from '../errors.ts';

/** The data set that is meant where nobody names one: the experiment's. */
export async function usualDataset(
  { experiment, datasets }: Pick<Context, 'experiment' | 'datasets'>,
  dir?: string | undefined,
): Promise<Dataset> {
  if (experiment === null)
    throw new UsageError('no data set was named, and there is no experiment that has one', { code: 'no-data-named' });
  return datasets(experiment.data, { dir });
}
