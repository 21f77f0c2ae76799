import { AtelierError, type ErrorCode, InterruptedError, UsageError } from '../../../errors.ts';
import type { Part } from '../../../message.ts';

/** An error on its way between threads, where only plain data passes. */
export interface SentError {
  /** Of the class. */
  readonly name: string;
  readonly message: string;
  /** Of the program's own errors: what they are about, and what the message is made of. */
  readonly own?: { readonly code: ErrorCode; readonly parts: readonly Part[] };
  readonly stack: string | undefined;
  readonly cause: SentError | undefined;
}

/** The classes that mean something to whoever catches them. */
const classes = { AtelierError, UsageError, InterruptedError };

/** What can be sent of whatever was thrown; the runtimes throw bare numbers, too. */
export function sentError(thrown: unknown): SentError {
  if (!(thrown instanceof Error)) return { name: 'Error', message: String(thrown), stack: undefined, cause: undefined };
  const { name, message, stack, cause } = thrown;
  const own = thrown instanceof AtelierError ? { own: { code: thrown.code, parts: thrown.parts } } : {};
  return { name, message, ...own, stack, cause: cause === undefined ? undefined : sentError(cause) };
}

/** The error as it was thrown there: class and exit code of the program's own errors, the stack of every one. */
export function receivedError({ name, message, own, stack, cause }: SentError): Error {
  const options = cause === undefined ? {} : { cause: receivedError(cause) };
  const error =
    own && isOwn(name) ? new classes[name](own, { ...options, code: own.code }) : namedError(name, message, options);
  if (stack !== undefined) error.stack = stack;
  return error;
}

function namedError(name: string, message: string, options: ErrorOptions): Error {
  const error = new Error(message, options);
  error.name = name;
  return error;
}

function isOwn(name: string): name is keyof typeof classes {
  return name in classes;
}
