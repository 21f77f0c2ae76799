import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, posix } from 'node:path';
import { hasCode } from '../errors.ts';

/** How many threads can compute at a time, and what bounds them. */
export interface Processors {
  /** At least 1. */
  readonly count: number;
  /** Those that this process may run on. */
  readonly present: number;
  /** Processors that the quota of a control group is worth, where that is less than are present; else null. */
  readonly quota: number | null;
}

/**
 * The processors that this process can use: those it may run on, and no more than the CPU quota of its control group or of
 * one above that, rounded down. A container is given such a quota by `docker run --cpus 2` or by a pod's limits; threads
 * beyond it only stop each other. Where nothing can be read there is no quota.
 *
 * @param root where the system's own folders are looked for; tests have another
 * @param present processors that this process may run on
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html cpu.max
 * @see https://docs.kernel.org/scheduler/sched-bwc.html cpu.cfs_quota_us and cpu.cfs_period_us, version 1
 */
export function usableProcessors(root = '/', present: number = availableParallelism()): Processors {
  const quotas = groupsOf(textOf(join(root, 'proc/self/cgroup'))).flatMap(({ files, path }) =>
    withParents(path).flatMap((group) => files(root, group) ?? []),
  );
  const quota = Math.min(...quotas);
  if (quota >= present) return { count: present, present, quota: null };
  return { count: Math.max(1, Math.floor(quota)), present, quota };
}

interface ControlGroup {
  /** Below the mount of its hierarchy. */
  readonly path: string;
  /** The quota of a group in processors; undefined where it has none. */
  readonly files: (root: string, group: string) => number | undefined;
}

/** The groups of this process that may have a quota, from the lines `<number>:<controllers>:<path>` of /proc/self/cgroup. */
function groupsOf(text: string): readonly ControlGroup[] {
  return text.split('\n').flatMap((line): readonly ControlGroup[] => {
    const [, number, controllers = '', path = '/'] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (number === undefined) return [];
    if (controllers === '') return [{ path, files: unifiedQuota }];
    const named = controllers.split(',');
    if (!named.includes('cpu')) return [];
    const quotaIn = (mount: string) => (root: string, group: string) => quotaOfVersion1(root, mount, group);
    return [...new Set([controllers, 'cpu'])].map((mount) => ({ path, files: quotaIn(mount) }));
  });
}

/** A group and those above it. A container often sees its own group as the root, whatever it is called outside. */
function withParents(path: string): readonly string[] {
  const parent = posix.dirname(path);
  return parent === path || !path.startsWith('/') ? ['/'] : [path, ...withParents(parent)];
}

/** `max 100000` or `200000 100000`: microseconds of each period. */
function unifiedQuota(root: string, group: string): number | undefined {
  const [quota, period] = textOf(join(root, 'sys/fs/cgroup', group, 'cpu.max'))
    .trim()
    .split(/\s+/)
    .map(Number);
  return share(quota, period);
}

function quotaOfVersion1(root: string, mount: string, group: string): number | undefined {
  const value = (name: string) => {
    const text = textOf(join(root, 'sys/fs/cgroup', mount, group, name)).trim();
    return text === '' ? undefined : Number(text);
  };
  return share(value('cpu.cfs_quota_us'), value('cpu.cfs_period_us'));
}

/** No quota is -1 in version 1 and `max` in version 2. */
function share(quota: number | undefined, period: number | undefined): number | undefined {
  if (quota === undefined || period === undefined || !(quota > 0) || !(period > 0)) return undefined;
  return quota / period;
}

/** The text of a file of the system, '' where there is none. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EINVAL', 'EIO')) return '';
    throw error;
  }
}
