import { hasCode, messageOf, UsageError } from '../errors.ts';
import { readText } from '../files/json.ts';
import { parseJson } from '../files/parse-json.ts';
import { byteLimits } from '../files/regular.ts';
import { said, setting } from '../message.ts';
import { recipeFields } from './schema.ts';
import { isValues, show, type Values } from './values.ts';

/** A configuration file, read but not yet checked: `resolveRecipe` does that. */
export interface ConfigFile {
  /** Its name in messages. */
  readonly path: string;
  /** The model that the file says it is for, if it says. */
  readonly model?: unknown;
  /** A recipe, whole or in part. */
  readonly recipe: unknown;
  /** All that stands in a run's config.json, recipe and model included; undefined for a file with a recipe alone. */
  readonly recorded?: Values;
}

/**
 * Reads a configuration file: JSON with any keys of a recipe (and perhaps a `model`), or the config.json of a run
 * folder, which is then replayed.
 *
 * @throws UsageError where it cannot be read or is not JSON
 */
export async function parseConfigFile(path: string): Promise<ConfigFile> {
  const text = await readConfiguration(path);
  try {
    return configFrom(path, parseJson(text.replace(/^\uFEFF/, '')));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const advice = 'Expected an object such as {"epochs": 3, "optimizer": {"lr": 0.01}}.';
    throw new UsageError(`configuration '${path}' is not JSON: ${messageOf(error)}. ${advice}`, {
      code: 'file-damaged',
      cause: error,
    });
  }
}

async function readConfiguration(path: string): Promise<string> {
  try {
    return await readText(path, byteLimits.json);
  } catch (error) {
    const isAbsent = error instanceof Error && hasCode(error.cause, 'ENOENT');
    const reason = isAbsent ? 'it does not exist' : messageOf(error).replace(/\.$/, '');
    throw new UsageError(
      said`cannot read configuration '${path}': ${reason}. Check the path given to ${setting('configFile')}.`,
      {
        code: 'file-unusable',
        cause: error,
      },
    );
  }
}

/**
 * The configuration in a parsed file. One with the key `recipe` is a run folder's config.json: what else stands in it, such
 * as limits, is replayed with the recipe.
 *
 * @throws UsageError where keys of a recipe stand both in `recipe` and beside it
 */
export function configFrom(path: string, value: unknown): ConfigFile {
  if (!isValues(value)) return { path, recipe: value };
  if (!Object.hasOwn(value, 'recipe')) {
    const { model, ...recipe } = value;
    return { path, model, recipe };
  }
  const { model, recipe } = value;
  const beside = Object.keys(value).filter((key) => Object.hasOwn(recipeFields, key));
  if (beside.length === 0) return { path, model, recipe, recorded: value };
  throw new UsageError(
    `configuration '${path}' has ${beside.map(show).join(', ')} beside 'recipe': move them into 'recipe', or write the ` +
      `keys of a recipe without 'recipe' around them`,
    { code: 'invalid-recipe' },
  );
}
