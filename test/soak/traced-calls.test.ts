import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readTrace } from '../../soak/traced-calls.ts';
import { scratchFolder } from '../files/scratch.ts';

it('what strace writes is read: files from the root on, both names of a rename, calls that another thread cut in two', () => {
  const log = join(scratchFolder(), 'log');
  const lines = [
    '12 execve("/usr/bin/git", ["git", "status"], 0x7f /* 36 vars */) = 0',
    '12 openat(AT_FDCWD</work>, "a \\"b\\"", O_RDONLY|O_CLOEXEC) = 18</work/a>',
    '12 openat(AT_FDCWD</work>, "/out", O_WRONLY|O_CREAT|O_EXCL, 0666 <unfinished ...>',
    '13 rename("x.partial", "../x") = 0',
    '13 openat(AT_FDCWD</work>, "none", O_RDONLY <unfinished ...>',
    '12 <... openat resumed>) = 19</out>',
    '13 <... openat resumed>) = -1 ENOENT (No such file or directory)',
    '12 unlinkat(7</there>, "gone", 0) = -1 ENOENT (No such file or directory)',
    '12 socket(AF_INET6, SOCK_STREAM, IPPROTO_IP) = 3',
    '12 +++ exited with 0 +++',
  ];
  writeFileSync(log, `${lines.join('\n')}\n`);
  expect(readTrace(log, '/work')).toEqual([
    { kind: 'program', call: 'execve', path: '/usr/bin/git', failed: false },
    { kind: 'read', call: 'openat', path: '/work/a "b"', failed: false },
    { kind: 'write', call: 'openat', path: '/out', failed: false },
    { kind: 'write', call: 'rename', path: '/work/x.partial', failed: false },
    { kind: 'write', call: 'rename', path: '/x', failed: false },
    { kind: 'read', call: 'openat', path: '/work/none', failed: true },
    { kind: 'write', call: 'unlinkat', path: '/there/gone', failed: true },
    { kind: 'socket', call: 'socket', family: 'AF_INET6' },
  ]);
});
