/** What a command answers to the shell: 0 done, 1 failed, 2 wrong usage, 130 interrupted (state saved). */
export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/**
 * An error that a person is meant to read. Its message names the thing, what was expected, what was found and the
 * way out, in that order; the command line prints it without a stack and exits with `exitCode`.
 */
export class AtelierError extends Error {
  override readonly name: string = 'AtelierError';
  readonly exitCode: ExitCode = exitCodes.failed;
}

/** The request itself was wrong (unknown name, impossible value): nothing was started. Exit code 2. */
export class UsageError extends AtelierError {
  override readonly name = 'UsageError';
  override readonly exitCode = exitCodes.usage;
}

/**
 * A value that was asked for by name is impossible: `images`, `top`. Whoever knows how the option is called elsewhere
 * words the message anew by `tell`.
 */
export class OptionError extends UsageError {
  readonly option: string;
  /** The message; it calls the option as it is told to. */
  readonly tell: (option: string) => string;

  constructor(option: string, tell: (option: string) => string) {
    super(tell(option));
    this.option = option;
    this.tell = tell;
  }
}

/** The work was stopped from outside after its state had been saved. Exit code 130. */
export class InterruptedError extends AtelierError {
  override readonly name = 'InterruptedError';
  override readonly exitCode = exitCodes.interrupted;
}

/** The text of whatever was thrown, for use inside another message. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** True for the errors that Node's system calls throw, with their code ('ENOENT', 'ENOSPC', …). */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);
}
