import type { Context } from '../context.ts';
import { type AtelierError, UsageError } from '../errors.ts';
import { type GlobalOptions, globalOptions } from './global-options.ts';
import type { Arguments, ArgumentValues, ExampleNames, Examples, Options, OptionValues } from './options.ts';
import { readLine } from './read-line.ts';

/** A part of a command's help. */
export type Appendix = (names: ExampleNames) => { readonly heading: string; readonly lines: readonly string[] };

/** What a command may use of the world around it. */
export interface CommandContext extends Context {
  readonly options: GlobalOptions;
  /** Raised by SIGINT and SIGTERM, and by SIGHUP where the program was not started to outlive the terminal. */
  readonly signal: AbortSignal;
}

/** What a command answers: printed on standard output, as text or, with --json, as one JSON document. */
export interface CommandResult {
  readonly text: string;
  readonly json: unknown;
  /** What the command fails with once the result is printed: of what was asked for, this is not all. */
  readonly failure?: AtelierError;
}

/** What the work behind a command gets: the values of its tables. */
export type Values<Named extends Arguments, Table extends Options> = ArgumentValues<Named> & OptionValues<Table>;

/** The work behind a command. What takes long to load it loads itself, so that help does without. */
export type Run<Named extends Arguments, Table extends Options> = (
  values: Values<Named, Table>,
  context: CommandContext,
) => Promise<CommandResult>;

interface CommandSpec<Named extends Arguments, Table extends Options> {
  /** What is told by its place, in order. */
  readonly arguments: Named;
  readonly options: Table;
  readonly examples: Examples;
  /** What help says after the options, under a heading of its own. */
  readonly appendix?: Appendix;
  /**
   * True where the work heeds the context's signal and saves its state. Any other is ended by the first signal, which is
   * safe: every file is written whole or not at all.
   */
  readonly savesOnSignal?: boolean;
  readonly run: Run<Named, Table>;
}

/** What a command line asks for: a command with its options read, ready to be done. */
export interface Task {
  readonly options: GlobalOptions;
  readonly savesOnSignal: boolean;
  readonly work: (context: CommandContext) => Promise<CommandResult>;
}

/** One command, its options' types closed in. */
export interface Command {
  readonly arguments: Arguments;
  /** Those that every command takes included. */
  readonly options: Options;
  readonly examples: Examples;
  readonly appendix?: Appendix | undefined;
  /**
   * What a command line asks of this command.
   *
   * @param name the word that names it there
   * @throws UsageError with a line for each thing on it that cannot be read
   */
  begin(args: readonly string[], name: string): Task;
}

/** A command in the list of all: what the program's own help says of it, and the rest on demand. */
export interface CommandEntry {
  readonly name: string;
  /** Its arguments: `<run> <images..>`. */
  readonly usage: string;
  readonly description: string;
  readonly load: () => Promise<Command>;
}

/** A command of the program. */
export function command<const Named extends Arguments, const Table extends Options>(
  spec: CommandSpec<Named, Table>,
): Command {
  const { examples, savesOnSignal = false, run } = spec;
  const table = { ...spec.options, ...globalOptions };
  return {
    arguments: spec.arguments,
    options: table,
    examples,
    appendix: spec.appendix,
    begin: (args, name) => {
      const { values, problems } = readLine(args, name, table, spec.arguments);
      if (problems.length > 0) throw usageError(problems, name);
      return { options: values, savesOnSignal, work: (context) => run(values, context) };
    },
  };
}

/** Lines that say what is wrong, and where to read on. */
export function usageError(lines: readonly string[], command?: string): UsageError {
  const text = lines.join('\n');
  const end = /[.?]$/.test(text) ? '' : '.';
  return new UsageError(`${text}${end} See: ${['npx atelier', command ?? []].flat().join(' ')} --help`, {
    code: 'invalid-command-line',
  });
}
