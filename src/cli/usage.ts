import { UsageError } from '../errors.ts';
import { nearest } from '../text/nearest.ts';

/** What yargs finds wrong with a command line, in its own words. */
export class CommandLineError extends Error {
  override readonly name = 'CommandLineError';
}

/**
 * A complaint of yargs as a sentence that names what is wrong and the way out.
 *
 * @param complaint yargs' message, in English
 * @param args the command line
 * @param help the help text that belongs to it: it tells the command, its options and its arguments
 */
export function explain(complaint: string, args: readonly string[], help: string): UsageError {
  const [usage = ''] = help.split('\n', 1);
  const command = /^atelier [a-z]+/.exec(usage)?.[0];
  const lines = command === undefined ? explainCommand(args, help) : explainArguments(complaint, args, help, usage);
  const text = lines.join('\n');
  return new UsageError(`${text}${text.endsWith('?') ? '' : '.'} See: ${command ?? 'atelier'} --help`);
}

function explainCommand(args: readonly string[], help: string): readonly string[] {
  const commands = [...new Set(matches(help, /^ {2}atelier ([a-z]+)/gm))];
  const [given] = args.filter((arg) => !arg.startsWith('-'));
  if (given === undefined) return [`which command? There are: ${commands.join(', ')}`];
  return [`unknown command '${given}'; ${suggestion(nearest(given, commands)) ?? `there are: ${commands.join(', ')}`}`];
}

function explainArguments(complaint: string, args: readonly string[], help: string, usage: string): readonly string[] {
  const [, unknown] = /^Unknown arguments?: (.*)$/.exec(complaint) ?? [];
  if (unknown !== undefined)
    return unknown
      .split(', ')
      .filter(isFirstSpelling)
      .map((name) => unknownText(name, args, help));
  const [, option] = /^Not enough arguments following: (.*)$/.exec(complaint) ?? [];
  if (option !== undefined) return [`${dashed(option)}: expected a value after it, found none`];
  if (complaint.startsWith('Not enough non-option arguments')) return [`an argument is missing; expected: ${usage}`];
  const choices = [...complaint.matchAll(/Argument: (.*), Given: (.*), Choices: (.*)/g)];
  if (choices.length === 0) return [complaint.replace(/\.$/, '')];
  return choices.map(([, name = '', given = '', known = '']) =>
    `${dashed(name)}: expected one of ${known}, got ${given}`.replaceAll('"', "'"),
  );
}

function unknownText(name: string, args: readonly string[], help: string): string {
  const written = args.some((arg) => arg.replace(/^--?(no-)?|=.*$/gs, '') === name && arg.startsWith('-'));
  if (!written && args.includes(name)) return `unexpected argument '${name}'`;
  const near = nearest(name, [...new Set(matches(help, /--([a-z][a-z-]*)/g))]);
  const hint = suggestion(near === undefined ? undefined : dashed(near));
  return `unknown option ${dashed(name)}${hint === undefined ? '' : `; ${hint}`}`;
}

/** yargs names an unknown `--bath-size` a second time as `bathSize`. */
function isFirstSpelling(name: string, _at: number, names: readonly string[]): boolean {
  const kebab = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return kebab === name || !names.includes(kebab);
}

/** An option's name as it is written on a command line. */
export function dashed(option: string): string {
  return option.length === 1 ? `-${option}` : `--${option}`;
}

function suggestion(word: string | undefined): string | undefined {
  return word === undefined ? undefined : `did you mean '${word}'?`;
}

function matches(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, word = '']) => word);
}
