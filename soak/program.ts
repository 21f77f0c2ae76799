import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../src/files/package-root.ts';

/** A process that hangs must not outlive who watches it. */
const patience = 180_000;
const entry = join(packageRoot(), 'dist', 'src', 'cli', 'main.js');

/** What a process left behind. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly pid: number | undefined;
  readonly ended: Promise<Outcome>;
  /** True from the moment that the process is gone. */
  isOver(): boolean;
  /** Standard error so far. */
  stderr(): string;
  signal(name: NodeJS.Signals): void;
}

/** Starts the built program in a folder. `around` is a command that runs it: `['unshare', '-n']`; `more` are variables; it is killed after `longest` milliseconds. */
export function start(
  args: readonly string[],
  cwd: string,
  around: readonly string[] = [],
  more: Readonly<Record<string, string>> = {},
  longest = patience,
): Running {
  const [file = '', ...rest] = [...around, process.execPath, entry, ...args];
  const child = spawn(file, rest, {
    cwd,
    env: { ...process.env, ...more },
    timeout: longest,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  let over = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.on('exit', () => {
      over = true;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { pid: child.pid, ended, isOver: () => over, stderr: () => stderr, signal: (name) => child.kill(name) };
}

/** Runs the built program in a folder to its end. */
export async function atelier(
  args: readonly string[],
  cwd: string,
  around?: readonly string[],
  more?: Readonly<Record<string, string>>,
): Promise<Outcome> {
  return start(args, cwd, around, more).ended;
}
