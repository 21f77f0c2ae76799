import type { Field, Fields } from './field.ts';
import { type RecipeField, recipeFields } from './schema.ts';

/** A field that has an option of its own, and where its value stands in a recipe: ['optimizer', 'lr']. */
export interface FlaggedField extends Field {
  readonly flag: string;
  readonly path: readonly string[];
}

/** The fields that have an option, each option once: `lr` stands in every optimizer. */
export const flaggedFields: readonly FlaggedField[] = [
  ...new Map(everyField().map((field) => [field.flag, field])).values(),
];

/** The option that sets this part of a recipe, or the list that it is an element of: `dropout[1]`. */
export function flagOf(path: readonly PropertyKey[]): string | undefined {
  return flaggedFields.find(({ path: known }) => known.every((key, depth) => key === path[depth]))?.flag;
}

function everyField(): readonly FlaggedField[] {
  return Object.entries<RecipeField>(recipeFields).flatMap(([key, top]) => [
    ...flagged(top, top.variants === undefined ? [key] : [key, 'name']),
    ...inside(key, top.fields ?? {}, top.absent),
    ...Object.values(top.variants ?? {}).flatMap(({ fields }) => inside(key, fields)),
  ]);
}

/** A group that is absent as a whole is absent in all its parts. */
function inside(group: string, fields: Fields, absent?: string): readonly FlaggedField[] {
  return Object.entries(fields).flatMap(([key, field]) =>
    flagged(absent === undefined ? field : { absent, ...field }, [group, key]),
  );
}

function flagged(field: Field, path: readonly string[]): readonly FlaggedField[] {
  const { flag } = field;
  return flag === null ? [] : [{ ...field, flag, path }];
}
