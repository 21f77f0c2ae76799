import yargs, { type Argv, type Options as HelpOptions } from 'yargs';
import type { Command, CommandEntry } from './command.ts';
import { globalOptions } from './global-options.ts';
import { type ExampleNames, type Examples, type Option, type Options, usageWords } from './options.ts';

/** The lines that show what can be done with the program as a whole. */
export interface Overview {
  readonly description: string;
  readonly examples: Examples;
}

/** The help of the program. */
export async function helpText(
  commands: readonly CommandEntry[],
  { description, examples }: Overview,
  names: ExampleNames,
): Promise<string> {
  let parser = frame([]).usage(`$0 COMMAND\n\n${description}`);
  for (const { name, usage, description: text } of commands) parser = parser.command(`${name} ${usage}`.trim(), text);
  return withExamples(withOptions(parser, globalOptions), examples(names)).getHelp();
}

/** The help of a command. */
export async function commandHelp(
  { name, description }: CommandEntry,
  { arguments: table, options, examples }: Command,
  names: ExampleNames,
): Promise<string> {
  return frame([name])
    .command([name, ...usageWords(table)].join(' '), description, (yargs) => {
      let parser: Argv = yargs;
      for (const [argument, { description, many, default: usual }] of Object.entries(table))
        parser = parser.positional(argument, {
          type: 'string',
          describe: description,
          array: many === true,
          default: usual,
        });
      return withExamples(withOptions(parser, options), examples(names));
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

function withExamples(parser: Argv, examples: ReturnType<Examples>): Argv {
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
