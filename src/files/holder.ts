import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import { hasCode } from '../errors.ts';

/** Identifies one process for good: ids are used again, an id together with its start time is not. */
const identitySchema = z.object({
  pid: z.int().positive(),
  host: z.string(),
  /** Linux: the namespace in which `pid` counts; two containers may share a host name. Empty elsewhere. */
  namespace: z.string(),
  /** Linux: clock ticks from boot to the process's start (proc(5), /proc/PID/stat field 22). Empty elsewhere. */
  started: z.string(),
  /** Linux: which machine, and which of its starts; two machines may share a name. Empty elsewhere, and in older locks. */
  machine: z.string().default(''),
  boot: z.string().default(''),
});
const holderSchema = identitySchema.extend({ since: z.string() });

export type Identity = z.infer<typeof identitySchema>;
export type Holder = z.infer<typeof holderSchema>;

/** The running process. */
export const thisProcess: Identity = {
  pid: process.pid,
  host: hostname(),
  namespace: pidNamespace(),
  started: startTime(process.pid) ?? '',
  machine: lineOf('/etc/machine-id'),
  boot: lineOf('/proc/sys/kernel/random/boot_id'),
};

/** The holder that a lock's text names, or undefined where the text is incomplete. */
export function parseHolder(text: string): Holder | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Whether it is the running process. */
export function isThisProcess({ pid, host, namespace, started, machine, boot }: Identity): boolean {
  const here = thisProcess;
  return (
    pid === here.pid &&
    host === here.host &&
    namespace === here.namespace &&
    started === here.started &&
    !differs(machine, here.machine) &&
    !differs(boot, here.boot)
  );
}

/** False only where the process is certain to be gone; of a process on another machine nothing is certain. */
export function isAlive({ pid, host, namespace, started, machine, boot }: Identity): boolean {
  if (host !== thisProcess.host || differs(machine, thisProcess.machine)) return true;
  // The machine has been started anew since: none of its processes is left.
  if (machine !== '' && differs(boot, thisProcess.boot)) return false;
  // In another container its number says nothing here.
  if (namespace !== thisProcess.namespace) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it exists and belongs to someone else.
    if (hasCode(error, 'ESRCH')) return false;
  }
  // Without a readable /proc (other systems, hidepid) the id has to do.
  const now = startTime(pid);
  return now === undefined || now === started;
}

/** Both known, and not the same. */
function differs(one: string, other: string): boolean {
  return one !== '' && other !== '' && one !== other;
}

function lineOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** When a process started, 'gone' where it has ended and only waits for its parent to notice, undefined if unknown. */
function startTime(pid: number): string | undefined {
  try {
    // The second field is the program's name in parentheses and may hold anything, so count from the last one.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return 'ZX'.includes(state) ? 'gone' : fields[18];
  } catch {
    return undefined;
  }
}
