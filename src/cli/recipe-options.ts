import { UsageError } from '../errors.ts';
import { said } from '../message.ts';
import type { Kind } from '../recipe/field.ts';
import { type FlaggedField, flaggedFields, flagOf, type Owner } from '../recipe/flags.ts';
import type { RecipeFlag } from '../recipe/schema.ts';
import { isValues, type Values, valueAt } from '../recipe/values.ts';
import { camel, type Option, type OptionType } from './options.ts';

/** Names of optimizers and schedules are read as text: the recipe knows them, and which one may be meant. */
const types: Readonly<Record<Kind, OptionType>> = {
  whole: 'whole',
  number: 'number',
  numbers: 'numbers',
  choice: 'text',
  switch: 'switch',
  group: 'text',
};

/** What most trainings set. */
const common: readonly string[] = ['epochs', 'batch-size', 'seed', 'optimizer', 'lr', 'schedule'];

const headings: Readonly<Record<string, string>> = {
  optimizer: 'Optimizer (in brackets: of which, and its default)',
  schedule: 'Schedule (in brackets: of which, and its default)',
  dropout: 'Regularization',
  earlyStop: 'Regularization',
};

/** The headings of a recipe's options, in their order. */
export const recipeHeadings = { common: 'Common', images: 'Images' } as const;

/** The options that change a recipe: the fields that have one, with their types, descriptions and defaults. */
export const recipeOptions = optionsOf(flaggedFields);

function optionsOf(fields: readonly FlaggedField[]): Readonly<Record<RecipeFlag, Option>>;
function optionsOf(fields: readonly FlaggedField[]): Readonly<Record<string, Option>> {
  return Object.fromEntries(fields.map((field) => [field.flag, optionOf(field)]));
}

function optionOf(field: FlaggedField): Option {
  const { kind, alias } = field;
  return {
    type: types[kind],
    description: describe(field),
    heading: headingOf(field),
    ...(kind === 'choice' ? { value: 'NAME' } : {}),
    ...(alias === undefined ? {} : { alias }),
    ...(canBeNone(field) ? { refusable: true } : {}),
  };
}

function headingOf({ flag, path: [key = ''] }: FlaggedField): string {
  return common.includes(flag) ? recipeHeadings.common : (headings[key] ?? recipeHeadings.images);
}

/** A field's description, with what can be written for it and whose it is. */
function describe(field: FlaggedField): string {
  const { kind, flag, description, choices = [], absent = 'none', owners } = field;
  const parts = [
    description,
    ...(kind === 'choice' ? [`: ${choices.join(', ')}`] : []),
    ...(kind === 'switch' ? [`; --no-${flag}: ${absent}`] : []),
    ...(canBeNone(field) ? [`; 0 or --no-${flag}: ${absent}`] : []),
    ...(owners.length === 0 ? [] : [` (${ownersText(owners)})`]),
  ];
  return parts.join('');
}

/** `sgd, adam 0; adamw 0.01`: names that have the same value together. */
function ownersText(owners: readonly Owner[]): string {
  const values = [...new Set(owners.map(({ usual }) => usual))];
  const names = (value: string) => owners.filter(({ usual }) => usual === value).map(({ name }) => name);
  return values.map((value) => `${names(value).join(', ')}: ${value}`).join('; ');
}

/** What options say of a recipe, as a configuration file would say it. */
export function recipeValues(options: object): Values {
  let values: Values = {};
  for (const field of flaggedFields) {
    const given = valueAt(options, [camel(field.flag)]);
    if (given === undefined) continue;
    const [key = '', inner] = field.path;
    const group = values[key];
    if (inner !== undefined && (group === false || group === null)) throw refusedGroup(key, field);
    const value = given === 0 && canBeNone(field) ? null : given;
    values = { ...values, [key]: inner === undefined ? value : { ...(isValues(group) ? group : {}), [inner]: value } };
  }
  return values;
}

function refusedGroup(key: string, { flag, path }: FlaggedField): UsageError {
  return new UsageError(
    said`--no-${flagOf([key]) ?? key} and ${{ recipe: path }} exclude each other (--${flag} is a part of it)`,
    {
      code: 'settings-exclude-each-other',
    },
  );
}

/** A count that may be null, which is written `--early-stop 0` or `--no-early-stop`. */
function canBeNone({ kind, schema }: FlaggedField): boolean {
  return kind === 'whole' && schema.safeParse(null).success;
}
