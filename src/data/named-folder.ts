/** A folder of the data set that somebody names: it is used as it is, or refused with what there is instead. */
import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { hasCode, UsageError } from '../errors.ts';
import { fileProblem } from '../files/problems.ts';
import { call, joined, type Message, said, setting, type Text } from '../message.ts';
import { type DatasetFile, datasetFiles, defaultDatasetDirectory, type Manifest } from './manifest.ts';
import { locate, usualPlaces } from './places.ts';

const option = setting('dataDirectory');

/**
 * Whether what is named is a file, of a data set that comes in one.
 *
 * @throws UsageError where it has the name of an archive and is not there; AtelierError where it cannot be looked at
 */
export async function isNamedArchive(dir: string, manifest: Manifest): Promise<boolean> {
  if (manifest.format !== 'cifar') return false;
  try {
    return (await stat(dir)).isFile();
  } catch (error) {
    // A folder of that name, to fetch the archive into, is nothing that anybody means.
    if (hasCode(error, 'ENOENT') && /\.(tar|tgz|tar\.gz)$/i.test(dir))
      throw new UsageError(
        said`${option}: there is no file '${dir}'. Check the path, or leave the option out: ${manifest.archive.name} is then fetched, once.`,
        { code: 'data-missing' },
      );
    if (hasCode(error, 'ENOENT')) return false;
    throw fileProblem(said`use ${option}`, dir, error);
  }
}

/**
 * Whether a folder that is named is there.
 *
 * @throws UsageError where it is a file, AtelierError where it cannot be looked at
 */
export async function folderExists(dir: string, manifest: Manifest): Promise<boolean> {
  try {
    if ((await stat(dir)).isDirectory()) return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw fileProblem(said`use ${option}`, dir, error);
  }
  throw new UsageError(
    said`${option} '${dir}' is a file, a folder was expected. Pass the folder that holds ${manifest.title}.`,
    { code: 'invalid-setting' },
  );
}

/** Throws UsageError, with what there is instead, where a folder (or an archive) that is named does not exist. */
export async function requireNamedFolder(dir: string, manifest: Manifest): Promise<void> {
  if (await isNamedArchive(dir, manifest)) return;
  if (!(await folderExists(dir, manifest))) throw await lackingFiles(dir, datasetFiles(manifest), manifest);
}

/**
 * The error for a folder that was named and lacks files: what was looked for, where it is instead, and what to do.
 *
 * @param missing the files that were looked for there in vain
 */
export async function lackingFiles(
  dir: string,
  missing: readonly DatasetFile[],
  manifest: Manifest,
): Promise<UsageError> {
  const names = missing.map(({ name }) => name).join(', ');
  const archive = manifest.format === 'cifar' ? manifest.archive.name : undefined;
  const lacking =
    archive === undefined ? `does not hold ${names}, packed (.gz) or not` : `holds neither ${archive} nor ${names}`;
  const found = (await folderExists(dir, manifest))
    ? `'${dir}' ${lacking}`
    : `there is no folder '${dir}' to hold ${archive ?? names}`;
  const fetching = call('data', { data: manifest.name, dataDirectory: dir });
  const lines = [
    said`${option}: ${found}.`,
    ...(await elsewhere(dir, missing, manifest)).map((line) => said`  - ${line}`),
    said`  - fetch what is missing into it: ${fetching}`,
  ];
  return new UsageError(joined(lines, '\n'), { code: 'data-missing' });
}

/** Where the files are instead, and how to use them there, one way each. */
export async function elsewhere(
  dir: string,
  missing: readonly DatasetFile[],
  manifest: Manifest,
): Promise<readonly Message[]> {
  const within = (await nearby(dir, missing)).map((folder) => said`they are in '${folder}': pass that to ${option}`);
  return [...within, await withoutFolder(missing, manifest)];
}

async function withoutFolder(missing: readonly DatasetFile[], manifest: Manifest): Promise<Message> {
  const leave = said`leave ${option} out`;
  const found = await Promise.all(missing.map((file) => locate(file, usualPlaces(manifest))));
  const folders = new Set(found.flatMap((file) => (file === undefined ? [] : [dirname(file.path)])));
  if (found.includes(undefined)) {
    const directory = defaultDatasetDirectory(manifest);
    return said`${leave}: what is missing is then fetched into '${directory}', once`;
  }
  return said`${leave}: ${joined(
    [...folders].map((folder): Text => `'${folder}'`),
    ' and ',
  )} ${folders.size === 1 ? 'has' : 'have'} them`;
}

/** How deep below a folder, and in how many folders, files are looked for: other programs put them into `FashionMNIST/raw`. */
const depth = 2;
const mostFolders = 100;

/** Folders below the one that was named that hold all of the files; the first of them is enough. */
async function nearby(dir: string, missing: readonly DatasetFile[]): Promise<readonly string[]> {
  const root = resolve(dir);
  const waiting = [root];
  for (let looked = 0; looked < mostFolders; looked += 1) {
    const folder = waiting.shift();
    if (folder === undefined) break;
    const found = await Promise.all(missing.map((file) => locate(file, [{ source: 'directory', folder }])));
    if (!found.includes(undefined)) return [join(dir, relative(root, folder))];
    const level = relative(root, folder).split(sep).filter(Boolean).length;
    if (level < depth) waiting.push(...(await foldersIn(folder)));
  }
  return [];
}

/** A folder that cannot be listed holds nothing that could be named. */
async function foldersIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((): readonly Dirent[] => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}
