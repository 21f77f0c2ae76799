import type { Recipe } from '../graphs/models/recipe.ts';

/** An experiment as data: what belongs to it and to no other. General code is given one, or none. */
export interface Experiment {
  readonly name: string;
  readonly title: string;
  /** The name of its data set. */
  readonly data: string;
  /** Its models by their names in the catalogue, in the order in which it tells of them. */
  readonly models: Readonly<Record<string, ExperimentModel>>;
}

/** What an experiment says of a model. */
export interface ExperimentModel {
  /** What it calls the model: `Model 1, baseline`; what stands before a comma is the short form. */
  readonly title: string;
  readonly recipe: Recipe;
  /** Its figures of activation maps, each of some layers. */
  readonly figures?: readonly LayerFigure[];
}

export interface LayerFigure {
  /** Taps. */
  readonly layers: readonly string[];
  readonly caption: string;
}
