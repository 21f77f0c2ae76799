import {
  libraryWording,
  type Message,
  type MessageWording,
  type Part,
  partsOf,
  type Text,
  wordedFor,
} from './message.ts';

/** What a command answers to the shell: 0 done, 1 failed, 2 wrong usage, 130 interrupted (state saved). */
export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;
/** One of `exitCodes`. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/**
 * What errors are about. Programs may rely on these names; the words of messages may change.
 *
 * @example
 * ```ts
 * if (error instanceof AtelierError && error.code === 'no-such-run') response.writeHead(404).end(errorCodes[error.code]);
 * ```
 */
export const errorCodes = {
  'already-named': 'The same run, or two of one name, was given twice.',
  'cannot-draw': 'Pictures are of sizes or channels that cannot be drawn.',
  'cannot-hold-model': 'The format of an export cannot hold the model.',
  'checkpoint-mismatch': 'A checkpoint is not one of this run, or not one of a run at all.',
  'classes-mismatch': 'Model, data set or predictions have other classes or image sizes than expected.',
  'data-damaged': "A file of a data set does not hold what the data set's description says.",
  'data-missing': 'A data set is not there and cannot be fetched.',
  'data-unsuited':
    'No classifier can be trained on the data: too few classes or pictures, or names that contradict each other.',
  'device-unavailable': 'The device does not work here, or not for this engine.',
  'engine-lost': 'The thread that computes has ended.',
  'file-damaged': 'A file holds something else than it should, or is cut short.',
  'file-unusable': 'A file or folder cannot be read, written, created or replaced.',
  'font-missing': 'No font is installed to draw letters with.',
  'folder-in-use': 'Another process uses the folder.',
  'folder-taken': 'The folder holds something else, which is not to be replaced.',
  'invalid-command-line': 'A line of the shell cannot be read.',
  'invalid-picture': 'A picture is of an unknown kind, damaged, or too large.',
  'invalid-recipe': 'A recipe is wrong; `problems` says where.',
  'invalid-setting': 'A setting has an impossible value.',
  'model-unsuited': 'The model cannot be built, or not be trained, for images of this size.',
  'no-checkpoint': 'The run has no such checkpoint yet.',
  'no-data-named': 'No data set was named, and no experiment has one.',
  'no-such-run': 'The folder holds no run, or there is none to go on with.',
  'not-built': 'A part of the program has not been built.',
  'not-finite': 'Numbers became infinite, or none at all.',
  'not-the-same-run': 'A run cannot be resumed with what would make it another one.',
  'nothing-to-do': 'There is nothing to evaluate, compare, draw or profile.',
  'package-missing': 'An optional package is not installed, or in another version than expected.',
  'run-exists': 'The folder of a new run is not empty.',
  'runtime-failed': 'A runtime refuses a graph, or failed while it ran one.',
  'settings-exclude-each-other': 'Settings were given that do not go together.',
  'source-unusable':
    'A file of code cannot be loaded, throws, or exports something else than a model or an experiment.',
  'target-unavailable': 'The target of graphs does not work on this device.',
  'too-few-runs': 'More runs are needed.',
  'too-few-threads': 'This process may not start as many threads as it needs.',
  'unknown-name': 'There is no model, data set, layer, split or format of that name.',
  'weights-mismatch': 'Weights do not fit the model.',
  interrupted: 'The work was stopped from outside after its state had been saved.',
  'partly-failed': 'Some of what was asked for could not be done; the rest is.',
  'peer-failed': 'Another program that is measured did not do what it was asked.',
  internal: 'A fault of this program.',
} as const;
/** One of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes;

export interface AtelierErrorOptions extends ErrorOptions {
  readonly code: ErrorCode;
}

/**
 * An error that a person is meant to read. Its message names the thing, what was expected, what was found and the
 * way out, in that order; the command line prints it without a stack and exits with `exitCode`. `message` names settings
 * and functions as programs know them, `worded` as somebody else does.
 */
export class AtelierError extends Error implements Message {
  override readonly name: string = 'AtelierError';
  readonly exitCode: ExitCode = exitCodes.failed;
  /** What it is about: one of `errorCodes`. */
  readonly code: ErrorCode;
  /** What the message is made of. */
  readonly parts: readonly Part[];

  /** A fault of this program, which has no code of its own. */
  constructor(message: `internal: ${string}`, options?: ErrorOptions);
  constructor(message: Text, options: AtelierErrorOptions);
  constructor(message: Text, options: Partial<AtelierErrorOptions> = {}) {
    super(bounded(wordedFor(message, libraryWording)), options);
    this.code = options.code ?? 'internal';
    this.parts = partsOf(message);
  }

  /** The message in other words. */
  worded(wording: MessageWording): string {
    return bounded(wordedFor(this, wording));
  }
}

/** Longer messages than any of ours quote something that has no end. */
const longestMessage = 8000;

function bounded(text: string): string {
  return text.length <= longestMessage ? text : `${text.slice(0, longestMessage - 1)}…`;
}

/** The request itself was wrong (unknown name, impossible value): nothing was started. Exit code 2. */
export class UsageError extends AtelierError {
  override readonly name = 'UsageError';
  override readonly exitCode = exitCodes.usage;
}

/** The work was stopped from outside after its state had been saved. Exit code 130. */
export class InterruptedError extends AtelierError {
  override readonly name = 'InterruptedError';
  override readonly exitCode = exitCodes.interrupted;

  constructor(message: Text, options?: ErrorOptions) {
    super(message, { ...options, code: 'interrupted' });
  }
}

/** What was thrown, for use inside another message. */
export function textOf(error: unknown): Text {
  return error instanceof AtelierError ? error : messageOf(error);
}

/** The text of whatever was thrown, in the words of a program. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** True for the errors that Node's system calls throw, with their code ('ENOENT', 'ENOSPC', …). */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return false;
  if (codes.includes(error.code)) return true;
  return 'errno' in error && codes.some((code) => nameless[code] === error.errno);
}

/** Linux's errors that Node has no name for, as it numbers them: `Unknown system error -122`. */
const nameless: Readonly<Record<string, number>> = { EDQUOT: -122 };
