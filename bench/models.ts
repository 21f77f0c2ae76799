/** What is measured: models, how they are trained, and the images that they are given. */
import { z } from 'zod';
import { fashionMnistReport as experiment } from '../experiments/index.ts';
import { catalogue } from '../graphs/models/catalogue.ts';
import type { ImageShape, Model, ModelDefinition } from '../graphs/models/model.ts';
import type { TargetName } from '../graphs/targets/compile.ts';
import { loadManifest, type Manifest, manifestShape } from '../src/data/manifest.ts';
import { resolveRecipe } from '../src/recipe/resolve.ts';
import { resolveForData } from '../src/recipe/resolve-for-data.ts';
import { type ResolvedRecipe, resolvedRecipeSchema } from '../src/recipe/schema.ts';
import { type ProgramSet, programsOf } from '../src/runtime/programs.ts';

/** Models with their recipes, on images of one size. */
export interface BenchSubject {
  readonly shape: ImageShape;
  readonly classes: number;
  readonly recipes: Readonly<Record<string, ResolvedRecipe>>;
  /** Whether an epoch reads its images from a file, as those of pictures do, or has them in memory. */
  readonly inFile: boolean;
}

const size = z.int().positive();

/** As the harness writes it for its peers. */
export const subjectSchema: z.ZodType<BenchSubject> = z.strictObject({
  shape: z.strictObject({ channels: size, height: size, width: size }),
  classes: size,
  recipes: z.record(z.string(), resolvedRecipeSchema),
  inFile: z.boolean(),
});

/** The models' names, in the experiment's order. */
export const benchModels: readonly string[] = Object.keys(experiment.models);

/** The data set that all peers are given. */
export const benchManifest: Manifest = await loadManifest(experiment.data);
export const benchShape: ImageShape = manifestShape(benchManifest);
export const benchClasses = benchManifest.classes.length;

/**
 * The models of the published experiment on images of its data set's size: what all peers have, because those that are other
 * libraries have these networks written out by hand.
 */
export const publishedSubject: BenchSubject = {
  shape: benchShape,
  classes: benchClasses,
  recipes: Object.fromEntries(benchModels.map((name) => [name, publishedRecipe(name)])),
  inFile: false,
};

function definitionOf(name: string): ModelDefinition {
  const found = catalogue.find((definition) => definition.name === name);
  if (found) return found;
  throw new Error(`internal: the benchmark has no model '${name}'`);
}

function publishedRecipe(name: string): ResolvedRecipe {
  const base = experiment.models[name]?.recipe;
  if (base)
    return resolveForData(resolveRecipe({ model: definitionOf(name), base, knownModels: benchModels }), benchShape);
  throw new Error(`internal: the benchmark has no recipe of model '${name}'`);
}

/** How a model is trained. */
export function benchRecipe(
  name: string,
  { recipes }: Pick<BenchSubject, 'recipes'> = publishedSubject,
): ResolvedRecipe {
  const recipe = recipes[name];
  if (recipe) return recipe;
  throw new Error(`internal: the benchmark has no recipe of model '${name}'`);
}

export function benchTitle(name: string): string {
  return experiment.models[name]?.title ?? name;
}

/** A model with its recipe's dropout, or another; `width` multiplies the channels of its convolutions. */
export function benchModel(
  name: string,
  dropout: readonly number[],
  factor = 1,
  { shape, classes }: Pick<BenchSubject, 'shape' | 'classes'> = publishedSubject,
): Model {
  // Only some models have widths; all have dropout.
  return definitionOf(name).build(shape, classes, factor === 1 ? { dropout } : { dropout, width: factor });
}

/** The compiled programs of a model under a recipe. */
export function benchPrograms(
  name: string,
  recipe: ResolvedRecipe,
  target: TargetName,
  factor?: number,
  subject: BenchSubject = publishedSubject,
): ProgramSet {
  return programsOf(benchModel(name, recipe.dropout, factor, subject), recipe, target);
}
