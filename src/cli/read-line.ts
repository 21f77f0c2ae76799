import { didYouMean, nearest } from '../text/nearest.ts';
import {
  type Arguments,
  type ArgumentValues,
  camel,
  type Option,
  type Options,
  type OptionValues,
  usageOf,
} from './options.ts';

/** What a command line says. Where there are problems the values are not to be used. */
export interface Reading<Values> {
  readonly values: Values;
  /** What cannot be read, a line each. */
  readonly problems: readonly string[];
}

/** An option as it stands on the line. */
interface Given {
  /** With its dashes: `-b`, `--batchSize`. */
  readonly written: string;
  readonly name: string;
  readonly option: Option;
  /** The text of its value; undefined where there is none. */
  readonly text: string | undefined;
  /** Whether it is written with `no-` in front. */
  readonly isRefused: boolean;
}

interface Line {
  readonly given: readonly Given[];
  readonly words: readonly string[];
  /** Options that no table knows, as they are written. */
  readonly unknown: readonly string[];
}

/** The word that names the command: the first that is neither an option nor an option's value. */
export function commandWord(args: readonly string[], options: Options): string | undefined {
  return split(args, options).words[0];
}

/** True where the switch of that name is on the line, whatever else is. */
export function hasSwitch(args: readonly string[], name: string, options: Options): boolean {
  return split(args, options).given.some((given) => given.name === name && readSwitch(given) === true);
}

/**
 * Reads the line of a command by its tables. The first word names the command, the others are its arguments; after `--`
 * all are words.
 */
export function readLine<Table extends Options, Named extends Arguments>(
  args: readonly string[],
  command: string,
  options: Table,
  table: Named,
): Reading<ArgumentValues<Named> & OptionValues<Table>>;
export function readLine(
  args: readonly string[],
  command: string,
  options: Options,
  table: Arguments,
): Reading<object> {
  const { given, words, unknown } = split(args, options);
  const placed = place(words.slice(1), command, table);
  const problems = [
    ...unknown.map((written) => unknownOption(written, options)),
    ...given.flatMap((one) => problemOf(one) ?? []),
    ...repeats(given),
    ...placed.problems,
  ];
  const named = Object.entries(options).map(([name, option]) => {
    const read = given.filter((one) => one.name === name).map(readValue);
    if (read.length === 0) return [camel(name), option.default];
    return [camel(name), option.many ? read : read.at(-1)];
  });
  return { values: { ...placed.values, ...Object.fromEntries(named) }, problems };
}

/** Words by the names of the arguments that they are. */
function place(words: readonly string[], command: string, table: Arguments): Reading<object> {
  const rest = [...words];
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, { many, default: usual }] of Object.entries(table)) {
    const taken = rest.splice(0, many ? rest.length : 1);
    values[name] = many ? taken : (taken[0] ?? usual);
    if (taken.length === 0 && usual === undefined && problems.length === 0)
      problems.push(`an argument is missing; expected: ${usageOf(command, table)}`);
  }
  return { values, problems: [...problems, ...rest.map((word) => `unexpected argument '${word}'`)] };
}

/** Complaints of options that are given twice and take one value. Of a switch the last one counts. */
function repeats(given: readonly Given[]): readonly string[] {
  const single = given.filter(({ option }) => !option.many && option.type !== 'switch');
  return [...new Set(single.map(({ name }) => name))].flatMap((name) => {
    const all = single.filter((one) => one.name === name);
    if (all.length < 2 || all.some((one) => problemOf(one) !== undefined)) return [];
    const texts = all.map(({ text, written }) => text ?? written);
    return [`--${name}: expected one value, got ${all.length}: ${texts.join(', ')}. Give it once.`];
  });
}

function split(args: readonly string[], options: Options): Line {
  const given: Given[] = [];
  const words: string[] = [];
  const unknown: string[] = [];
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === '--') {
      words.push(...rest);
      break;
    }
    if (!isOption(arg)) {
      words.push(arg);
      continue;
    }
    const { written, inline, more } = parted(arg, options);
    if (more !== undefined) rest.unshift(more);
    const found = find(written, options);
    const takesNext = (next: string): boolean => {
      if (inline !== undefined || found?.isRefused) return false;
      return found?.option.type === 'switch' ? /^(true|false)$/.test(next) : !isOption(next);
    };
    const [next] = rest;
    const text = next !== undefined && takesNext(next) ? rest.shift() : inline;
    if (found === undefined) unknown.push(written);
    else given.push({ ...found, written, text });
  }
  return { given, words, unknown };
}

/** `-` is a word, and so is a negative number: a value may be one. */
function isOption(arg: string): boolean {
  return /^-./s.test(arg) && !/^-\.?\d/.test(arg);
}

/** `--name=value`, `-n=value` and `-nvalue` in their parts; of `-qn`, where `-q` is a switch, `-n` is left for later. */
function parted(
  arg: string,
  options: Options,
): { readonly written: string; readonly inline?: string; readonly more?: string } {
  const short = arg.slice(0, 2);
  const option = arg.length > 2 && short !== '--' ? find(short, options)?.option : undefined;
  if (option?.type === 'switch' && !/[=-]/.test(arg[2] ?? '')) return { written: short, more: `-${arg.slice(2)}` };
  if (option !== undefined) return { written: short, inline: arg.slice(2).replace(/^=/, '') };
  const at = arg.indexOf('=');
  return at > 0 ? { written: arg.slice(0, at), inline: arg.slice(at + 1) } : { written: arg };
}

/** An option by any of its names: `--batch-size`, `--batchSize`, `-b`, and `--no-…` where it can be refused. */
function find(written: string, options: Options): Pick<Given, 'name' | 'option' | 'isRefused'> | undefined {
  for (const [name, option] of Object.entries(options)) {
    if ([`--${name}`, `--${camel(name)}`].includes(written)) return { name, option, isRefused: false };
    if (option.alias !== undefined && [`-${option.alias}`, `--${option.alias}`].includes(written))
      return { name, option, isRefused: false };
    if (canBeRefused(option) && [`--no-${name}`, `--no-${camel(name)}`].includes(written))
      return { name, option, isRefused: true };
  }
  return undefined;
}

function unknownOption(written: string, options: Options): string {
  const bare = written.replace(/^--?(no-)?/, '');
  const refusable = Object.keys(options).filter((name) => canBeRefused(options[name]));
  const refused = written.startsWith('--no-') ? nearest(bare, refusable) : undefined;
  const near = refused === undefined ? nearest(bare, Object.keys(options)) : `no-${refused}`;
  return `unknown option ${written}${near === undefined ? '' : `; did you mean '--${near}'?`}`;
}

/** Whether an option may be written with `no-` in front. */
function canBeRefused(option: Option | undefined): boolean {
  return option?.type === 'switch' || option?.refusable === true;
}

/** What is wrong with the text of a value, undefined where nothing is. */
function problemOf(given: Given): string | undefined {
  const { written, option, text, isRefused } = given;
  const expected = (what: string) => `${written}: expected ${what}, got '${text}'`;
  if (isRefused) return text === undefined ? undefined : expected('nothing after it');
  if (option.type === 'switch')
    return readSwitch(given) === undefined ? expected('nothing after it, or true or false') : undefined;
  if (text === undefined) return `${written}: expected a value after it, found none`;
  switch (option.type) {
    case 'whole':
      return isNumber(text) ? undefined : expected('a whole number');
    case 'number':
      return isNumber(text) ? undefined : expected('a number');
    case 'numbers':
      return text.split(',').every(isNumber) ? undefined : expected('a number, or several with commas between them');
    case 'choice':
      return option.choices?.includes(text) ? undefined : notAmong(option.choices ?? [], text, expected);
    case 'text':
      return text.trim() === '' ? expected('a value') : undefined;
  }
}

function notAmong(choices: readonly string[], text: string, expected: (what: string) => string): string {
  return `${expected(`one of ${quoted(choices)}`)}${didYouMean(text, choices)}`;
}

/** The value of an option whose text nothing is wrong with. */
function readValue(given: Given): unknown {
  const { option, text = '', isRefused } = given;
  switch (option.type) {
    case 'switch':
      return readSwitch(given);
    case 'whole':
    case 'number':
      return isRefused ? null : Number(text);
    case 'numbers': {
      const numbers = text.split(',').map(Number);
      return isRefused ? null : numbers.length === 1 ? numbers[0] : numbers;
    }
    case 'choice':
    case 'text':
      return isRefused ? null : text;
  }
}

function readSwitch({ text, isRefused }: Given): boolean | undefined {
  if (isRefused) return text === undefined ? false : undefined;
  return text === undefined || text === 'true' ? true : text === 'false' ? false : undefined;
}

/** Number makes 0 of an empty text: a variable of the shell that is not set must not become a seed. */
function isNumber(text: string): boolean {
  return text.trim() !== '' && !Number.isNaN(Number(text));
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(', ');
}
