import type { Logger } from 'pino';
import type { ArgumentsCamelCase, Argv } from 'yargs';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly json: boolean;
  readonly logLevel: string;
  readonly quiet: boolean;
}

/** What a command may use of the world around it. */
export interface CommandContext {
  readonly logger: Logger;
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
  /** Brings the work, so that `--help` need not load it. */
  readonly load: () => Promise<Run<ArgumentsCamelCase<Parsed>>>;
}

/** One command, its options' types closed in. */
export interface Command {
  /** Adds the command to a parser; when it is called, `begin` gets the global options and the work. */
  register(
    parser: Argv<GlobalArguments>,
    begin: (options: GlobalOptions, work: (context: CommandContext) => Promise<CommandResult>) => void,
  ): Argv<GlobalArguments>;
}

export function command<Parsed extends GlobalArguments>(spec: CommandSpec<Parsed>): Command {
  return {
    register: (parser, begin) =>
      parser.command(spec.usage, spec.description, spec.options, (argv) => {
        const options = { json: argv.json, logLevel: argv['log-level'], quiet: argv.quiet };
        begin(options, async (context) => (await spec.load())(argv, context));
      }),
  };
}
