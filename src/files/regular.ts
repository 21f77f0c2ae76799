/** Files that are read are regular ones, of a size that their kind can have: nothing else may hang a command or fill the memory. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { AtelierError } from '../errors.ts';
import { fileProblem } from './problems.ts';

const [megabyte, gigabyte] = [2 ** 20, 2 ** 30];

/** The most bytes that files of each kind may have; far more than any that makes sense. */
export const byteLimits = {
  /** Recipes, configurations, metrics. */
  json: 64 * megabyte,
  /** Histories, tables. */
  lines: 512 * megabyte,
  /** Packed pictures; how many pixels they may have is another matter. */
  picture: 256 * megabyte,
  /** Weights, models, parts of data sets: what an array can hold. */
  tensors: 2 * gigabyte - 1,
  /** A file of a line or two. */
  note: megabyte,
} as const;

/** Opening a pipe that nobody writes to would wait for ever without it; to regular files it means nothing. */
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a file for reading.
 *
 * @param action what is being done, in messages: `read the picture`
 * @throws AtelierError where it is a folder, a pipe, a device or a socket, or cannot be opened
 */
export async function openRegular(path: string, action = 'read'): Promise<FileHandle> {
  let file: FileHandle;
  try {
    file = await open(path, flags);
  } catch (error) {
    throw fileProblem(action, path, error);
  }
  try {
    checkRegular(path, await file.stat(), action);
    return file;
  } catch (error) {
    await file.close();
    throw fileProblem(action, path, error);
  }
}

/**
 * The bytes of a file.
 *
 * @param limit the most that there may be: one of `byteLimits`
 * @param action as of `openRegular`
 * @throws AtelierError with the path where it is no regular file, has more bytes or cannot be read
 */
export async function readRegular(path: string, limit: number, action = 'read'): Promise<Buffer> {
  const file = await openRegular(path, action);
  try {
    const { size } = await file.stat();
    checkSize(path, size, limit, action);
    // Its size is known, so what others append meanwhile is not read.
    const bytes = Buffer.allocUnsafe(size);
    let filled = 0;
    while (filled < size) {
      const { bytesRead } = await file.read(bytes, filled, size - filled, filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } catch (error) {
    throw fileProblem(action, path, error);
  } finally {
    await file.close();
  }
}

/**
 * As `readRegular`, at once.
 *
 * @throws what the system says where it cannot be opened or read; AtelierError where it is no regular file or too large
 */
export function readRegularSync(path: string, limit: number, action = 'read'): Buffer {
  const file = openSync(path, flags);
  try {
    const found = fstatSync(file);
    checkRegular(path, found, action);
    checkSize(path, found.size, limit, action);
    const bytes = Buffer.allocUnsafe(found.size);
    let filled = 0;
    while (filled < bytes.length) {
      const count = readSync(file, bytes, filled, bytes.length - filled, filled);
      if (count === 0) break;
      filled += count;
    }
    return bytes.subarray(0, filled);
  } finally {
    closeSync(file);
  }
}

/** Throws AtelierError where something is no regular file. */
export function checkRegular(path: string, found: Stats, action = 'read'): void {
  if (found.isFile()) return;
  throw new AtelierError(`cannot ${action} '${path}': it is ${kindOf(found)}, a file was expected. Check the path.`, {
    code: 'file-unusable',
  });
}

function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a pipe';
  if (found.isSocket()) return 'a socket';
  return 'a device';
}

function checkSize(path: string, size: number, limit: number, action: string): void {
  if (size <= limit) return;
  const text = (bytes: number) =>
    bytes >= gigabyte ? `${(bytes / gigabyte).toFixed(1)} GiB` : `${(bytes / megabyte).toFixed(1)} MiB`;
  throw new AtelierError(
    `cannot ${action} '${path}': it has ${text(size)}, at most ${text(limit)} were expected. Is it the right file?`,
    { code: 'file-unusable' },
  );
}
