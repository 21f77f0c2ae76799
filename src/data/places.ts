import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../errors.ts';
import { fileProblem } from '../files/problems.ts';
import { type DatasetFile, defaultDatasetDirectory, type Manifest } from './manifest.ts';

/** A file of the data set and where it is. Its content is not verified yet: `readVerified` does that. */
export interface LocatedFile {
  readonly file: DatasetFile;
  readonly path: string;
  /** `directory`: the folder that was asked for, or the default one; `debian`: the Debian package; `fetched`: from a mirror, just now. */
  readonly source: 'directory' | 'debian' | 'fetched';
  /** Whether the path is that of an archive which holds it. */
  readonly inArchive: boolean;
}

/** A folder in which files of the data set are looked for. */
export interface Place {
  readonly source: 'directory' | 'debian';
  readonly folder: string;
}

/** Where a data set is looked for while nobody names a folder: the default one first. */
export function usualPlaces(manifest: Manifest): readonly Place[] {
  return [
    { source: 'directory', folder: defaultDatasetDirectory(manifest) },
    ...(manifest.debian ? [{ source: 'debian', folder: manifest.debian.directory } as const] : []),
  ];
}

/** A file as the first place has it, in the first of its forms; undefined where none does. */
export async function locate(file: DatasetFile, places: readonly Place[]): Promise<LocatedFile | undefined> {
  for (const { source, folder } of places) {
    for (const { path, inArchive } of file.forms) {
      const there = join(folder, path);
      if (await isFile(there)) return { file, path: there, source, inArchive };
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
