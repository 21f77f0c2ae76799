import { catalogue } from '../../graphs/models/catalogue.ts';
import { renamed } from '../../graphs/models/define-model.ts';
import type { ModelDefinition } from '../../graphs/models/model.ts';
import { UsageError } from '../errors.ts';
import type { Experiment, ExperimentModel } from '../experiment.ts';
import { defaultRecipe } from '../recipe/defaults.ts';
import { resolveRecipe } from '../recipe/resolve.ts';
import type { Recipe } from '../recipe/schema.ts';
import { didYouMean } from '../text/nearest.ts';

/** Part of a recipe, to any depth. */
export type PartialRecipe = { readonly [Key in keyof Recipe]?: Recipe[Key] | PartialGroup<Recipe[Key]> };
type PartialGroup<Value> = Value extends readonly unknown[] ? Value : Value extends object ? Partial<Value> : Value;

/** What an experiment says of one model; all of it may be left out. */
export interface ExperimentModelDefinition extends Omit<ExperimentModel, 'title' | 'recipe'> {
  /** What reports call it; by default its name and the title of its definition. */
  readonly title?: string;
  /** What differs from the default recipe. */
  readonly recipe?: PartialRecipe;
}

/** An experiment as somebody writes it down. */
export interface ExperimentDefinition extends Omit<Experiment, 'title' | 'models'> {
  /** The name by default. */
  readonly title?: string;
  /** By the names under which they are trained: those of the catalogue, and any other for a model of one's own. */
  readonly models: Readonly<Record<string, ExperimentModelDefinition>>;
}

/**
 * An experiment: models of one's own and of the catalogue, each with the recipe that it is trained by, on one data set.
 *
 * @throws UsageError where a name stands for no model; RecipeError where a recipe is wrong, or does not fit its model
 * @example
 * ```ts
 * export default defineExperiment({
 *   name: 'first',
 *   data: 'fashion-mnist',
 *   models: {
 *     small: { model: small, recipe: { epochs: 3, optimizer: { lr: 0.003 } } },
 *     m2: { recipe: { epochs: 3 } },
 *   },
 * });
 * ```
 */
export function defineExperiment(definition: ExperimentDefinition): Experiment {
  const { title = definition.name, models } = definition;
  const entries = Object.entries(models).map(([name, entry]) => [name, filled(name, entry)] as const);
  return { ...definition, title, models: Object.fromEntries(entries) };
}

function filled(name: string, { title, recipe = {}, model, ...rest }: ExperimentModelDefinition): ExperimentModel {
  const definition = definitionOf(name, model);
  const file = { path: `models.${name}.recipe`, recipe };
  const subject = { model: definition, base: defaultRecipe, knownModels: [name] };
  return {
    ...rest,
    title: title ?? `${name}, ${definition.title}`,
    recipe: resolveRecipe(subject, { file }),
    ...(model === undefined ? {} : { model: definition }),
  };
}

function definitionOf(name: string, own: ModelDefinition | undefined): ModelDefinition {
  const known = catalogue.find((model) => model.name === name);
  if (own !== undefined) {
    if (known === undefined) return renamed(own, name);
    throw new UsageError(`models.${name}: '${name}' is a model of the catalogue; give your own another name.`, {
      code: 'unknown-name',
    });
  }
  if (known !== undefined) return known;
  const names = catalogue.map((model) => model.name);
  throw new UsageError(
    `models.${name}: there is no model '${name}'${didYouMean(name, names)} The catalogue has: ${names.join(', ')}. One of your own stands beside its recipe: { model: defineModel(…), recipe }.`,
    { code: 'unknown-name' },
  );
}
