import { nearest } from '../text/nearest.ts';
import { type RecipeField, recipeFields } from './schema.ts';
import { isValues, type Values, valueAt } from './values.ts';

const table: Readonly<Record<string, RecipeField>> = recipeFields;

/**
 * What helps a person who wrote an unknown key: the nearest known one, or whom the key belongs to, or what there is.
 *
 * @param path the key's group, empty for the top
 * @param recipe the merged recipe, whose optimizer and schedule decide which keys there are
 */
export function keyHint(path: readonly string[], key: string, recipe: Values): string {
  const [group = ''] = path;
  const variants = Object.entries(tableEntry(group)?.variants ?? {});
  const owners = variants.filter(([, { fields }]) => Object.hasOwn(fields, key)).map(([name]) => `'${name}'`);
  if (owners.length > 0) {
    const current = String(valueAt(recipe, [group, 'name']));
    return `${group} '${current}' has no ${key}, it belongs to ${owners.join(' and ')}: choose that or leave it out`;
  }
  const siblings = keysOf(group, recipe).map((name) => (group === '' ? name : `${group}.${name}`));
  const near = nearest(key, siblings) ?? nearest(key, knownPaths(recipe));
  return near === undefined ? `known keys: ${siblings.join(', ')}` : `did you mean '${near}'?`;
}

function tableEntry(key: string): RecipeField | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function keysOf(group: string, recipe: Values): readonly string[] {
  if (group === '') return Object.keys(table);
  const { fields, variants } = tableEntry(group) ?? {};
  const name = valueAt(recipe, [group, 'name']);
  const variant = typeof name === 'string' ? valueAt(variants, [name, 'fields']) : undefined;
  return isValues(variant) ? ['name', ...Object.keys(variant)] : Object.keys(fields ?? {});
}

function knownPaths(recipe: Values): readonly string[] {
  return Object.keys(table).flatMap((key) => [key, ...keysOf(key, recipe).map((inner) => `${key}.${inner}`)]);
}
