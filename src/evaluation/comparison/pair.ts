import { stream } from '../../random/streams.ts';
import type { Predictions } from '../predictions.ts';
import { holm } from '../statistics.ts';
import { Bootstrap, type BootstrapComparison, type Difference } from '../statistics-bootstrap.ts';
import { type Agreement, agreement, agreementByClass, pairUp } from '../statistics-paired.ts';
import { randomizationTest } from './randomization.ts';
import { type SeedChance, unmeasured } from './seed-chance.ts';

/** What a difference is called real at, everywhere in the comparison. */
export const significance = 0.05;

/** Of bootstrap and randomization test alike. */
export const defaultResamples = 10_000;

/** A difference with its 95 % bootstrap interval and the p-value of a paired test. */
export interface TestedDifference extends Difference {
  readonly pValue: number;
  /** How much two runs must differ for another seed not to explain it; null where these runs do not tell. */
  readonly seedChance: number | null;
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

export interface Resampling {
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

/** The resamples of images that some runs answered to: drawn once, whichever of the runs are then compared. */
export class SharedResamples {
  readonly #bootstrap: Bootstrap;
  readonly #runs: readonly Compared[];

  /** @throws AtelierError where the runs are not about the same images and classes */
  constructor(
    runs: readonly [Compared, ...(readonly Compared[])],
    { seed = 0, resamples = defaultResamples }: Resampling,
  ) {
    const [{ predictions: first }, ...others] = runs;
    const pairs = others.map(({ predictions }) => pairUp(first, predictions));
    const { classNames, labels, predicted } = first;
    const answers = [predicted, ...pairs.map(({ second }) => second)];
    this.#bootstrap = new Bootstrap({ classNames, labels, answers }, draws(seed, 'comparison.bootstrap', resamples));
    this.#runs = runs;
  }

  /** How many are drawn, and how many there are to be. */
  get progress(): { readonly done: number; readonly total: number } {
    return { done: this.#bootstrap.done, total: this.#bootstrap.resamples };
  }

  /** Draws more: as many as look at so many images, at least one. */
  draw(images: number): void {
    const [first] = this.#runs;
    this.#bootstrap.draw(Math.max(1, Math.floor(images / (first?.predictions.labels.length ?? 1))));
  }

  /** What two of the runs come to; all must be drawn. */
  between(first: Compared, second: Compared): BootstrapComparison {
    const place = (run: Compared) => this.#runs.findIndex(({ predictions }) => predictions === run.predictions);
    return this.#bootstrap.between(place(first), place(second));
  }
}

function draws(seed: number, name: string, resamples: number) {
  const source = stream(seed, name);
  return { nextUint32: () => source.nextUint32(), resamples };
}

/**
 * Compares two runs' answers to the same images.
 *
 * @param chance what is known about the change from seed to seed
 * @param shared resamples that are drawn already, with the same seed and number; drawn here by default
 * @throws AtelierError where they are not about the same images and classes
 */
export function comparePair(
  first: Compared,
  second: Compared,
  { seed = 0, resamples = defaultResamples }: Resampling = {},
  chance: SeedChance = unmeasured,
  shared?: SharedResamples,
): PairComparison {
  const pair = pairUp(first.predictions, second.predictions);
  const bootstrap = (shared ?? drawnFor(first, second, { seed, resamples })).between(first, second);
  const f1Tests = randomizationTest(pair, draws(seed, 'comparison.randomization', resamples));
  const adjustedF1 = holm(f1Tests.classes);
  const recallTests = agreementByClass(pair);
  const overall = agreement(pair);
  return {
    first: first.label,
    second: second.label,
    count: pair.labels.length,
    agreement: overall,
    accuracy: {
      ...bootstrap.accuracy,
      pValue: overall.pValue,
      seedChance: chance(({ accuracy }) => accuracy),
    },
    macroF1: {
      ...bootstrap.macroF1,
      pValue: f1Tests.macroF1,
      seedChance: chance(({ macro }) => macro.f1),
    },
    classes: bootstrap.classes.map(({ name, recall, f1 }, index) => ({
      name,
      support: pair.labels.filter((label) => label === index).length,
      recall: {
        ...recall,
        pValue: recallTests[index]?.pValue ?? 1,
        adjustedPValue: recallTests[index]?.adjustedPValue ?? 1,
        seedChance: chance(({ classes }) => classes[index]?.recall ?? 0),
      },
      f1: {
        ...f1,
        pValue: f1Tests.classes[index] ?? 1,
        adjustedPValue: adjustedF1[index] ?? 1,
        seedChance: chance(({ classes }) => classes[index]?.f1 ?? 0),
      },
    })),
  };
}

function drawnFor(first: Compared, second: Compared, resampling: Resampling): SharedResamples {
  const shared = new SharedResamples([first, second], resampling);
  shared.draw(Infinity);
  return shared;
}

/**
 * True where a difference is real beyond chance: beyond the choice of images, by its corrected p-value where it is one of
 * several, and beyond the choice of a seed, where that is known.
 */
export function isReal(difference: TestedDifference | CorrectedDifference): boolean {
  return beyondImages(difference) && !withinSeeds(difference);
}

/** True where other images like these would hardly turn a difference around. */
export function beyondImages(difference: TestedDifference | CorrectedDifference): boolean {
  return ('adjustedPValue' in difference ? difference.adjustedPValue : difference.pValue) < significance;
}

/** True where another seed is known to change as much. */
export function withinSeeds({ difference, seedChance }: TestedDifference): boolean {
  return seedChance !== null && Math.abs(difference) <= seedChance;
}
