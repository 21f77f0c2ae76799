import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { z } from 'zod';
import { packageRoot } from '../../src/files/package-root.ts';

/** A process that hangs must not outlive the tests. */
const longest = 180_000;
const entry = join(packageRoot(), 'dist', 'src', 'cli', 'main.js');

/** One line of standard error, which is NDJSON where it is no terminal. */
const logLine = z.looseObject({ level: z.number(), msg: z.string() });
export type LogLine = z.infer<typeof logLine>;
const levels = { warn: 40, error: 50 };

/** What a process left behind. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly ended: Promise<Outcome>;
  /** True from the moment that the process is gone. */
  isOver(): boolean;
  /** Standard error so far. */
  stderr(): string;
  signal(name: NodeJS.Signals): void;
}

/** Starts the built program in a folder. `around` is a command that runs it: `['unshare', '-n']`; `more` are variables. */
export function start(
  args: readonly string[],
  cwd: string,
  around: readonly string[] = [],
  more: Readonly<Record<string, string>> = {},
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
  return { ended, isOver: () => over, stderr: () => stderr, signal: (name) => child.kill(name) };
}

/** Runs the built program in a folder to its end. */
export async function atelier(args: readonly string[], cwd: string, around?: readonly string[]): Promise<Outcome> {
  return start(args, cwd, around).ended;
}

/** Runs the program and expects it to succeed. */
export async function succeed(args: readonly string[], cwd: string): Promise<Outcome> {
  const outcome = await atelier(args, cwd);
  expect(outcome.code, `atelier ${args.join(' ')}\n${outcome.stderr}`).toBe(0);
  return outcome;
}

/** The log lines of standard error. Fails where anything else stands there, such as a runtime's own complaint. */
export function logOf({ stderr }: Pick<Outcome, 'stderr'>): readonly LogLine[] {
  return stderr
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      try {
        return logLine.parse(JSON.parse(line));
      } catch {
        throw new Error(`standard error holds a line that is no log line: ${line}`);
      }
    });
}

export function warningsOf(outcome: Outcome): readonly string[] {
  return logOf(outcome)
    .filter(({ level }) => level === levels.warn)
    .map(({ msg }) => msg);
}

/** Expects exactly one error message, for a person (no stack, no `internal:`), nothing on standard output, and its parts. */
export function expectRefusal(outcome: Outcome, code: 1 | 2, ...parts: readonly (string | RegExp)[]): void {
  const errors = logOf(outcome).filter(({ level }) => level >= levels.error);
  expect(
    errors.map(({ msg }) => msg),
    outcome.stderr,
  ).toHaveLength(1);
  const [{ msg } = { msg: '' }] = errors;
  for (const part of parts) expect(msg).toMatch(part);
  expect(msg).not.toMatch(/internal:|undefined|\[object/);
  expect(errors[0]).not.toHaveProperty('err');
  expect(outcome).toMatchObject({ code, signal: null, stdout: '' });
}
