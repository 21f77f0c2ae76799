/**
 * A process that does one thing after another while another watches its time and memory: what crashes or hangs takes that
 * process with it, not the campaign, which knows the case and starts a new one.
 *
 * The module that runs in it calls `serve`.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../src/files/package-root.ts';

/** What the watched process says after each task. */
interface Report {
  readonly value: unknown;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
}

export type Outcome =
  | {
      readonly kind: 'answered';
      readonly value: unknown;
      /** Of all its threads, while it did this task. */
      readonly cpuSeconds: number;
      /** The most memory that it had resident while it did this task, all of the process. */
      readonly peakMegabytes: number;
    }
  /** It ended, or was ended: by which signal or with which code, and the end of what it wrote to standard error. */
  | { readonly kind: 'crashed'; readonly how: string }
  /** It did not answer in time and was killed. */
  | { readonly kind: 'hung'; readonly seconds: number };

export interface Watched {
  /** Does one task; a value that can be cloned goes there and comes back. */
  do(task: unknown): Promise<Outcome>;
  close(): void;
}

export interface WatchedOptions {
  /** Seconds that a task may take before the process is killed; on a busy machine all takes longer. */
  readonly patience: number;
  /** Options of Node: `--max-old-space-size=…`. */
  readonly node?: readonly string[];
}

/**
 * Starts a watched process when it is first needed, and anew after it crashed or hung.
 *
 * @param module its file, of this folder, as a URL
 */
export function watched(module: URL, { patience, node = [] }: WatchedOptions): Watched {
  let child: ChildProcess | undefined;
  let complaint = '';
  const started = (): ChildProcess => {
    if (child) return child;
    complaint = '';
    child = fork(fileURLToPath(module), {
      // Translates TypeScript; it is looked for from the working folder.
      execArgv: ['--import', 'jiti/register', ...node],
      cwd: packageRoot(),
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-2_000);
    });
    return child;
  };
  return {
    do: (task) =>
      new Promise((resolve) => {
        const process = started();
        const began = performance.now();
        const end = (outcome: Outcome) => {
          clearTimeout(timer);
          process.off('message', answered).off('exit', exited);
          if (outcome.kind !== 'answered') {
            process.kill('SIGKILL');
            child = undefined;
          }
          resolve(outcome);
        };
        const answered = (report: Report) => end({ kind: 'answered', ...report });
        const exited = (code: number | null, signal: NodeJS.Signals | null) =>
          end({ kind: 'crashed', how: `${signal ?? `exit code ${code}`}: ${complaint.trim()}` });
        const timer = setTimeout(
          () => end({ kind: 'hung', seconds: (performance.now() - began) / 1000 }),
          patience * 1000,
        );
        process.once('message', answered).once('exit', exited);
        process.send({ task });
      }),
    close: () => {
      child?.kill('SIGKILL');
      child = undefined;
    },
  };
}

/** In the watched process: does what it is sent, one after another, until the other end is gone. */
export function serve(work: (task: unknown) => Promise<unknown>): void {
  process.on('disconnect', () => process.exit());
  process.on('message', ({ task }: { readonly task: unknown }) => {
    forgetPeak();
    const before = process.cpuUsage();
    work(task).then((value) => {
      const { user, system } = process.cpuUsage(before);
      process.send?.({ value, cpuSeconds: (user + system) / 1e6, peakMegabytes: peakMegabytes() } satisfies Report);
    });
  });
}

/** Lets the system's measure of the most memory begin anew (proc(5), clear_refs). */
function forgetPeak(): void {
  writeFileSync('/proc/self/clear_refs', '5');
}

function peakMegabytes(): number {
  const kilobytes = /^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}
