import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { AtelierError } from '../errors.ts';
import { checkWritable, ensureDirectory } from '../files/atomic.ts';
import { acquireLock } from '../files/lock.ts';
import { call, joined, said, setting } from '../message.ts';
import { defaultFetchLimits, type FetchLimits, type FetchProgress, fetchFile, waysOut } from './fetch.ts';
import { type DatasetFile, datasetFiles, defaultDatasetDirectory, type Manifest } from './manifest.ts';
import { elsewhere, folderExists, isNamedArchive, lackingFiles } from './named-folder.ts';
import { type LocatedFile, locate, usualPlaces } from './places.ts';
import { networkFetch } from './proxy.ts';
import type { Fetch } from './transfer.ts';

export interface DatasetOptions {
  /** What is looked for. */
  readonly manifest: Manifest;
  /** The only folder that is looked into; without it, datasets/<name> in the package and where Debian's package puts it. */
  readonly dir?: string | undefined;
  /** Whether what `dir` lacks is fetched into it; else a folder that lacks anything is refused. */
  readonly fill?: boolean | undefined;
  /** Never touch the network. */
  readonly offline?: boolean | undefined;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn'>;
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For tests: another network. */
  readonly fetch?: Fetch | undefined;
  readonly limits?: FetchLimits | undefined;
}

/**
 * Finds files of the data set, each by itself, packed or not, or in their archive, which may be named instead of its folder.
 * In a folder that is named (`dir`) they are, or are fetched into it if that is asked for (`fill`): no other is used. Where none is named, they are looked for in the default folder and
 * where Debian's package puts them, and those found nowhere are fetched into the default folder. Files that exist are never changed.
 *
 * @param wanted the files to find; by default all
 * @throws UsageError where `dir` is not a folder, or lacks files that are not to be fetched; AtelierError where a file is
 *   neither there nor to be had
 */
export async function locateDataset(
  options: DatasetOptions,
  wanted?: readonly DatasetFile[],
): Promise<readonly LocatedFile[]> {
  const { manifest, dir, fill = false } = options;
  const files = wanted ?? datasetFiles(manifest);
  if (dir !== undefined && (await isNamedArchive(dir, manifest)))
    return files.map((file) => ({ file, path: resolve(dir), source: 'directory', inArchive: true }));
  if (dir !== undefined) await folderExists(dir, manifest);
  const directory = dir === undefined ? defaultDatasetDirectory(manifest) : resolve(dir);
  const places = dir === undefined ? usualPlaces(manifest) : [{ source: 'directory', folder: directory } as const];
  const found = await Promise.all(files.map((file) => locate(file, places)));
  const missing = files.filter((_, i) => found[i] === undefined);
  if (missing.length > 0) {
    if (dir !== undefined && !fill) throw await lackingFiles(dir, missing, manifest);
    await fetchMissing(missing, directory, manifest, options);
  }
  const located = files.map(
    (file, i): LocatedFile =>
      found[i] ?? {
        file,
        path: join(directory, file.download.name),
        source: 'fetched',
        inArchive: file.download.archive !== undefined,
      },
  );
  for (const { file, path, source } of located)
    options.logger.debug({ file: file.name, path, source }, `found ${file.name}`);
  return located;
}

async function fetchMissing(
  missing: readonly DatasetFile[],
  directory: string,
  manifest: Manifest,
  options: DatasetOptions,
): Promise<void> {
  const { offline, logger, fetch, limits, signal, onProgress } = options;
  if (offline === true) throw await notToBeFetched(missing, directory, options);
  const another = call('data', { data: manifest.name, dataDirectory: 'FOLDER' });
  const wayOut = said`To have the data set elsewhere: ${another}`;
  await checkWritable(directory, wayOut);
  await ensureDirectory(directory);
  // Two processes that append to one .part file would spoil it.
  const release = await acquireLock(directory);
  try {
    const network = fetch ?? (await networkFetch());
    const downloads = new Map(missing.map((file) => [file.download.name, file]));
    for (const [name, file] of downloads) {
      logger.info({ file: name, directory }, `fetching ${name}`);
      await fetchFile(file, {
        manifest,
        directory,
        fetch: network,
        limits: limits ?? defaultFetchLimits,
        signal,
        onProgress,
      });
      logger.info({ file: name, directory }, `fetched ${name}`);
    }
  } finally {
    release();
  }
}

async function notToBeFetched(
  missing: readonly DatasetFile[],
  directory: string,
  { manifest, dir }: DatasetOptions,
): Promise<AtelierError> {
  const names = missing.map(({ name }) => name).join(', ');
  const where =
    dir === undefined
      ? manifest.debian
        ? `found neither in '${directory}' nor in '${manifest.debian.directory}'`
        : `not found in '${directory}'`
      : `not in '${directory}'`;
  const instead = dir === undefined ? [] : await elsewhere(dir, missing, manifest);
  const lines = [
    said`${manifest.title} is incomplete and ${setting('offline')} forbids to fetch it: ${names} ${where}.`,
    waysOut(manifest),
    ...instead.map((line) => said`  - ${line}`),
  ];
  return new AtelierError(joined(lines, '\n'), { code: 'data-missing' });
}
