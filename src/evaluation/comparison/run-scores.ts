import { sum } from '../confusion.ts';
import type { Metrics } from '../metrics.ts';
import {
  balancedAccuracyEstimate,
  type ClassEstimates,
  classEstimates,
  type Estimate,
  meanF1Estimate,
  proportion,
} from './intervals.ts';

/** What one run reached, each with a 95 % interval. */
export interface RunScores {
  /** Wilson. */
  readonly accuracy: Estimate;
  /** Delta method, also the next two. */
  readonly balancedAccuracy: Estimate;
  readonly macroF1: Estimate;
  readonly weightedF1: Estimate;
  /** Wilson; F1 through the proportion that it is a function of. */
  readonly classes: readonly ClassEstimates[];
}

/** A run's scores with their intervals, from its counts. */
export function runScores({ confusion, classes, count }: Metrics): RunScores {
  const names = classes.map(({ name }) => name);
  return {
    accuracy: proportion(sum(confusion.map((row, index) => row[index] ?? 0)), count),
    balancedAccuracy: balancedAccuracyEstimate(confusion),
    macroF1: meanF1Estimate(
      confusion,
      classes.map(() => 1 / classes.length),
    ),
    weightedF1: meanF1Estimate(
      confusion,
      classes.map(({ support }) => support / count),
    ),
    classes: classEstimates(confusion, names),
  };
}
