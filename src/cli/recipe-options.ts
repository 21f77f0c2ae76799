import { defaultRecipe } from '../recipe/defaults.ts';
import type { Kind } from '../recipe/field.ts';
import { type FlaggedField, flaggedFields } from '../recipe/flags.ts';
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

/** The options that change a recipe: the fields that have one, with their types, descriptions and defaults. */
export const recipeOptions = optionsOf(flaggedFields);

function optionsOf(fields: readonly FlaggedField[]): Readonly<Record<RecipeFlag, Option>>;
function optionsOf(fields: readonly FlaggedField[]): Readonly<Record<string, Option>> {
  return Object.fromEntries(fields.map((field) => [field.flag, optionOf(field)]));
}

function optionOf(field: FlaggedField): Option {
  const { kind, alias, absent, path } = field;
  const usual = valueAt(defaultRecipe, path) ?? absent;
  const defaultText = usual === undefined ? undefined : String(usual);
  return {
    type: types[kind],
    description: describe(field),
    heading: 'Recipe (the defaults are those of a model without a recipe of its own):',
    ...(alias === undefined ? {} : { alias }),
    ...(defaultText === undefined ? {} : { defaultText }),
    ...(canBeNone(field) ? { refusable: true } : {}),
  };
}

/** A field's description, with what can be written for it. */
function describe(field: FlaggedField): string {
  const { kind, flag, description, choices = [], absent = 'none' } = field;
  if (kind === 'choice') return `${description}: ${choices.join(', ')}`;
  if (kind === 'switch') return `${description}; --no-${flag}: ${absent}`;
  return canBeNone(field) ? `${description}; 0 or --no-${flag}: ${absent}` : description;
}

/** What options say of a recipe, as a configuration file would say it. */
export function recipeValues(options: object): Values {
  let values: Values = {};
  for (const field of flaggedFields) {
    const given = valueAt(options, [camel(field.flag)]);
    if (given === undefined) continue;
    const [key = '', inner] = field.path;
    const group = values[key];
    const value = given === 0 && canBeNone(field) ? null : given;
    values = { ...values, [key]: inner === undefined ? value : { ...(isValues(group) ? group : {}), [inner]: value } };
  }
  return values;
}

/** A count that may be null, which is written `--early-stop 0` or `--no-early-stop`. */
function canBeNone({ kind, schema }: FlaggedField): boolean {
  return kind === 'whole' && schema.safeParse(null).success;
}
