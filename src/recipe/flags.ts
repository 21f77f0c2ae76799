import type { Field, Fields } from './field.ts';
import { type RecipeField, recipeFields } from './schema.ts';

/** An optimizer or a schedule that has a field. */
export interface Owner {
  readonly name: string;
  /** The field's value where nobody says another, as text. */
  readonly usual: string;
}

/** A field that has an option of its own, and where its value stands in a recipe: ['optimizer', 'lr']. */
export type FlaggedField = Field & {
  readonly flag: string;
  readonly path: readonly string[];
  /** Those that have it, where not all of its group do or they have other defaults; empty for a field of every recipe. */
  readonly owners: readonly Owner[];
};

/** The fields that have an option, each option once: `lr` stands in every optimizer. */
export const flaggedFields: readonly FlaggedField[] = onceEach(everyField());

/** The option that sets this part of a recipe, or the list or group that it is a part of: `dropout[1]`. */
export function flagOf(path: readonly PropertyKey[]): string | undefined {
  const fitting = flaggedFields.filter(({ path: known }) => known.every((key, depth) => key === path[depth]));
  return fitting.toSorted((a, b) => b.path.length - a.path.length)[0]?.flag;
}

function everyField(): readonly FlaggedField[] {
  return Object.entries<RecipeField>(recipeFields).flatMap(([key, top]) => [
    ...flagged(top, top.variants === undefined ? [key] : [key, 'name']),
    ...inside(key, top.fields ?? {}, top.absent),
    ...Object.entries(top.variants ?? {}).flatMap(([name, { fields }]) =>
      inside(key, fields).map((field) => ({ ...field, owners: [{ name, usual: usualText(field) }] })),
    ),
  ]);
}

function onceEach(fields: readonly FlaggedField[]): readonly FlaggedField[] {
  const byFlag = new Map<string, FlaggedField>();
  for (const field of fields) {
    const before = byFlag.get(field.flag);
    byFlag.set(field.flag, { ...field, owners: [...(before?.owners ?? []), ...field.owners] });
  }
  return [...byFlag.values()].map((field) => (isOfAll(field) ? { ...field, owners: [] } : field));
}

/** Whether every optimizer, or every schedule, has the field with the same default. */
function isOfAll({ path: [group = ''], owners }: FlaggedField): boolean {
  const variants = Object.entries<RecipeField>(recipeFields).find(([key]) => key === group)?.[1].variants ?? {};
  return owners.length === Object.keys(variants).length && new Set(owners.map(({ usual }) => usual)).size === 1;
}

function usualText({ default: value, usual }: Field): string {
  return usual ?? String(value);
}

/** A group that is absent as a whole is absent in all its parts. */
function inside(group: string, fields: Fields, absent?: string): readonly FlaggedField[] {
  return Object.entries(fields).flatMap(([key, field]) =>
    flagged(absent === undefined ? field : { absent, ...field }, [group, key]),
  );
}

function flagged(field: Field, path: readonly string[]): readonly FlaggedField[] {
  const { flag } = field;
  return flag === null ? [] : [{ ...field, flag, path, owners: [] }];
}
