import { fstatSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/**
 * True where whoever started this program wants it to outlive the terminal: `nohup`, or a script with `trap '' HUP`.
 *
 * Node sets every ignored signal back to its default before any line of a program runs, so the process itself no longer
 * knows. What is left: the marks that `nohup` leaves (shells name it in `_`, and it puts an unreadable file in the place
 * of a terminal as standard input, both of which `npx` hands on), and ancestors of the same session that still ignore it,
 * such as `nohup make`. On systems without /proc the first of them has to do.
 * Where `nohup` is called by a shell that does not name it (dash), with standard input redirected, none of these is there.
 */
export function isHangupIgnored(environment: NodeJS.ProcessEnv = process.env): boolean {
  return basename(environment['_'] ?? '') === 'nohup' || hasUnreadableInput() || someAncestorIgnoresIt();
}

/** True where standard input is a /dev/null that is open for writing only: the way of GNU's nohup, and of nobody else. */
function hasUnreadableInput(): boolean {
  try {
    // As big integers: after a plain stat of a pipe Node 20's realpathSync, by which modules are found, stops at a link.
    if (!fstatSync(0, { bigint: true }).isCharacterDevice() || readlinkSync('/proc/self/fd/0') !== '/dev/null')
      return false;
    const flags = /^flags:\s*0*([0-7]+)$/m.exec(readFileSync('/proc/self/fdinfo/0', 'utf8'))?.[1] ?? '0';
    const accessMode = 0o3;
    const writeOnly = 0o1;
    return (Number.parseInt(flags, 8) & accessMode) === writeOnly;
  } catch {
    return false; // no /proc, or no standard input
  }
}

/** Processes that are looked at, at most. */
const mostAncestors = 32;

function someAncestorIgnoresIt(): boolean {
  try {
    const self = processOf('self');
    let parent = self.parent;
    for (let i = 0; i < mostAncestors && parent > 1; i++) {
      const { session, parent: next } = processOf(String(parent));
      // What started the session (a terminal, cron, a container's init) has reasons of its own.
      if (session !== self.session) return false;
      if (ignoresHangup(parent)) return true;
      parent = next;
    }
  } catch {
    // no /proc, or a process that has ended meanwhile
  }
  return false;
}

/** Parent and session of a process. */
function processOf(id: string): { readonly parent: number; readonly session: number } {
  const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
  // The name in parentheses may hold spaces and parentheses: what counts stands after the last one.
  const [, parent, , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { parent: Number(parent), session: Number(session) };
}

function ignoresHangup(id: number): boolean {
  const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1] ?? '0';
  // Bit n - 1 stands for signal n; SIGHUP is 1.
  return (BigInt(`0x${mask}`) & 1n) === 1n;
}
