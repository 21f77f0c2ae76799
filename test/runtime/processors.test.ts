import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { usableProcessors } from '../../src/runtime/processors.ts';
import { scratchFolder } from '../files/scratch.ts';

/** A root folder with these files. */
function machine(files: Readonly<Record<string, string>>): string {
  const root = scratchFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

describe('the processors that can be used', () => {
  it.each<readonly [string, Readonly<Record<string, string>>, number, number | null]>([
    ['all, where there are no control groups', {}, 8, null],
    ['all, without a quota', { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': 'max 100000\n' }, 8, null],
    ['those of a quota', { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': '200000 100000\n' }, 2, 2],
    ['a whole number of them', { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': '350000 100000\n' }, 3, 3.5],
    ['one at least', { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': '20000 100000\n' }, 1, 0.2],
    ['no more than there are', { 'proc/self/cgroup': '0::/\n', 'sys/fs/cgroup/cpu.max': '1600000 100000\n' }, 8, null],
    [
      'those of the group, where one above it has more',
      {
        'proc/self/cgroup': '0::/pods/one\n',
        'sys/fs/cgroup/pods/one/cpu.max': '400000 100000\n',
        'sys/fs/cgroup/pods/cpu.max': '600000 100000\n',
      },
      4,
      4,
    ],
    [
      'those of a group above, where that has less',
      {
        'proc/self/cgroup': '0::/pods/one/two\n',
        'sys/fs/cgroup/pods/one/two/cpu.max': 'max 100000\n',
        'sys/fs/cgroup/pods/cpu.max': '300000 100000\n',
      },
      3,
      3,
    ],
    [
      'those of version 1',
      {
        'proc/self/cgroup': '5:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n',
        'sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us': '150000\n',
        'sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us': '50000\n',
      },
      3,
      3,
    ],
    [
      'those of version 1 in a container that sees its own group as the root',
      {
        'proc/self/cgroup': '4:cpu:/docker/abc\n',
        'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '200000\n',
        'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      },
      2,
      2,
    ],
    [
      'all, without a quota in version 1',
      {
        'proc/self/cgroup': '4:cpu:/\n',
        'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
        'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      },
      8,
      null,
    ],
    ['all, where files hold something else', { 'proc/self/cgroup': 'x\n\0', 'sys/fs/cgroup/cpu.max': 'y' }, 8, null],
  ])('are %s', (_, files, count, quota) => {
    expect(usableProcessors(machine(files), 8)).toEqual({ count, present: 8, quota });
  });

  it('are at least one of this machine', () => {
    const { count, present } = usableProcessors();
    expect(count).toBeGreaterThanOrEqual(1);
    expect(count).toBeLessThanOrEqual(present);
  });
});
