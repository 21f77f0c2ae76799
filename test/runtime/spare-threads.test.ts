import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { threadBound, threadsThatFit } from '../../src/runtime/spare-threads.ts';
import { scratchFolder } from '../files/scratch.ts';

const limits = (most: number | string) =>
  `Max file size             unlimited\nMax processes             ${most}   ${most}\n`;
const status = (uid: number, threads: number, capabilities = '0000000000000000') =>
  `Name:\tnode\nUid:\t${uid}\t0\t0\t0\nThreads:\t${threads}\nCapEff:\t${capabilities}\n`;
/** This process with eleven threads, another of the same user with three, and one of somebody else. */
const processes = {
  'proc/self/status': status(7, 11),
  'proc/10/status': status(7, 11),
  'proc/11/status': status(7, 3),
  'proc/12/status': status(8, 90),
};

function boundOf(files: Readonly<Record<string, string>>) {
  const root = scratchFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return threadBound(root);
}

describe('the threads that may be started yet', () => {
  it.each<readonly [string, Readonly<Record<string, string>>]>([
    ['where the system says nothing', {}],
    ['without a limit', { ...processes, 'proc/self/limits': limits('unlimited') }],
    ['with one that no process comes near to', { ...processes, 'proc/self/limits': limits(96_000) }],
    ['for the superuser', { 'proc/self/status': status(0, 11), 'proc/self/limits': limits(1) }],
    [
      'for who may administer resources',
      { 'proc/self/status': status(7, 11, '0000000001000000'), 'proc/self/limits': limits(1) },
    ],
    ['in a group without a limit', { 'proc/self/cgroup': '0::/a\n', 'sys/fs/cgroup/a/pids.max': 'max\n' }],
  ])('are not bounded %s', (_, files) => {
    expect(boundOf(files)).toBeUndefined();
  });

  it('are what all processes of the user leave of its limit', () => {
    expect(boundOf({ ...processes, 'proc/self/limits': limits(24) })).toEqual({
      spare: 10,
      limit: 'the user may have 24 processes and threads (ulimit -u), of which 14 are there',
    });
    expect(boundOf({ ...processes, 'proc/self/limits': limits(9) })?.spare).toBe(0);
  });

  it.each([
    ['2', '0::/pods/one\n', ''],
    ['1', '3:pids:/pods/one\n', 'pids'],
  ])('are what the tightest control group leaves, in version %s', (_, line, mount) => {
    const group = (path: string, most: string, now: number) => ({
      [join('sys/fs/cgroup', mount, path, 'pids.max')]: `${most}\n`,
      [join('sys/fs/cgroup', mount, path, 'pids.current')]: `${now}\n`,
    });
    const files = { 'proc/self/cgroup': line, ...group('pods/one', '100', 12), ...group('pods', '120', 90) };
    expect(boundOf({ ...files, ...processes, 'proc/self/limits': limits(60) })).toEqual({
      spare: 30,
      limit: 'the control group may have 120 processes and threads (pids.max), of which 90 are there',
    });
  });

  it('are shared by the pools that compute, each with the thread that asks it', () => {
    const fitting = [0, 5, 8, 9, 13, 41].map((spare) => threadsThatFit({ spare, limit: '' }, 4));
    expect(fitting).toEqual([1, 1, 1, 2, 3, 10]);
  });
});
