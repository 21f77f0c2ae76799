import type { Recipe } from '../../../graphs/models/recipe.ts';
import { UsageError } from '../../errors.ts';
import { nearest } from '../../text/nearest.ts';
import type { ConfigFile } from './config-file.ts';
import { mergeRecipe } from './merge.ts';
import { optionFor, optionValues, type RecipeOptions } from './options.ts';
import { type Problem, problemsOf } from './problems.ts';
import { recipeSchema } from './recipe-schema.ts';
import { dotted, isValues, show, type Values } from './values.ts';

/** Whose recipe it is. */
export interface RecipeOwner {
  readonly model: string;
  /** The model's own recipe. */
  readonly base: Recipe;
  /** The names of all models. */
  readonly models: readonly string[];
}

export interface RecipeLayers {
  /** What `parseConfigFile` read. */
  readonly file?: ConfigFile | undefined;
  readonly options?: RecipeOptions | undefined;
}

/** Where a part of the recipe was written, and how a problem with that part is told. */
interface Layer {
  readonly values: Values;
  readonly tell: (problem: Problem) => string;
}

/**
 * The recipe of a run: the model's own, under what the configuration file says, under what the command line says. A
 * resolved recipe resolves to itself.
 *
 * - A number as `dropout` is the rate of every dropout layer; `augmentation` may be true or false.
 * - Another optimizer or schedule starts from its own defaults (`defaults.ts`), but keeps the learning rate.
 * - In `one-cycle`, the learning rate is the peak: a layer that sets `lr` sets `maxLr` too, unless it has its own.
 *
 * @throws UsageError with one line for each thing that is wrong: unknown keys, impossible values, another model's file
 */
export function resolveRecipe({ model, base, models }: RecipeOwner, { file, options }: RecipeLayers = {}): Recipe {
  const layers = [...(file ? [fileLayer(file)] : []), ...(options ? [optionLayer(options)] : [])];
  const merged = mergeRecipe(
    base,
    layers.map(({ values }) => values),
  );
  const problems = problemsOf(merged, model, base.dropout.length);
  const lines = [
    ...(file ? fileProblems(file, model, models) : []),
    ...problems.map((problem) => tell(problem, layers)),
  ];
  if (lines.length > 0) throw new UsageError([...new Set(lines)].join('\n'));
  return recipeSchema.parse(merged);
}

function fileLayer({ path, recipe }: ConfigFile): Layer {
  return {
    values: isValues(recipe) ? recipe : {},
    tell: (problem) =>
      problem.kind === 'unknown'
        ? `unknown key '${dotted(problem.path)}' in configuration '${path}'; ${problem.text}`
        : `'${dotted(problem.path)}' in configuration '${path}': ${problem.text}`,
  };
}

function optionLayer(options: RecipeOptions): Layer {
  return {
    values: optionValues(options),
    tell: ({ path, text }) => `--${optionFor(dotted(path)) ?? dotted(path)}: ${text}`,
  };
}

function fileProblems(
  { path, model, recipe }: ConfigFile,
  asked: string,
  models: readonly string[],
): readonly string[] {
  const lines: string[] = [];
  if (model !== undefined && model !== asked) {
    const known = typeof model === 'string' && models.includes(model);
    const near = typeof model === 'string' ? nearest(model, models) : undefined;
    const advice = known
      ? `train '${model}' with it, or use another file`
      : `there are ${models.join(', ')}${near === undefined ? '' : `; did you mean '${near}'?`}`;
    lines.push(`configuration '${path}' is for model ${show(model)}, but '${asked}' was asked for; ${advice}`);
  }
  if (!isValues(recipe)) {
    lines.push(`configuration '${path}': expected an object such as {"epochs": 3}, got ${show(recipe)}`);
  }
  return lines;
}

/** Told by the uppermost layer that speaks of the thing, since that is the one that counts. */
function tell(problem: Problem, layers: readonly Layer[]): string {
  for (const layer of layers.toReversed()) {
    const path = pathIn(layer.values, problem.path);
    if (path !== undefined) return layer.tell({ ...problem, path });
  }
  return `'${dotted(problem.path)}' in the model's own recipe: ${problem.text}`;
}

/**
 * How a layer writes a path of the merged recipe, undefined where it says nothing of it: a single value in place of a
 * group or a list (`"dropout": 0.1`) speaks of every part.
 */
function pathIn(values: Values, path: readonly PropertyKey[]): readonly PropertyKey[] | undefined {
  let value: unknown = values;
  for (const [depth, key] of path.entries()) {
    if (typeof value !== 'object' || value === null) return value === undefined ? undefined : path.slice(0, depth);
    if (!Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value === undefined ? undefined : path;
}
