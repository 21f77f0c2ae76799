import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import type { Logger } from 'pino';
import { hasCode, UsageError } from '../../errors.ts';
import { fileProblem } from '../../files/problems.ts';
import { type SettingName, said, setting } from '../../message.ts';
import { didYouMean } from '../../text/nearest.ts';
import type { Dataset } from '../dataset.ts';
import { imageShapeText } from '../images.ts';
import { datasetNames, loadManifest } from '../manifest.ts';
import { requireNamedFolder } from '../named-folder.ts';
import { publishedDataset } from '../published.ts';
import { arraysDataset } from './arrays-dataset.ts';
import { usualCache } from './cache.ts';
import { chooseForm } from './choose-form.ts';
import { listCsv } from './list-csv.ts';
import { listFolder } from './list-folder.ts';
import type { Listing } from './listing.ts';
import { askedBackground, checkOptions, type DataOptions, pictureSettings } from './options.ts';
import type { Reading } from './picture-files.ts';
import { picturesDataset } from './pictures-dataset.ts';
import { isDataPath } from './placed-data.ts';

/** What is asked of a data set beside its name or place. */
export interface OpenDataRequest extends Reading {
  /** The folder that holds the files of a data set that has a name: no other is used. */
  readonly dir?: string | undefined;
  /** Whether what it lacks is fetched into it, when a part is asked for; else it must be there and hold it. */
  readonly fill?: boolean | undefined;
  /** What is asked of data of one's own. */
  readonly options?: DataOptions | undefined;
  /** Whether it was opened before: what was said of it then is not said again. */
  readonly again?: boolean | undefined;
}

/**
 * A data set: one that is known by its name, a folder of pictures, a table of pictures (.csv) or arrays (.npz). A name that
 * is known counts more than a folder of that name, which is written `./name`.
 *
 * @throws UsageError where there is none of the two, or for options that do not go with it; AtelierError where data cannot
 *   be read, or used for training
 */
export async function openData(
  data: string,
  request: OpenDataRequest,
  logger: Pick<Logger, 'debug' | 'info' | 'warn'>,
): Promise<Dataset> {
  const { options = {} } = request;
  checkOptions(options);
  if ((await datasetNames()).includes(data)) return named(data, request, logger);
  const found = await requireData(data);
  if (request.dir !== undefined)
    throw new UsageError(
      said`${setting('dataDirectory')}: '${data}' is the place of the data itself. Leave the option out.`,
      { code: 'settings-exclude-each-other' },
    );
  if (found.isDirectory()) return pictures(await listFolder(data), request, logger);
  switch (extname(data).toLowerCase()) {
    case '.csv':
      return pictures(await listCsv(data), request, logger);
    case '.npz':
      refuseOptions(options, pictureSettings, `the images of '${data}' are arrays already`);
      return arraysDataset(data, options);
    default:
      throw new UsageError(
        `'${resolve(data)}' is no data that can be read: expected a folder of pictures, a table of pictures (.csv) or arrays (.npz).`,
        { code: 'unknown-name' },
      );
  }
}

async function named(
  name: string,
  { dir, fill = false, options = {} }: OpenDataRequest,
  logger: Pick<Logger, 'debug' | 'info' | 'warn'>,
): Promise<Dataset> {
  const settings = [...pictureSettings, 'validation', 'test'] as const;
  refuseOptions(options, settings, `${name} consists of images that are divided already`);
  const manifest = await loadManifest(name);
  // Here, as some who ask for a data set read its images late, or only its description.
  if (dir !== undefined && !fill) await requireNamedFolder(dir, manifest);
  return publishedDataset({ manifest, dir, fill, logger });
}

/** Throws UsageError for the first of some options that is given. */
function refuseOptions(
  options: DataOptions,
  names: readonly (keyof DataOptions & SettingName)[],
  because: string,
): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given !== undefined)
    throw new UsageError(said`${setting(given)}: ${because}. Leave the option out.`, {
      code: 'settings-exclude-each-other',
    });
}

async function pictures(
  listing: Listing,
  { options = {}, observer, signal, again = false }: OpenDataRequest,
  logger: Pick<Logger, 'debug' | 'info' | 'warn'>,
): Promise<Dataset> {
  const { resize = 'crop', validation, test, skipDamaged = false, cache = true } = options;
  const { shape, because } = await chooseForm(listing.pictures, options);
  const preparation = { resize, background: askedBackground(options, shape.channels) };
  if (listing.leftOut.length > 0 && !again) logger.warn(`'${listing.path}': left out ${listing.leftOut.join(', ')}`);
  if (because.length > 0) logger.info({ shape }, `images of ${imageShapeText(shape)}: ${because.join('; ')}`);
  return picturesDataset(listing, {
    shape,
    preparation,
    validation,
    test,
    skipDamaged,
    cache: cache ? usualCache : null,
    logger,
    observer,
    signal,
  });
}

/**
 * What stands where data of one's own are said to be: a folder or a file.
 *
 * @throws UsageError, with the names of data sets that there are, where there is nothing
 */
export async function requireData(data: string): Promise<Stats> {
  const found = await stat(data).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw fileProblem('use the data', data, error);
  });
  if (found !== undefined) return found;
  const names = await datasetNames();
  throw new UsageError(
    isDataPath(data)
      ? `there is no '${data}': a folder of pictures, a table of pictures (.csv) or arrays (.npz) was expected, or the name of a data set: ${names.join(', ')}.`
      : `unknown data set '${data}'; there are: ${names.join(', ')}${didYouMean(data, names) || '.'} Nor is there a folder or file of that name.`,
    { code: 'unknown-name' },
  );
}
