import type { ArgumentsCamelCase, Argv } from 'yargs';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { refuseUnreadable } from './written-values.ts';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly json: boolean;
  readonly logLevel: string;
  readonly quiet: boolean;
}

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
export type Run<Options> = (options: Options, context: CommandContext) => Promise<CommandResult>;

/** What yargs makes of the options that every command takes. */
export interface GlobalArguments {
  json: boolean;
  'log-level': string;
  quiet: boolean;
}

interface CommandSpec<Parsed extends GlobalArguments> {
  /** yargs' form: `train <model>`. */
  readonly usage: string;
  readonly description: string;
  readonly options: (yargs: Argv<GlobalArguments>) => Argv<Parsed>;
  /**
   * True where the work heeds the context's signal and saves its state. Any other is ended by the first signal, which is
   * safe: every file is written whole or not at all.
   */
  readonly savesOnSignal?: boolean;
  /** Which arguments and options may have several values; all others are refused when given twice. */
  readonly lists?: readonly string[];
  /** Which options take numbers that need not be whole. */
  readonly fractions?: readonly string[];
  /** Brings the work, so that `--help` need not load it. */
  readonly load: () => Promise<Run<ArgumentsCamelCase<Parsed>>>;
}

/** What a command line asks for: a command with its options read, ready to be done. */
export interface Task {
  readonly options: GlobalOptions;
  readonly savesOnSignal: boolean;
  readonly work: (context: CommandContext) => Promise<CommandResult>;
}

/** One command, its options' types closed in. */
export interface Command {
  /** Adds the command to the parser of `args`; when it is called, `begin` gets what is to be done. */
  register(parser: Argv<GlobalArguments>, args: readonly string[], begin: (task: Task) => void): Argv<GlobalArguments>;
}

/**
 * A command of the program.
 *
 * @throws UsageError, when it is called: an option is given twice that takes one value, or its value cannot be read
 */
export function command<Parsed extends GlobalArguments>(spec: CommandSpec<Parsed>): Command {
  return {
    register: (parser, args, begin) =>
      parser.command(spec.usage, spec.description, spec.options, (argv) => {
        const [name = ''] = spec.usage.split(' ');
        refuseUnreadable(argv, args, { command: name, fractions: spec.fractions ?? [] });
        refuseRepeats(argv, spec.lists ?? []);
        const options = { json: argv.json, logLevel: argv['log-level'], quiet: argv.quiet };
        const work = async (context: CommandContext) => (await spec.load())(argv, context);
        begin({ options, savesOnSignal: spec.savesOnSignal ?? false, work });
      }),
  };
}

/**
 * yargs makes a list of `--run a --run b`, which no command expects of an option that is not declared as one. Single
 * letters are other names of options.
 */
function refuseRepeats(argv: object, lists: readonly string[]): void {
  for (const [name, value] of Object.entries(argv))
    if (name.length > 1 && !lists.includes(name) && Array.isArray(value))
      throw new UsageError(`--${name}: expected one value, got ${value.length}: ${value.join(', ')}. Give it once.`);
}
