import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { AtelierError, hasCode, UsageError } from '../errors.ts';
import { ensureDirectory } from '../files/atomic.ts';
import { acquireLock } from '../files/lock.ts';
import { fileProblem } from '../files/problems.ts';
import { said, setting } from '../message.ts';
import { defaultFetchLimits, type FetchLimits, type FetchProgress, fetchFile, waysOut } from './fetch.ts';
import { type DatasetFile, datasetFiles, defaultDatasetDirectory, type Manifest } from './manifest.ts';
import { networkFetch } from './proxy.ts';
import type { Fetch } from './transfer.ts';

export interface DatasetOptions {
  /** What is looked for. */
  readonly manifest: Manifest;
  /** The user's folder; without it, datasets/<name> in the package. */
  readonly dir?: string | undefined;
  /** Never touch the network. */
  readonly offline?: boolean | undefined;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn'>;
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For tests: another network. */
  readonly fetch?: Fetch | undefined;
  readonly limits?: FetchLimits | undefined;
}

/** A file of the data set and where it is. Its content is not verified yet: `readVerified` does that. */
export interface LocatedFile {
  readonly file: DatasetFile;
  readonly path: string;
  /** `directory`: the folder that was asked for, or the default one; `debian`: the Debian package; `fetched`: from a mirror, just now. */
  readonly source: 'directory' | 'debian' | 'fetched';
}

/**
 * Finds files of the data set, each as `<name>` or `<name>.gz`: first in `dir`, then where Debian's package puts them;
 * those found nowhere are fetched into `dir`, which is created if need be. Files that exist are never changed.
 *
 * @param wanted the files to find; by default all four
 * @throws UsageError where `dir` is not a folder; AtelierError where a file is neither there nor to be had
 */
export async function locateDataset(
  options: DatasetOptions,
  wanted?: readonly DatasetFile[],
): Promise<readonly LocatedFile[]> {
  const { manifest } = options;
  const directory = options.dir === undefined ? defaultDatasetDirectory(manifest) : resolve(options.dir);
  if (options.dir !== undefined) await checkFolder(directory);
  const files = wanted ?? datasetFiles(manifest);
  const found = await Promise.all(files.map((file) => locate(file, directory, manifest)));
  const missing = files.filter((_, i) => found[i] === undefined);
  if (missing.length > 0) await fetchMissing(missing, directory, manifest, options);
  const located = files.map(
    (file, i): LocatedFile => found[i] ?? { file, path: join(directory, `${file.name}.gz`), source: 'fetched' },
  );
  for (const { file, path, source } of located) {
    options.logger.debug({ file: file.name, path, source }, `found ${file.name}`);
    // Whoever names a folder should hear that something else is used.
    if (options.dir !== undefined && source === 'debian') {
      options.logger.warn({ file: file.name, path }, `${file.name} is not in '${directory}'; using '${path}'`);
    }
  }
  return located;
}

async function checkFolder(dir: string): Promise<void> {
  try {
    if ((await stat(dir)).isDirectory()) return;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw fileProblem(said`use ${setting('dataDirectory')}`, dir, error);
  }
  throw new UsageError(
    said`${setting('dataDirectory')} '${dir}' is a file, a folder was expected. Pass the folder that holds the four files.`,
    {
      code: 'invalid-setting',
    },
  );
}

async function locate(file: DatasetFile, directory: string, manifest: Manifest): Promise<LocatedFile | undefined> {
  const places = [
    { source: 'directory', folder: directory },
    { source: 'debian', folder: manifest.debian.directory },
  ] as const;
  for (const { source, folder } of places) {
    // Unpacked first: it loads faster.
    for (const path of [join(folder, file.name), join(folder, `${file.name}.gz`)]) {
      if (await isFile(path)) return { file, path, source };
    }
  }
  return undefined;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw fileProblem('read', path, error);
  }
}

async function fetchMissing(
  missing: readonly DatasetFile[],
  directory: string,
  manifest: Manifest,
  { offline, logger, fetch, limits, signal, onProgress }: DatasetOptions,
): Promise<void> {
  const names = missing.map(({ name }) => name).join(', ');
  if (offline === true) {
    throw new AtelierError(
      said`${manifest.title} is incomplete and ${setting('offline')} forbids to fetch it: ${names} found neither in '${directory}' nor in '${manifest.debian.directory}'.\n${waysOut(manifest)}`,
      { code: 'data-missing' },
    );
  }
  await ensureDirectory(directory);
  // Two processes that append to one .part file would spoil it.
  const release = await acquireLock(directory);
  try {
    const network = fetch ?? (await networkFetch());
    for (const file of missing) {
      logger.info({ file: file.name, directory }, `fetching ${file.name}.gz`);
      await fetchFile(file, {
        manifest,
        directory,
        fetch: network,
        limits: limits ?? defaultFetchLimits,
        signal,
        onProgress,
      });
      logger.info({ file: file.name, directory }, `fetched ${file.name}.gz`);
    }
  } finally {
    release();
  }
}
