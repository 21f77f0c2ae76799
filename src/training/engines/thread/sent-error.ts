import { AtelierError, InterruptedError, UsageError } from '../../../errors.ts';

/** An error on its way between threads, where only plain data passes. */
export interface SentError {
  /** Of the class. */
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly cause: SentError | undefined;
}

/** The classes that mean something to whoever catches them. */
const classes = { AtelierError, UsageError, InterruptedError };

/** What can be sent of whatever was thrown; the runtimes throw bare numbers, too. */
export function sentError(thrown: unknown): SentError {
  if (!(thrown instanceof Error)) return { name: 'Error', message: String(thrown), stack: undefined, cause: undefined };
  const { name, message, stack, cause } = thrown;
  return { name, message, stack, cause: cause === undefined ? undefined : sentError(cause) };
}

/** The error as it was thrown there: class and exit code of the program's own errors, the stack of every one. */
export function receivedError({ name, message, stack, cause }: SentError): Error {
  const options = cause === undefined ? {} : { cause: receivedError(cause) };
  const error = isOwn(name) ? new classes[name](message, options) : namedError(name, message, options);
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
