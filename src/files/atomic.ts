import { access, constants, mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { AtelierError, hasCode } from '../errors.ts';
import { joined, said, type Text } from '../message.ts';
import { fileProblem } from './problems.ts';

/** Temporary names end in this: `metrics.json.4711-3.partial` (process id, count), so leftovers can be told apart. */
const temporaryName = /\.(\d+)-\d+\.partial$/;
let temporaries = 0;
/** The folders that this process has written into, each with the removal of what others had left in it. */
const written = new Map<string, Promise<unknown>>();

/**
 * Replaces a file as a whole: the bytes are written aside in the same folder, synced and renamed, and the folder is
 * synced too, so at every instant, a power cut included, the path holds either the old content or the new. A symbolic
 * link stays one; its target is replaced. The first write into a folder removes what processes that run no more have left
 * of theirs there.
 *
 * Why not the package write-file-atomic (7.0.1): it calls write(2) once and ignores how much was written. On a disk that
 * fills up half-way it renames the truncated file over the good one and reports success.
 *
 * @param path the folder must exist, see `ensureDirectory`
 * @param data bytes, or text written as UTF-8
 * @param what the name of the thing in messages: `the checkpoint`
 * @throws AtelierError where it cannot be written; then what was there is unchanged and no temporary file is left
 */
export async function writeFileAtomic(path: string, data: Uint8Array | string, what = 'the file'): Promise<void> {
  let temporary: string | undefined;
  try {
    const target = await replaceableTarget(path);
    await removeDeadOnce(dirname(target));
    temporaries += 1;
    temporary = `${target}.${process.pid}-${temporaries}.partial`;
    const file = await open(temporary, 'wx');
    try {
      // FileHandle.writeFile repeats write(2) until all bytes are taken; a full disk surfaces as ENOSPC.
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
    await syncDirectory(dirname(target));
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { force: true }).catch(() => undefined);
    throw fileProblem(`write ${what}`, path, error, 'What was there before is unchanged');
  }
}

/** What cannot be removed disturbs nobody who writes. */
async function removeDeadOnce(directory: string): Promise<void> {
  const path = resolve(directory);
  const removal = written.get(path) ?? removeDeadLeftovers(path).catch(() => undefined);
  written.set(path, removal);
  await removal;
}

/** Renaming over a device such as /dev/null would replace the device itself, so only files and free names qualify. */
async function replaceableTarget(path: string): Promise<string> {
  let target: string;
  try {
    target = await realpath(path);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return path;
    throw error;
  }
  const found = await stat(target);
  if (found.isFile()) return target;
  const kind = found.isDirectory() ? 'a folder' : 'a device or pipe';
  throw new AtelierError(
    `cannot write '${path}': it is ${kind}, a file or a free name was expected. Choose another path.`,
    { code: 'file-unusable' },
  );
}

/** Makes a rename itself survive a power cut. Some systems (Windows, some network mounts) cannot sync a folder. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/**
 * Creates a folder and its parents; does nothing where it exists.
 *
 * @throws AtelierError where it cannot be created, or a file stands in its place
 */
export async function ensureDirectory(path: string): Promise<void> {
  try {
    await createFolder(path);
  } catch (error) {
    throw fileProblem('create the folder', path, error);
  }
}

/**
 * Makes sure that a folder can be written in, or be created where it does not exist, without creating anything: for work
 * that takes long before its first file. What has since changed is found when that is written.
 *
 * @param wayOut a sentence to end the message with: what puts the files elsewhere
 * @throws AtelierError where it cannot
 */
export async function checkWritable(path: string, wayOut?: Text): Promise<void> {
  const [parent, isFolder] = await nearestThere(resolve(path));
  try {
    // Of a file in the place of a folder the dot says that it is none.
    await access(`${parent}${sep}.`, constants.W_OK | constants.X_OK);
  } catch (error) {
    const problem = fileProblem(isFolder ? 'write into the folder' : 'create the folder', path, error);
    if (wayOut === undefined) throw problem;
    throw new AtelierError(said`${problem} ${joined([wayOut], '')}`, { code: problem.code, cause: error });
  }
}

/** The nearest thing that exists on the way to a path, and whether it is the path itself and a folder. */
async function nearestThere(path: string): Promise<readonly [path: string, isFolder: boolean]> {
  for (let at = path; ; at = dirname(at)) {
    const found = await stat(at).catch(() => undefined);
    if (found !== undefined || at === dirname(at)) return [at, at === path && found?.isDirectory() === true];
  }
}

/** Whether a file of this name is what a process killed in the midst of `writeFileAtomic` left. */
export function isLeftover(name: string): boolean {
  return temporaryName.test(name);
}

/** Node's recursive mkdir says ENOENT where the truth is EROFS (Node 20), so the recursion is done here. */
async function createFolder(path: string, missingParent = true): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (hasCode(error, 'EEXIST') && (await stat(path)).isDirectory()) return;
    if (!hasCode(error, 'ENOENT') || !missingParent) throw error;
    await createFolder(dirname(path), path !== dirname(path));
    // Once the parent is there, ENOENT has another reason (in /proc, say).
    await createFolder(path, false);
  }
}

/**
 * Deletes what a process killed in the midst of `writeFileAtomic` left in a folder (not in its subfolders). Only for
 * the holder of the folder's lock: another process's write in progress looks the same.
 *
 * @returns the names deleted
 * @throws AtelierError where the folder cannot be read or a leftover not deleted
 */
export async function removeLeftovers(directory: string): Promise<readonly string[]> {
  return removeNames(directory, isLeftover);
}

/**
 * As `removeLeftovers`, but only what processes have left that run no more: for folders that nobody locks.
 *
 * @throws AtelierError likewise
 */
export async function removeDeadLeftovers(directory: string): Promise<readonly string[]> {
  return removeNames(directory, async (name) => {
    const writer = Number(temporaryName.exec(name)?.[1] ?? Number.NaN);
    if (Number.isNaN(writer)) return false;
    return isAbandoned(join(directory, name), writer);
  });
}

/**
 * Whether nobody works any more on a file or folder that a process has put its id into the name of.
 *
 * @param writer the id
 */
export async function isAbandoned(path: string, writer: number): Promise<boolean> {
  if (writer !== process.pid) return !isRunning(writer);
  // In a container each process may have the same id: it may be from one before.
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && found.mtimeMs < Date.now() - process.uptime() * 1000;
}

function isRunning(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    // EPERM: it exists and belongs to someone else.
    return !hasCode(error, 'ESRCH');
  }
}

async function removeNames(
  directory: string,
  chosen: (name: string) => boolean | Promise<boolean>,
): Promise<readonly string[]> {
  try {
    const removed: string[] = [];
    for (const name of await readdir(directory)) {
      if (!(await chosen(name))) continue;
      await rm(join(directory, name), { force: true });
      removed.push(name);
    }
    return removed;
  } catch (error) {
    throw fileProblem('clean the folder', directory, error);
  }
}
