import type { Command, CommandEntry } from './command.ts';
import { globalOptions } from './global-options.ts';
import { columnOf, type Entry, entryLines, wrapped } from './help-layout.ts';
import { type Argument, type ExampleNames, type Examples, type Option, type Options, usageOf } from './options.ts';

/** The lines that show what can be done with the program as a whole. */
export interface Overview {
  readonly description: string;
  readonly examples: Examples;
}

/** A part of a help text. */
interface Section {
  readonly heading: string;
  readonly lines: readonly string[];
}

/** The heading of options that name none. */
const usualHeading = 'Options';

/**
 * The help of the program.
 *
 * @param width columns that a line may take
 */
export function helpText(
  commands: readonly CommandEntry[],
  { description, examples }: Overview,
  names: ExampleNames,
  width: number,
): string {
  const listed = commands.map(({ name, usage, description: text }) => ({ left: `${name} ${usage}`.trim(), text }));
  return page('npx atelier COMMAND', wrapped(`${description}.`, width), [
    { heading: 'Commands', lines: entryLines(listed, width) },
    ...optionSections(globalOptions, width),
    exampleSection(examples(names), width),
  ]);
}

/** The help of a command. */
export function commandHelp(
  { name, description }: CommandEntry,
  { arguments: table, options, examples, appendix }: Command,
  names: ExampleNames,
  width: number,
): string {
  const places = Object.entries(table).map(placeEntry);
  return page(`npx ${usageOf(name, table)}`, wrapped(`${description}.`, width), [
    ...(places.length === 0 ? [] : [{ heading: 'Arguments', lines: entryLines(places, width) }]),
    ...optionSections(options, width),
    ...(appendix === undefined ? [] : [appendix(names)]),
    exampleSection(examples(names), width),
  ]);
}

/** Columns for help: those of the terminal up to where lines are still easy to read; as wide as most where there is none. */
export function helpWidth(columns: number | undefined): number {
  return Math.max(40, Math.min(100, columns ?? 80));
}

function page(usage: string, description: readonly string[], sections: readonly Section[]): string {
  const blocks = sections.map(({ heading, lines }) => [heading, ...lines.map((line) => `  ${line}`)].join('\n'));
  return [usage, description.join('\n'), ...blocks].join('\n\n');
}

/** Options under their headings, each heading where its first option stands. */
function optionSections(options: Options, width: number): readonly Section[] {
  const named = Object.entries(options);
  const column = columnOf(named.map(optionEntry));
  const headings = [...new Set(named.map(([, { heading = usualHeading }]) => heading))];
  return headings.map((heading) => {
    const own = named.filter(([, option]) => (option.heading ?? usualHeading) === heading);
    return { heading, lines: entryLines(own.map(optionEntry), width, column) };
  });
}

function placeEntry([name, { description, default: usual }]: readonly [string, Argument]): Entry {
  return { left: name, text: `${description}${usual === undefined ? '' : ` [${usual}]`}` };
}

/** What stands for a value, by its type. */
const values = { switch: '', whole: 'N', number: 'X', numbers: 'X,…', text: 'TEXT', choice: 'NAME' } as const;

function optionEntry([name, option]: readonly [string, Option]): Entry {
  const { alias, type, value = values[type], description, choices = [] } = option;
  // Below each other with or without a letter before them.
  const short = alias === undefined ? '    ' : `-${alias}, `;
  const among = type === 'choice' && choices.length > 0 ? `: ${choices.join(', ')}` : '';
  return { left: `${short}--${name} ${value}`.trimEnd(), text: `${description}${among}${usualText(option)}` };
}

function usualText({ default: usual, defaultText }: Option): string {
  if (defaultText !== undefined) return ` [${defaultText}]`;
  return usual === undefined || usual === false ? '' : ` [${usual}]`;
}

/** A line to a call, and below it what it does. */
function exampleSection(examples: ReturnType<Examples>, width: number): Section {
  const lines = examples.flatMap(([line, does]) => [
    `npx atelier ${line}`,
    ...wrapped(does, width - 6).map((text) => `    ${text}`),
  ]);
  return { heading: 'Examples', lines };
}
