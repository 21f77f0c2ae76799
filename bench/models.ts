/**
 * What is measured: the models of the published experiment on images of its data set's size, because the peers that are
 * other libraries have these networks written out by hand.
 */
import { fashionMnistReport as experiment } from '../experiments/index.ts';
import { catalogue } from '../graphs/models/catalogue.ts';
import type { ImageShape, Model, ModelDefinition } from '../graphs/models/model.ts';
import type { TargetName } from '../graphs/targets/compile.ts';
import { loadManifest, type Manifest, manifestShape } from '../src/data/manifest.ts';
import { resolveRecipe } from '../src/recipe/resolve.ts';
import { resolveForData } from '../src/recipe/resolve-for-data.ts';
import type { ResolvedRecipe } from '../src/recipe/schema.ts';
import { type ProgramSet, programsOf } from '../src/runtime/programs.ts';

/** The models' names, in the experiment's order. */
export const benchModels: readonly string[] = Object.keys(experiment.models);

/** The data set that all peers are given. */
export const benchManifest: Manifest = await loadManifest(experiment.data);
export const benchShape: ImageShape = manifestShape(benchManifest);
export const benchClasses = benchManifest.classes.length;

function definitionOf(name: string): ModelDefinition {
  const found = catalogue.find((definition) => definition.name === name);
  if (found) return found;
  throw new Error(`internal: the benchmark has no model '${name}'`);
}

/** How the experiment trains a model. */
export function benchRecipe(name: string): ResolvedRecipe {
  const base = experiment.models[name]?.recipe;
  if (base)
    return resolveForData(resolveRecipe({ model: definitionOf(name), base, knownModels: benchModels }), benchShape);
  throw new Error(`internal: the benchmark has no recipe of model '${name}'`);
}

export function benchTitle(name: string): string {
  return experiment.models[name]?.title ?? name;
}

/** A model with its recipe's dropout, or another; `width` multiplies the channels of its convolutions. */
export function benchModel(name: string, dropout: readonly number[], factor = 1): Model {
  return definitionOf(name).build(benchShape, benchClasses, { dropout, width: factor });
}

/** The compiled programs of a model under a recipe. */
export function benchPrograms(name: string, recipe: ResolvedRecipe, target: TargetName, factor?: number): ProgramSet {
  return programsOf(benchModel(name, recipe.dropout, factor), recipe, target);
}
