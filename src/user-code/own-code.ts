/**
 * Code that somebody brings: what it throws is their mistake and not one of this program, and is said with the line of their
 * own file that it happened in.
 */
import { isAbsolute, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GraphError } from '../../graphs/ir/types.ts';
import { AtelierError, messageOf, textOf, UsageError } from '../errors.ts';
import { packageRoot } from '../files/package-root.ts';
import { shownPath } from '../files/shown-path.ts';
import { said } from '../message.ts';

/**
 * Runs code of somebody's own and returns what it returns, a promise as well. Whoever has somebody waiting may say so while it
 * runs: it may compute for long, or for ever.
 *
 * @param what it does, to go on after `waiting for`: `'./net.ts' to load`
 */
export type RunOwnCode = <T>(what: string, body: () => T) => T;

/** Nobody is told. */
export const unwatched: RunOwnCode = (_, body) => body();

/** The folders of this program's own code: lines of it tell nobody where the mistake is. */
const inside = ['src', 'graphs', 'dist', 'node_modules'].map((folder) => join(packageRoot(), folder) + sep);

/** The innermost line of the call stack that is of somebody's own file: `./net.ts:12`. */
export function placeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.stack === undefined) return undefined;
  // The message may have several lines, and name files, too.
  const calls = error.stack.split('\n').filter((line) => /^\s+at /.test(line));
  for (const call of calls) {
    const [, where = '', line] =
      /\(?((?:file:\/\/)?[^()\s][^()]*):(\d+):\d+\)?$/.exec(call.replace(/^\s+at (async )?/, '')) ?? [];
    const path = where.startsWith('file://') ? fileURLToPath(where) : where.replace(/^.*? \(/, '');
    if (!isAbsolute(path) || path.includes(`${sep}node_modules${sep}`)) continue;
    if (!inside.some((folder) => path.startsWith(folder))) return `${shownPath(path)}:${line}`;
  }
  return undefined;
}

/**
 * What somebody's code threw, as their mistake.
 *
 * @param path the file whose code was called
 * @param when it was called: `while it was loaded`
 */
export function ownFailure(path: string, when: string, error: unknown): AtelierError {
  const place = placeOf(error);
  const where = place === undefined ? '' : ` (${place})`;
  const options = { code: 'source-unusable', cause: error } as const;
  if (error instanceof AtelierError)
    return new UsageError(said`'${shownPath(path)}': ${textOf(error)}${where}`, options);
  const named = error instanceof Error && !(error instanceof GraphError) ? `${error.name}: ` : '';
  return new UsageError(`'${shownPath(path)}' threw ${when}: ${named}${messageOf(error)}${where}`, options);
}

/**
 * Calls somebody's code. A GraphError stays one, with their line, as it says what is wrong with the network.
 *
 * @throws GraphError; UsageError for all else
 */
export function calledOwn<T>(path: string, when: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof GraphError)) throw ownFailure(path, when, error);
    const place = placeOf(error);
    throw place === undefined ? error : new GraphError(`${error.message} (${place})`, { cause: error });
  }
}
