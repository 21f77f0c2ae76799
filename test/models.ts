/** The models as the tests ask for them: by name, for the images and classes that the published experiment has. */
import { fashionMnistReport } from '../experiments/index.ts';
import { catalogue } from '../graphs/models/catalogue.ts';
import type { Model, ModelDefinition } from '../graphs/models/model.ts';
import type { Normalization } from '../graphs/programs/preprocess.ts';
import type { TargetName } from '../graphs/targets/compile.ts';
import { type Context, defaultContext } from '../src/context.ts';
import { resolveRecipe } from '../src/recipe/resolve.ts';
import { resolveForData } from '../src/recipe/resolve-for-data.ts';
import type { ResolvedRecipe } from '../src/recipe/schema.ts';
import { type ProgramSet, programsOf as programsOfModel } from '../src/runtime/programs.ts';
import { silent } from './silent.ts';

export const modelNames = ['m1', 'm2'] as const;
export type ModelName = (typeof modelNames)[number];

/** One grey channel, ten classes. */
export const imageShape = { channels: 1, height: 28, width: 28 } as const;
export const classCount = 10;
export const classNames = 'T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot'.split(',');

export interface ModelEntry {
  readonly definition: ModelDefinition;
  readonly recipe: ResolvedRecipe;
  /** The recipe's, one number per channel. */
  readonly normalization: Normalization;
  readonly build: (dropout: readonly number[], width?: number) => Model;
}

export function entryOf(name: ModelName): ModelEntry {
  const definition = catalogue.find((one) => one.name === name);
  const base = fashionMnistReport.models[name]?.recipe;
  if (!definition || !base) throw new Error(`no model '${name}'`);
  const recipe = resolveForData(resolveRecipe({ model: definition, base, knownModels: modelNames }), imageShape);
  return {
    definition,
    recipe,
    normalization: recipe.normalization,
    build: (dropout, width = 1) => definition.build(imageShape, classCount, { dropout, width }),
  };
}

export function programsOf(name: ModelName, recipe: ResolvedRecipe, target: TargetName, width?: number): ProgramSet {
  return programsOfModel(entryOf(name).build(recipe.dropout, width), recipe, target);
}

/** What the command line works with, but silent. */
export const context: Context = { ...defaultContext(silent), experiment: fashionMnistReport };
