import type { Recipe } from '../recipe/schema.ts';

/** How an option's text is read. A switch has none; `numbers` is one number or several with commas between them. */
export type OptionType = 'switch' | 'text' | 'whole' | 'number' | 'numbers' | 'choice';

/** One option of a command: all that reading, refusing and help need to know of it. Its name is the key in a table. */
export interface Option {
  readonly type: OptionType;
  readonly description: string;
  /** Its other name, a single letter. */
  readonly alias?: string;
  /** What a `choice` may be. */
  readonly choices?: readonly string[];
  /** Its value where it is not given; undefined without one. */
  readonly default?: string | number | boolean;
  /** What help says of the value where it is not given, if that is no `default`. */
  readonly defaultText?: string;
  /** May be given several times; its value is a list. */
  readonly many?: true;
  /** May be refused: `--no-early-stop` reads as null. */
  readonly refusable?: true;
  /** What help writes in the place of its value; by its type where absent. */
  readonly value?: string;
  /** The heading that help puts it under. */
  readonly heading?: string;
}

/** A value of a command that is told by its place. */
export interface Argument {
  readonly description: string;
  /** May be left out: `[model]`. */
  readonly default?: string;
  /** The last one may take all words that are left, at least one where it has no default; with one, none are an empty list. */
  readonly many?: true;
}

export type Options = Readonly<Record<string, Option>>;
export type Arguments = Readonly<Record<string, Argument>>;

interface Read {
  readonly switch: boolean;
  readonly text: string;
  readonly whole: number;
  readonly number: number;
  readonly numbers: number | readonly number[];
  readonly choice: string;
}

/** What an option's text becomes. */
type ReadAs<One extends Option> = One extends { readonly choices: readonly (infer Choice)[] }
  ? Choice
  : Read[One['type']];

type ValueOf<One extends Option> = One extends { readonly many: true }
  ? readonly ReadAs<One>[] | undefined
  :
      | ReadAs<One>
      | (One extends { readonly default: unknown } ? never : undefined)
      | (One extends { readonly refusable: true } ? null : never);

/** `batch-size` is read as batchSize. */
type Camel<Name extends string> = Name extends `${infer First}-${infer Rest}`
  ? `${First}${Capitalize<Camel<Rest>>}`
  : Name;

/**
 * What help knows of the models: names for examples (two models, the second one's the same where there is one only, and a
 * run folder of each), and the recipes that go with models.
 */
export interface ExampleNames {
  readonly models: readonly [one: string, other: string];
  readonly runs: readonly [ofOne: string, ofOther: string];
  readonly recipes: Readonly<Record<string, Recipe>>;
}

/** Lines, `atelier` in front left out, and what each does. */
export type Examples = (names: ExampleNames) => readonly (readonly [line: string, does: string])[];

/** The values of a table of options, by their names in camel case. */
export type OptionValues<Table extends Options> = {
  readonly [Name in keyof Table & string as Camel<Name>]: ValueOf<Table[Name]>;
};

/** The values of a table of arguments. A line on which one is missing is refused before a command gets them. */
export type ArgumentValues<Table extends Arguments> = {
  readonly [Name in keyof Table & string]: Table[Name] extends { readonly many: true } ? readonly string[] : string;
};

/** `batch-size` as batchSize. */
export function camel(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** How a command is called: `atelier predict <run> <images..>`. */
export function usageOf(command: string, table: Arguments): string {
  return ['atelier', command, ...usageWords(table)].join(' ');
}

/** The arguments in that: `<run> <images..>`. */
export function usageWords(table: Arguments): readonly string[] {
  return Object.entries(table).map(([name, { many, default: usual }]) => {
    const text = many ? `${name}..` : name;
    return usual === undefined ? `<${text}>` : `[${text}]`;
  });
}
