/** What strace says that a process and its children did with files and sockets. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export type TracedCall =
  | { readonly kind: 'read' | 'write'; readonly call: string; readonly path: string; readonly failed: boolean }
  | { readonly kind: 'socket'; readonly call: string; readonly family: string }
  | { readonly kind: 'program'; readonly call: string; readonly path: string; readonly failed: boolean };

/** Those that are looked at; a socket pair is a pipe between a process and its child. */
const traced =
  'open,openat,openat2,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat,' +
  'truncate,chmod,fchmodat,chown,lchown,fchownat,mknod,mknodat,utimensat,setxattr,socket,connect,bind,execve';

/** A command that runs another and writes what it calls to a file. */
export function tracing(log: string): readonly string[] {
  return [
    'strace',
    '--follow-forks',
    '--decode-fds=path',
    '--string-limit=4096',
    `--output=${log}`,
    `--trace=${traced}`,
  ];
}

/** Flags of open(2) by which a file is or may be changed. */
const changing = /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND|O_TMPFILE/;

/**
 * Reads what strace wrote.
 *
 * @param folder the working folder of the process, to which paths are relative
 */
export function readTrace(log: string, folder: string): readonly TracedCall[] {
  return wholeLines(readFileSync(log, 'utf8').split('\n')).flatMap((line): readonly TracedCall[] => {
    const [, call = '', rest = ''] = /^\d+ +(\w+)\((.*)$/.exec(line) ?? [];
    if (call === '') return [];
    const failed = / = -1 E/.test(rest);
    if (call === 'socket' || call === 'connect' || call === 'bind') {
      const family = /\b(AF_\w+)/.exec(rest)?.[1] ?? 'unknown';
      return [{ kind: 'socket', call, family }];
    }
    return pathsOf(rest, folder).map((path): TracedCall => {
      if (call === 'execve') return { kind: 'program', call, path, failed };
      const kind = /^open/.test(call) && !changing.test(rest) ? 'read' : 'write';
      return { kind, call, path, failed };
    });
  });
}

/** The lines of calls; one during which another thread's was written stands in two, which become one again. */
function wholeLines(lines: readonly string[]): readonly string[] {
  const whole: string[] = [];
  /** Where the call stands that a thread has begun. */
  const begun = new Map<string, number>();
  for (const line of lines) {
    const [, thread = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const end = /^<\.\.\. \w+ resumed>(.*)$/.exec(text)?.[1];
    const at = begun.get(thread);
    if (end !== undefined && at !== undefined) {
      whole[at] += end;
      begun.delete(thread);
      continue;
    }
    const start = /^(.*) <unfinished \.\.\.>$/.exec(line)?.[1];
    if (start !== undefined) begun.set(thread, whole.length);
    whole.push(start ?? line);
  }
  return whole;
}

/** The paths among the arguments of a call, from the root on. Those of execve are the program's, not its arguments. */
function pathsOf(rest: string, folder: string): readonly string[] {
  const paths = rest.matchAll(/(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g);
  const [first, second] = [...paths].map(([, at = folder, path = '']) => resolve(at, path.replaceAll(/\\(.)/g, '$1')));
  if (first === undefined) return [];
  // Both names of a rename or link are changed; anything else has one.
  return second === undefined || /^"[^"]*", \[/.test(rest) ? [first] : [first, second];
}
