import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { groupFolders, systemText } from './control-groups.ts';

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
  const quotas = groupFolders(root, 'cpu').flatMap((folder) => unifiedQuota(folder) ?? quotaOfVersion1(folder) ?? []);
  const quota = Math.min(...quotas);
  if (quota >= present) return { count: present, present, quota: null };
  return { count: Math.max(1, Math.floor(quota)), present, quota };
}

/** `max 100000` or `200000 100000`: microseconds of each period. */
function unifiedQuota(folder: string): number | undefined {
  const [quota, period] = systemText(join(folder, 'cpu.max')).trim().split(/\s+/).map(Number);
  return share(quota, period);
}

function quotaOfVersion1(folder: string): number | undefined {
  const value = (name: string) => {
    const text = systemText(join(folder, name)).trim();
    return text === '' ? undefined : Number(text);
  };
  return share(value('cpu.cfs_quota_us'), value('cpu.cfs_period_us'));
}

/** No quota is -1 in version 1 and `max` in version 2. */
function share(quota: number | undefined, period: number | undefined): number | undefined {
  if (quota === undefined || period === undefined || !(quota > 0) || !(period > 0)) return undefined;
  return quota / period;
}
