/** Where data are that somebody names: what names alone tell, before anything of them is read. */
import { existsSync } from 'node:fs';
import { extname, resolve, sep } from 'node:path';
import { UsageError } from '../../errors.ts';
import { shownPath } from '../../files/shown-path.ts';
import { datasetNames } from '../manifest.ts';

/** Whether what names data is the path of a folder or file, and cannot be the name of a data set. */
export function isDataPath(data: string): boolean {
  return data.includes('/') || data.includes(sep) || ['.csv', '.npz'].includes(extname(data).toLowerCase());
}

/**
 * Data that a file names: the name of a data set as it is, a path absolute, counted from the file's folder as others in
 * files are.
 *
 * @param file absolute
 * @throws UsageError for a word that names a folder or file of the working folder only
 */
export async function placedData(data: string, file: string): Promise<string> {
  if ((await datasetNames()).includes(data)) return data;
  const path = resolve(file, '..', data);
  if (isDataPath(data) || existsSync(path)) return path;
  // A data set that a program brings; or a folder, which paths of files count from.
  if (existsSync(data))
    throw new UsageError(
      `'${shownPath(file)}' names the data '${data}', and there is no '${shownPath(path)}': paths count from the folder of the file that they stand in. Correct it there.`,
      { code: 'unknown-name' },
    );
  return data;
}

/** Whether two names are of the same data: the same name of a data set, or paths of one place. */
export async function isSameData(one: string, other: string): Promise<boolean> {
  const names = await datasetNames();
  if (names.includes(one) || names.includes(other)) return one === other;
  return resolve(one) === resolve(other);
}
