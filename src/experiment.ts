import type { ModelDefinition } from '../graphs/models/model.ts';
import type { Claims } from './evaluation/comparison/claim.ts';
import type { EvaluatedRun } from './evaluation/comparison/evaluated-run.ts';
import type { PairComparison } from './evaluation/comparison/pair.ts';
import type { PublishedReport } from './evaluation/published.ts';
import type { Recipe } from './recipe/schema.ts';
import type { Wording } from './report/document/wording.ts';

/**
 * An experiment as data: models with their recipes on one data set, and, where it repeats a published report, that
 * report's numbers, claims and list of figures. General code takes an experiment (or null) and imports none.
 */
export interface Experiment {
  readonly name: string;
  readonly title: string;
  /**
   * Name of its data set, or the path of a folder of pictures, a table or arrays, which counts from the folder of the file that it
   * stands in (in a program: from the working folder). Runs on other data are nothing of its numbers and claims.
   */
  readonly data: string;
  /** By the model's name in the catalogue, in the order in which reports show them. */
  readonly models: Readonly<Record<string, ExperimentModel>>;
  /** What the original report prints. */
  readonly published?: PublishedReport;
  /**
   * Checks the original report's claims.
   *
   * @param runs of the experiment's data set and its recipes, in the order of its models; others' models may be among them
   * @param compare the comparison of two of them, difference = second - first
   */
  readonly claims?: (
    runs: readonly EvaluatedRun[],
    compare: (first: EvaluatedRun, second: EvaluatedRun) => PairComparison,
  ) => Claims | Promise<Claims>;
  /** The report's own sentences. */
  readonly introduction?: Introduction;
  /**
   * By how much the accuracies of two networks differ that are trained alike but for their seeds, as a share, and where that
   * was measured: `in PyTorch`. Said beside comparisons of single runs; no verdict rests on it.
   */
  readonly seedVariation?: { readonly value: number; readonly source: string };
}

/** What an experiment says of one model. */
export interface ExperimentModel {
  /** The report's name of it, then what it is: `Model 1, baseline`. The words before the first comma are its label. */
  readonly title: string;
  readonly recipe: Recipe;
  /** One's own, where the catalogue has none of that name. */
  readonly model?: ModelDefinition;
  /** The figures of activation maps, in their order; without, each layer that the model names has one. */
  readonly figures?: readonly LayerFigure[];
}

/** Layers whose activation maps one figure shows. */
export interface LayerFigure {
  /** Taps of the model: `conv1`. */
  readonly layers: readonly string[];
  /** What is seen, without an end: `first and second convolution`. */
  readonly caption: Wording;
}

/** Sentences of an experiment's report that no run can tell by itself. */
export interface Introduction {
  /** How the networks came about and what they are held against: goes on after `Convolutional networks, `. */
  readonly approach: string;
  /** What the models' divisions of the data have in common: goes on after the counts of images. */
  readonly division?: string;
}

/** The models that an experiment brings of its own. */
export function ownModels(experiment: Experiment | null | undefined): readonly ModelDefinition[] {
  return Object.values(experiment?.models ?? {}).flatMap(({ model }) => model ?? []);
}
