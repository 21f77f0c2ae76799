import { expect } from 'vitest';
import { z } from 'zod';
import { atelier, type Outcome } from '../../soak/program.ts';

export { atelier, type Outcome, type Running, start } from '../../soak/program.ts';

/** One line of standard error, which is NDJSON where it is no terminal. */
const logLine = z.looseObject({ level: z.number(), msg: z.string() });
export type LogLine = z.infer<typeof logLine>;
const levels = { warn: 40, error: 50 };

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
