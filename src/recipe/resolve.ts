import { nearest } from '../text/nearest.ts';
import type { ConfigFile } from './config-file.ts';
import { type Base, mergeRecipe } from './merge.ts';
import { type Problem, problemsOf } from './problems.ts';
import { type Origin, RecipeError, type RecipeProblem } from './recipe-error.ts';
import { type ModelRecipe, type Recipe, recipeSchema } from './schema.ts';
import { isValues, show, type Values, valueAt } from './values.ts';

/** What lies over a recipe. The highest layer that sets a key wins: `options` over `file`. */
export interface RecipeLayers {
  /** What `parseConfigFile` read. */
  readonly file?: ConfigFile | undefined;
  /** Part of a recipe, as a file would have it: { optimizer: { lr: 0.1 } }. */
  readonly options?: Values | undefined;
}

/** What a recipe is resolved for. */
export interface RecipeSubject {
  readonly model: {
    readonly name: string;
    /** Rates of the model's dropout layers, in order, where nobody says others. */
    readonly dropout: readonly number[];
  };
  /** The recipe below all layers: the experiment's for this model, or the default one (`recipeFor`). */
  readonly base: Recipe;
  /** Names of all models, so that a file for another one can be told from a file with a misspelled one. */
  readonly knownModels: readonly string[];
}

/**
 * The recipe of a run: the base recipe, under what the configuration file says, under what the options say. A resolved
 * recipe resolves to itself.
 *
 * - A number as `dropout` is the rate of every dropout layer, null stands for the model's own rates.
 * - A number as mean or standard deviation is that of every channel; `augmentation` may be true or false.
 * - Another optimizer or schedule starts from its own defaults, but keeps the learning rate.
 * - In `one-cycle`, the learning rate is the peak: a layer that sets `lr` sets `maxLr` too, unless it has its own.
 * - With fewer epochs than the base recipe, a warm-up that nobody set takes half of them at most.
 *
 * @throws RecipeError with all that is wrong: unknown keys, impossible values, another model's file
 */
export function resolveRecipe({ model, base, knownModels }: RecipeSubject, layers: RecipeLayers = {}): ModelRecipe {
  const from: Base = { recipe: base, dropout: model.dropout };
  const { file } = layers;
  const merged = mergeRecipe(
    from,
    layersOf(layers).map(({ values }) => values),
  );
  const problems = [
    ...(file ? fileProblems(file, model.name, knownModels) : []),
    ...problemsOf(merged, model.name, model.dropout.length).map((problem) => locate(problem, merged, layers)),
  ];
  if (problems.length > 0) throw new RecipeError(problems);
  const recipe = recipeSchema.parse(merged);
  return { ...recipe, dropout: recipe.dropout ?? model.dropout };
}

function fileProblems(
  { path, model, recipe }: ConfigFile,
  asked: string,
  knownModels: readonly string[],
): readonly RecipeProblem[] {
  const whole = { path: [], kind: 'value', layer: 'file', file: path } as const;
  const problems: RecipeProblem[] = [];
  if (model !== undefined && model !== asked) {
    const known = typeof model === 'string' && knownModels.includes(model);
    const near = typeof model === 'string' ? nearest(model, knownModels) : undefined;
    const advice = known
      ? `train '${model}' with it, or use another file`
      : `there are ${knownModels.join(', ')}${near === undefined ? '' : `; did you mean '${near}'?`}`;
    problems.push({ ...whole, text: ` is for model ${show(model)}, but '${asked}' was asked for; ${advice}` });
  }
  if (!isValues(recipe)) {
    problems.push({ ...whole, text: `: expected an object such as {"epochs": 3}, got ${show(recipe)}` });
  }
  return problems;
}

interface Layer {
  readonly origin: Origin;
  readonly values: Values;
}

/** The layers that there are, the highest last. */
function layersOf({ file, options }: RecipeLayers): readonly Layer[] {
  const layers: Layer[] = [];
  if (file) layers.push({ origin: { layer: 'file', file: file.path }, values: valuesOf(file.recipe) });
  if (options) layers.push({ origin: { layer: 'options' }, values: options });
  return layers;
}

function valuesOf(recipe: unknown): Values {
  return isValues(recipe) ? recipe : {};
}

/**
 * A problem with where it was written: in the highest layer that sets the value, since that one counts. A value that is
 * missing is missed in the layer that sets the rest of its group.
 *
 * @param recipe the merged recipe that the problem was found in
 */
export function locate(problem: Problem, recipe: Values, layers: RecipeLayers): RecipeProblem {
  const { path } = problem;
  const isMissing = valueAt(recipe, path) === undefined;
  for (const { origin, values } of layersOf(layers).toReversed()) {
    const written = isMissing ? pathIn(values, path.slice(0, -1)) && path : pathIn(values, path);
    if (written !== undefined) return { ...problem, ...origin, path: written };
  }
  return { ...problem, layer: 'base' };
}

/**
 * How a layer writes a path of the merged recipe, undefined where it does not set it: a single value in place of a group
 * or a list (`"dropout": 0.1`) sets every part.
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
