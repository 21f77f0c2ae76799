import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { type GlobalOptions, globalOptions } from './global-options.ts';
import type { Arguments, ArgumentValues, Options, OptionValues } from './options.ts';
import { readLine } from './read-line.ts';

/** What a command may use of the world around it. */
export interface CommandContext extends Context {
  readonly options: GlobalOptions;
  /** Raised by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}

/** What a command answers: printed on standard output, as text or, with --json, as one JSON document. */
export interface CommandResult {
  readonly text: string;
  readonly json: unknown;
}

/** The work behind a command; loaded only when it is called. */
export type Run<Values> = (values: Values, context: CommandContext) => Promise<CommandResult>;

/** What the work behind a command gets: the values of its tables. */
export type Values<Named extends Arguments, Table extends Options> = ArgumentValues<Named> & OptionValues<Table>;

interface CommandSpec<Named extends Arguments, Table extends Options> {
  readonly name: string;
  readonly description: string;
  /** What is told by its place, in order. */
  readonly arguments: Named;
  readonly options: Table;
  /** Lines, `atelier` in front left out, and what each does. */
  readonly examples: readonly (readonly [string, string])[];
  /**
   * True where the work heeds the context's signal and saves its state. Any other is ended by the first signal, which is
   * safe: every file is written whole or not at all.
   */
  readonly savesOnSignal?: boolean;
  /** Brings the work, so that `--help` need not load it. */
  readonly load: () => Promise<Run<Values<Named, Table>>>;
}

/** What a command line asks for: a command with its options read, ready to be done. */
export interface Task {
  readonly options: GlobalOptions;
  readonly savesOnSignal: boolean;
  readonly work: (context: CommandContext) => Promise<CommandResult>;
}

/** One command, its options' types closed in. */
export interface Command extends Pick<CommandSpec<Arguments, Options>, 'name' | 'description' | 'examples'> {
  readonly arguments: Arguments;
  /** Those that every command takes included. */
  readonly options: Options;
  /**
   * What a command line asks of this command.
   *
   * @throws UsageError with a line for each thing on it that cannot be read
   */
  begin(args: readonly string[]): Task;
}

/** A command of the program. */
export function command<const Named extends Arguments, const Table extends Options>(
  spec: CommandSpec<Named, Table>,
): Command {
  const { name, description, examples, savesOnSignal = false } = spec;
  return {
    name,
    description,
    examples,
    arguments: spec.arguments,
    options: { ...spec.options, ...globalOptions },
    begin: (args) => {
      const table = { ...spec.options, ...globalOptions };
      const { values, problems } = readLine(args, name, table, spec.arguments);
      if (problems.length > 0) throw usageError(problems, name);
      const work = async (context: CommandContext) => (await spec.load())(values, context);
      return { options: values, savesOnSignal, work };
    },
  };
}

/** Lines that say what is wrong, and where to read on. */
export function usageError(lines: readonly string[], command?: string): UsageError {
  const text = lines.join('\n');
  const end = /[.?]$/.test(text) ? '' : '.';
  return new UsageError(`${text}${end} See: ${['atelier', command ?? []].flat().join(' ')} --help`, {
    code: 'invalid-command-line',
  });
}
