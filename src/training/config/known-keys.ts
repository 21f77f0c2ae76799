import type { z } from 'zod';
import { nearest } from '../../text/nearest.ts';
import { optimizerSchemas, recipeShape, scheduleSchemas } from './recipe-schema.ts';
import { type Values, valueAt } from './values.ts';

const variants: Readonly<Record<string, Readonly<Record<string, z.ZodObject>>>> = {
  optimizer: optimizerSchemas,
  schedule: scheduleSchemas,
};
const groups: Readonly<Record<string, Values>> = {
  normalization: recipeShape.normalization.shape,
  augmentation: recipeShape.augmentation.unwrap().shape,
};

/**
 * What helps a person who wrote an unknown key: the nearest known one, or whom the key belongs to, or what there is.
 *
 * @param path the key's group, empty for the top
 * @param recipe the merged recipe, whose optimizer and schedule decide which keys there are
 */
export function keyHint(path: readonly string[], key: string, recipe: Values): string {
  const [group = ''] = path;
  const family = Object.entries(variants[group] ?? {});
  const owners = family.filter(([, schema]) => Object.hasOwn(schema.shape, key)).map(([name]) => `'${name}'`);
  if (owners.length > 0) {
    const current = String(valueAt(recipe, [group, 'name']));
    return `${group} '${current}' has no ${key}, it belongs to ${owners.join(' and ')}: choose that or leave it out`;
  }
  const siblings = keysOf(group, recipe).map((name) => (group === '' ? name : `${group}.${name}`));
  const near = nearest(key, siblings) ?? nearest(key, knownPaths(recipe));
  return near === undefined ? `known keys: ${siblings.join(', ')}` : `did you mean '${near}'?`;
}

function keysOf(group: string, recipe: Values): readonly string[] {
  if (group === '') return Object.keys(recipeShape);
  const name = valueAt(recipe, [group, 'name']);
  const variant = typeof name === 'string' ? variants[group]?.[name]?.shape : undefined;
  return Object.keys(variant ?? groups[group] ?? {});
}

function knownPaths(recipe: Values): readonly string[] {
  return Object.keys(recipeShape).flatMap((key) => [key, ...keysOf(key, recipe).map((inner) => `${key}.${inner}`)]);
}
