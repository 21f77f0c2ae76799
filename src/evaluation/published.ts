import type { SplitName } from '../data/dataset.ts';

/** One row of a published classification report. */
export interface PublishedClass {
  readonly name: string;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Images of the class that the numbers are about. */
  readonly support: number;
}

/** What a published report prints of one model. */
export interface PublishedModel {
  readonly accuracy: number;
  readonly macroF1: number;
  readonly weightedF1: number;
  readonly classes: readonly PublishedClass[];
}

/** The numbers that an original report prints: data that any run of the same models can be held against. */
export interface PublishedReport {
  /** Which images they are about. */
  readonly split: SplitName;
  /** Names of the classes, in the order of their numbers; those of every model. */
  readonly classes: readonly string[];
  /** How far a printed number may be off: half a unit of its last digit. */
  readonly rounding: number;
  /** By the model's name in the catalogue; a model without an entry has nothing published. */
  readonly models: Readonly<Record<string, PublishedModel>>;
}
