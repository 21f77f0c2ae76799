import yargs, { type Argv, type Options as HelpOptions } from 'yargs';
import type { Command } from './command.ts';
import { globalOptions } from './global-options.ts';
import { type Option, type Options, usageOf } from './options.ts';

/** The lines that show what can be done with the program as a whole. */
export interface Overview {
  readonly description: string;
  readonly examples: readonly (readonly [string, string])[];
}

/** The help of the program. */
export async function helpText(commands: readonly Command[], { description, examples }: Overview): Promise<string> {
  let parser = frame([]).usage(`$0 COMMAND\n\n${description}`);
  for (const { name, arguments: table, description: text } of commands)
    parser = parser.command(usageOf(name, table).replace('atelier ', ''), text);
  return withExamples(withOptions(parser, globalOptions), examples).getHelp();
}

/** The help of a command. */
export async function commandHelp({ name, arguments: table, options, ...command }: Command): Promise<string> {
  return frame([name])
    .command(usageOf(name, table).replace('atelier ', ''), command.description, (yargs) => {
      let parser: Argv = yargs;
      for (const [argument, { description, many, default: usual }] of Object.entries(table))
        parser = parser.positional(argument, {
          type: 'string',
          describe: description,
          array: many === true,
          default: usual,
        });
      return withExamples(withOptions(parser, options), command.examples);
    })
    .getHelp();
}

/** yargs lays out what help says; lines are read by `readLine`. */
function frame(args: readonly string[]): Argv {
  return yargs([...args])
    .scriptName('atelier')
    .locale('en')
    .help(false)
    .version(false)
    .wrap(Math.min(120, process.stdout.columns ?? 100))
    .exitProcess(false);
}

function withOptions(parser: Argv, options: Options): Argv {
  return Object.entries(options).reduce((filled, [name, option]) => filled.option(name, asHelp(option)), parser);
}

function withExamples(parser: Argv, examples: Overview['examples']): Argv {
  return examples.reduce((filled, [line, does]) => filled.example(`$0 ${line}`, does), parser);
}

function asHelp({
  type,
  description,
  alias,
  choices,
  many,
  default: usual,
  defaultText,
  heading,
}: Option): HelpOptions {
  const types = { switch: 'boolean', whole: 'number', number: 'number', numbers: 'string', text: 'string' } as const;
  return {
    describe: description,
    ...(type === 'choice' ? { choices } : { type: types[type] }),
    ...(alias === undefined ? {} : { alias }),
    ...(many === undefined ? {} : { array: true }),
    ...(usual === undefined ? {} : { default: usual }),
    ...(defaultText === undefined ? {} : { defaultDescription: defaultText }),
    ...(heading === undefined ? {} : { group: heading }),
  };
}
