import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Logger } from 'pino';
import { UsageError } from '../errors.ts';
import { packageRoot, packageVersion } from '../files/package-root.ts';
import { said, setting } from '../message.ts';
import { env } from '../runtime/onnxruntime.ts';
import { usableProcessors } from '../runtime/processors.ts';
import { threadBound, threadsThatFit } from '../runtime/spare-threads.ts';
import type { RunConfig } from './config/run-config.ts';

/** The versions that a run's numbers depend on. */
export function versions(): RunConfig['versions'] {
  return { atelier: packageVersion(), node: process.versions.node, onnxruntime: env.versions.node ?? 'unknown' };
}

/**
 * The revision of the working tree that this program comes from, `-dirty` with uncommitted changes; null outside git. A
 * program that is installed in somebody's project lies in that project's working tree, whose revision says nothing of it.
 *
 * @param root the program's folder; it is the root of a working tree, or in none of its own
 */
export async function gitRevision(root: string = packageRoot()): Promise<string | null> {
  if (!existsSync(join(root, '.git'))) return null;
  try {
    // Without the option git writes what it found of changed files back into its index.
    const status = ['--no-optional-locks', '-C', root, 'status', '--porcelain=v2', '--branch', '-uno'];
    // Within a hook of git these name the repository that it runs for.
    const env = { ...process.env, GIT_DIR: undefined, GIT_WORK_TREE: undefined, GIT_INDEX_FILE: undefined };
    const { stdout } = await promisify(execFile)('git', status, { env });
    const revision = /^# branch\.oid ([0-9a-f]+)$/m.exec(stdout)?.[1] ?? null;
    const isDirty = /^[^#]/m.test(stdout);
    return revision !== null && isDirty ? `${revision}-dirty` : revision;
  } catch {
    return null;
  }
}

/** A training has a pool of threads for its step, one for the last step of an epoch, and one for the validation; some more start. */
const usualPools = 4;

/**
 * Threads to compute with where nobody says: one for each processor that this process may use, or fewer where it may not
 * start as many; `logger` is told of a quota or limit.
 */
export function defaultThreads(logger?: Pick<Logger, 'info'>): number {
  const { count, present, quota } = usableProcessors();
  if (quota !== null)
    logger?.info(
      { threads: count, processors: present, quota },
      `threads: ${count} (the CPU quota of this process is worth ${Number(quota.toFixed(2))} of ${present} processors)`,
    );
  const bound = threadBound();
  const fitting = bound === undefined ? count : Math.min(count, threadsThatFit(bound, usualPools));
  if (fitting < count) logger?.info({ threads: fitting, ...bound }, `threads: ${fitting} (${bound?.limit})`);
  return fitting;
}

/** The runtime starts every thread that it is asked for: a million of them take all memory, not an error. */
const mostThreads = 256;

/** The threads that somebody asks for, or the default, as `defaultThreads`. Throws UsageError for an impossible number. */
export function threadsOf(requested: number | undefined, logger?: Pick<Logger, 'info'>): number {
  const threads = requested ?? defaultThreads(logger);
  if (Number.isSafeInteger(threads) && threads >= 1 && threads <= mostThreads) return threads;
  throw new UsageError(
    said`${setting('threads')}: expected a whole number from 1 to ${mostThreads}, got ${threads}. This process can use ${defaultThreads()} processors; leave the option out to use them all.`,
    { code: 'invalid-setting' },
  );
}
