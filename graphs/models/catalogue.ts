import { model1, recipe1 } from './m1.ts';
import { model2, recipe2 } from './m2.ts';
import type { Model } from './model.ts';
import type { Recipe } from './recipe.ts';

export interface CatalogueEntry {
  readonly title: string;
  /** Builds the model with its dropout rates, in order; `width` (1) multiplies the channels of its convolutions. */
  readonly build: (dropout: readonly number[], width?: number) => Model;
  readonly recipe: Recipe;
  /** Taps that the report draws (SPEC.md, figures 8 to 11). */
  readonly figures: readonly string[];
}

/** Every model that can be named on the command line. */
export const catalogue = {
  m1: {
    title: 'Model 1, baseline',
    build: model1,
    recipe: recipe1,
    figures: ['conv1', 'conv2'],
  },
  m2: {
    title: 'Model 2, deeper and regularised',
    build: model2,
    recipe: recipe2,
    figures: ['stage1.0', 'stage1', 'stage3'],
  },
} as const satisfies Readonly<Record<string, CatalogueEntry>>;

export type ModelName = keyof typeof catalogue;

export const modelNames: readonly ModelName[] = ['m1', 'm2'];

/** True where a model of that name exists. */
export function isModelName(name: string): name is ModelName {
  return Object.hasOwn(catalogue, name);
}

/** A model's entry, typed alike for all of them. */
export function entryOf(name: ModelName): CatalogueEntry {
  return catalogue[name];
}
