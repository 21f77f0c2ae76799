/**
 * How many threads this process may still start. A runtime that is refused one does not always say so: it waits for ever
 * for those that it has started already, or ends the process.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { AtelierError, hasCode } from '../errors.ts';
import { said, setting } from '../message.ts';
import { groupFolders, systemText } from './control-groups.ts';

/** What bounds the threads of this process. */
export interface ThreadBound {
  /** Threads that it may start yet, at least 0. */
  readonly spare: number;
  /** The limit in words: `the user may have 24 processes and threads (ulimit -u), of which 20 are there`. */
  readonly limit: string;
}

/** What draws letters and reads pictures starts a few by itself, and ends the process where it cannot. */
const reserve = 4;
/** Of a higher limit of the user nothing is counted: that takes the time of a look at every process there is. */
const countedBelow = 16_384;

/**
 * The tightest of the limits on threads: that of the user (`ulimit -u`) and those of the control groups (`docker run
 * --pids-limit`). Undefined where there is none, or none that a process of a usual size comes near to.
 *
 * @param root where the system's own folders are looked for; tests have another
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html pids.max, pids.current
 * @see getrlimit(2), RLIMIT_NPROC: what counts, and who is exempt
 */
export function threadBound(root = '/'): ThreadBound | undefined {
  const groups = groupFolders(root, 'pids').flatMap((folder) => groupBound(folder) ?? []);
  return [userBound(root) ?? [], groups].flat().toSorted((a, b) => a.spare - b.spare)[0];
}

function groupBound(folder: string): ThreadBound | undefined {
  const [most, now] = ['pids.max', 'pids.current'].map((name) => Number.parseInt(systemText(join(folder, name)), 10));
  return boundOf(most, now, 'the control group', 'pids.max');
}

function userBound(root: string): ThreadBound | undefined {
  const status = systemText(join(root, 'proc/self/status'));
  const user = realUser(status);
  const [, most] = /^Max processes +(\d+)/m.exec(systemText(join(root, 'proc/self/limits'))) ?? [];
  if (user === undefined || most === undefined || Number(most) >= countedBelow || isExempt(status, user))
    return undefined;
  return boundOf(Number(most), threadsOfUser(root, user), 'the user', 'ulimit -u');
}

function boundOf(most: number | undefined, now: number | undefined, whose: string, name: string) {
  if (most === undefined || now === undefined || !Number.isFinite(most) || !Number.isFinite(now)) return undefined;
  const limit = `${whose} may have ${most} processes and threads (${name}), of which ${now} are there`;
  return { spare: Math.max(0, most - now), limit };
}

/** The superuser, and who may administer the system or its resources (capabilities 21 and 24), has no limit. */
function isExempt(status: string, user: string): boolean {
  const [, digits = '0'] = /^CapEff:\s*([0-9a-f]+)/m.exec(status) ?? [];
  const held = BigInt(`0x${digits}`);
  return user === '0' || ((held >> 21n) & 1n) === 1n || ((held >> 24n) & 1n) === 1n;
}

function realUser(status: string): string | undefined {
  return /^Uid:\s*(\d+)/m.exec(status)?.[1];
}

/** Of all processes of a user, as far as they can be seen. */
function threadsOfUser(root: string, user: string): number {
  let threads = 0;
  for (const name of processesIn(root)) {
    const status = systemText(join(root, 'proc', name, 'status'));
    if (realUser(status) === user) threads += Number(/^Threads:\s*(\d+)/m.exec(status)?.[1] ?? 0);
  }
  return threads;
}

function processesIn(root: string): readonly string[] {
  try {
    return readdirSync(join(root, 'proc')).filter((name) => /^\d+$/.test(name));
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM')) return [];
    throw error;
  }
}

/** Threads to compute with that leave room for others and the engine's own, where a number of pools has so many each. */
export function threadsThatFit({ spare }: ThreadBound, pools: number): number {
  return 1 + Math.max(0, Math.floor((spare - reserve - 1) / pools));
}

/** Checked for, but not started yet. */
let promised = 0;

/**
 * Does what starts a pool of threads, one of which is the caller's, if they can all be started.
 *
 * @throws AtelierError with the limit and the way out where they cannot
 */
export async function withThreads<T>(threads: number, start: () => Promise<T>): Promise<T> {
  const more = threads - 1;
  const bound = more === 0 ? undefined : threadBound();
  if (bound !== undefined && bound.spare - promised < more + reserve)
    throw new AtelierError(
      said`cannot compute with ${threads} threads: ${bound.limit}. Compute with fewer by ${setting('threads', 1)}, or raise the limit.`,
      { code: 'too-few-threads' },
    );
  promised += more;
  try {
    return await start();
  } finally {
    promised -= more;
  }
}

/** Throws AtelierError where this process may start so few threads that libraries would end it, or wait for ever. */
export function requireSpareThreads(): void {
  const bound = threadBound();
  if (bound === undefined || bound.spare >= reserve) return;
  throw new AtelierError(
    `this process may start too few threads: ${bound.limit}, and ${reserve} more are needed. Raise the limit, or end other processes.`,
    { code: 'too-few-threads' },
  );
}
