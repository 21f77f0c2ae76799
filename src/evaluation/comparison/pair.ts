import { stream } from '../../random/streams.ts';
import type { Predictions } from '../predictions.ts';
import { holm } from '../statistics.ts';
import { type Difference, pairedBootstrap } from '../statistics-bootstrap.ts';
import { type Agreement, agreement, agreementByClass, pairUp } from '../statistics-paired.ts';
import { randomizationTest } from './randomization.ts';

/** What a difference is called real at, everywhere in the comparison. */
export const significance = 0.05;

/** Of bootstrap and randomization test alike. */
export const defaultResamples = 10_000;

/** A difference with its 95 % bootstrap interval and the p-value of a paired test. */
export interface TestedDifference extends Difference {
  readonly pValue: number;
}

/** One of several tests: the adjusted value is the one to judge by. */
export interface CorrectedDifference extends TestedDifference {
  /** After Holm's correction over all classes. The interval is not corrected. */
  readonly adjustedPValue: number;
}

export interface ClassComparison {
  readonly name: string;
  readonly support: number;
  /** McNemar's exact test on the images of the class. */
  readonly recall: CorrectedDifference;
  /** Randomization test. */
  readonly f1: CorrectedDifference;
}

/** Two runs on the same images; every difference is second - first. */
export interface PairComparison {
  readonly first: string;
  readonly second: string;
  readonly count: number;
  readonly agreement: Agreement;
  /** McNemar's exact test. */
  readonly accuracy: TestedDifference;
  /** Randomization test. */
  readonly macroF1: TestedDifference;
  readonly classes: readonly ClassComparison[];
}

export interface ComparisonOptions {
  /** Of the resamples; the same seed gives the same intervals. Default 0. */
  readonly seed?: number;
  /** Default 10,000. */
  readonly resamples?: number;
}

/** One side of a comparison. */
export interface Compared {
  readonly label: string;
  readonly predictions: Predictions;
}

/**
 * Compares two runs' answers to the same images.
 *
 * @throws AtelierError where they are not about the same images and classes
 */
export function comparePair(first: Compared, second: Compared, options: ComparisonOptions = {}): PairComparison {
  const { seed = 0, resamples = defaultResamples } = options;
  const pair = pairUp(first.predictions, second.predictions);
  const draws = (name: string) => {
    const source = stream(seed, name);
    return { nextUint32: () => source.nextUint32(), resamples };
  };
  const bootstrap = pairedBootstrap(pair, draws('comparison.bootstrap'));
  const f1Tests = randomizationTest(pair, draws('comparison.randomization'));
  const adjustedF1 = holm(f1Tests.classes);
  const recallTests = agreementByClass(pair);
  const overall = agreement(pair);
  return {
    first: first.label,
    second: second.label,
    count: pair.labels.length,
    agreement: overall,
    accuracy: { ...bootstrap.accuracy, pValue: overall.pValue },
    macroF1: { ...bootstrap.macroF1, pValue: f1Tests.macroF1 },
    classes: bootstrap.classes.map(({ name, recall, f1 }, index) => ({
      name,
      support: pair.labels.filter((label) => label === index).length,
      recall: {
        ...recall,
        pValue: recallTests[index]?.pValue ?? 1,
        adjustedPValue: recallTests[index]?.adjustedPValue ?? 1,
      },
      f1: { ...f1, pValue: f1Tests.classes[index] ?? 1, adjustedPValue: adjustedF1[index] ?? 1 },
    })),
  };
}

/** True where a difference is real beyond chance, by its corrected p-value where it is one of several. */
export function isReal(difference: TestedDifference | CorrectedDifference): boolean {
  return ('adjustedPValue' in difference ? difference.adjustedPValue : difference.pValue) < significance;
}
