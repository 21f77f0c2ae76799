import type { Context } from '../context.ts';
import type { Dataset, DatasetDescription } from '../data/dataset.ts';
import type { DataOptions } from '../data/own/options.ts';
import type { Reading } from '../data/own/picture-files.ts';
import { AtelierError, UsageError } from '../errors.ts';
import { said, setting } from '../message.ts';
import type { RunConfig } from './config/run-config.ts';

/** Where the data of a run are, where they are not where they were. */
export interface RunDataPlace {
  /** Another name, folder or file, with the same content. */
  readonly data?: string | undefined;
  /** The folder of a named data set's files. */
  readonly dataDirectory?: string | undefined;
}

/** What was asked of the data of a run, to have the same images again. */
export function recordedOptions({
  shape,
  origin,
}: Pick<RunConfig['data'], 'shape' | 'origin'>): DataOptions | undefined {
  if (!origin) return undefined;
  const { preparation, validation, test, skipDamaged } = origin;
  const { channels, height, width } = shape;
  return {
    ...(preparation && { imageSize: `${height}x${width}`, grey: channels === 1, skipDamaged, ...preparation }),
    validation,
    test,
  };
}

/** What a run has recorded of its data, which need not be there. */
export function describeRecorded({ images, origin, ...data }: RunConfig['data']): DatasetDescription {
  const isDivided = origin === undefined || origin.validation > 0;
  const { train, validation } = images;
  return {
    ...data,
    counts: isDivided ? { train: train + validation } : { train, validation },
    ...(origin && { origin }),
  };
}

/**
 * The data set that a run was trained on, where its configuration says that it is, or in another place.
 *
 * @throws UsageError where another place has other content; AtelierError where pictures of one's own are not there, or are
 *   no longer those that the run was trained on: what is held out of them would be others, too
 */
export async function datasetOfRun(
  { data }: Pick<RunConfig, 'data'>,
  { data: elsewhere, dataDirectory: dir, observer, signal }: RunDataPlace & Reading,
  { datasets }: Pick<Context, 'datasets'>,
): Promise<Dataset> {
  const { origin, fingerprint } = data;
  const options = recordedOptions(data);
  const dataset = await datasets(elsewhere ?? origin?.path ?? data.name, {
    dir,
    options,
    observer,
    signal,
    again: true,
  }).catch((error: unknown) => {
    const isGone = origin && elsewhere === undefined && error instanceof AtelierError && error.code === 'unknown-name';
    if (!isGone) throw error;
    throw new AtelierError(
      said`the run was trained on '${origin.path}', which is not there. Say where its data are now: ${setting('data')}.`,
      { code: 'data-missing', cause: error },
    );
  });
  if (dataset.fingerprint === fingerprint) return dataset;
  if (elsewhere !== undefined)
    throw new UsageError(
      said`${setting('data')}: '${elsewhere}' has other content than the data that the run was trained on (${data.title}): their fingerprints differ. Leave the option out, or name the same data.`,
      { code: 'classes-mismatch' },
    );
  if (origin)
    throw new AtelierError(
      said`'${origin.path}' has been changed since the run was trained on it: its fingerprint is another. Bring the pictures back as they were, or name a folder that has them: ${setting('data')}.`,
      { code: 'data-damaged' },
    );
  return dataset;
}
