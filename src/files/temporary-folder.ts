import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAbandoned } from './atomic.ts';
import { acquireLock, isLocked } from './lock.ts';
import { fileProblem } from './problems.ts';

/** What a person can do where the folder cannot be used. */
export const temporaryElsewhere = 'The variable TMPDIR names another folder for temporary files';

/**
 * Lends a folder for temporary files and removes it afterwards, and before it those that processes have left which were
 * killed while they had one of this kind.
 *
 * @param kind what it is for, a word: `trace`
 * @throws AtelierError where it cannot be created; what `use` throws
 */
export async function withTemporaryFolder<T>(kind: string, use: (folder: string) => Promise<T>): Promise<T> {
  const prefix = `atelier-${kind}-`;
  await removeDead(prefix);
  const folder = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`)).catch((error: unknown) => {
    throw fileProblem('create a temporary folder', tmpdir(), error, temporaryElsewhere);
  });
  try {
    const release = await acquireLock(folder);
    try {
      const files = join(folder, 'files');
      await mkdir(files);
      return await use(files);
    } finally {
      release();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What cannot be removed disturbs nobody who needs a folder of his own. */
async function removeDead(prefix: string): Promise<void> {
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(prefix)) continue;
    const folder = join(tmpdir(), name);
    const writer = Number.parseInt(name.slice(prefix.length), 10);
    if (await isAbandoned(folder, writer).catch(() => false)) await removeUnlocked(folder);
  }
}

/** The lock is of use where a process's id says nothing: another container may have this folder for its temporary files too. */
async function removeUnlocked(folder: string): Promise<void> {
  try {
    if (!isLocked(folder)) await rm(folder, { recursive: true, force: true });
  } catch {
    // Somebody else's.
  }
}
