/** Kills a process at one of its calls for files, or lets the call fail: the library that shim.c becomes. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../src/files/package-root.ts';

/** The classes of calls, as in shim.c. */
export const callClasses = {
  openToRead: 'o',
  openToWrite: 'O',
  read: 'r',
  write: 'w',
  sync: 's',
  close: 'c',
  names: 'n',
  look: 'l',
} as const;

/** What changes files or folders. */
export const changing = 'Owsn';

/** Short: half of the bytes are read or written, which is no error. */
export type How = 'kill-before' | 'kill-half' | 'kill-after' | 'short' | ErrorName;
export type ErrorName = 'ENOSPC' | 'EIO' | 'EMFILE' | 'EROFS' | 'EDQUOT' | 'EACCES' | 'EINTR' | 'ENOMEM';

/** What happens at which call. */
export interface Fault {
  /** Letters of `callClasses`. */
  readonly classes: string;
  /** Part of the paths of the calls that are counted; empty: of all. */
  readonly match: string;
  /** Which of them, from 1 on. */
  readonly at: number;
  /** To how many from there on. */
  readonly times: number;
  readonly how: How;
}

/** A call as the library saw it. */
export interface Call {
  readonly class: string;
  readonly name: string;
  readonly bytes: number;
  readonly path: string;
  /** Whether the fault happened to it. */
  readonly hit: boolean;
}

/**
 * Compiles the library.
 *
 * @param folder where to put it
 * @returns its path
 * @throws where there is no C compiler
 */
export function buildShim(folder: string): string {
  const library = join(folder, 'shim.so');
  execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, join(packageRoot(), 'soak', 'shim.c')]);
  return library;
}

/**
 * The variables that put the library into a process.
 *
 * @param folders absolute; calls for files elsewhere are let through
 * @param log what it did is appended to this file, see `readCalls`
 * @param fault without one, calls of these classes are only counted
 */
export function shimVariables(
  library: string,
  folders: readonly string[],
  log: string,
  fault: Fault | Pick<Fault, 'classes'>,
): Readonly<Record<string, string>> {
  const counted = {
    LD_PRELOAD: library,
    // What Linux does on its own in rings would pass by the library.
    UV_USE_IO_URING: '0',
    ATELIER_SHIM_FOLDERS: folders.join(':'),
    ATELIER_SHIM_LOG: log,
    ATELIER_SHIM_CLASSES: fault.classes,
  };
  if (!('how' in fault)) return counted;
  return {
    ...counted,
    ATELIER_SHIM_MATCH: fault.match,
    ATELIER_SHIM_AT: String(fault.at),
    ATELIER_SHIM_TIMES: String(fault.times),
    ATELIER_SHIM_HOW: isErrorName(fault.how) ? String(constants.errno[fault.how]) : fault.how,
  };
}

function isErrorName(how: How): how is ErrorName {
  return how in constants.errno;
}

/** The calls that were counted, in their order. */
export function readCalls(log: string): readonly Call[] {
  const lines = existsSync(log) ? readFileSync(log, 'utf8').split('\n') : [];
  return lines.flatMap((line) => {
    const found = /^(!?)(\w) (\w+) (\d+) (.*)$/.exec(line);
    if (found === null) return [];
    const [, hit, kind = '', name = '', bytes, path = ''] = found;
    return [{ class: kind, name, bytes: Number(bytes), path, hit: hit === '!' }];
  });
}
