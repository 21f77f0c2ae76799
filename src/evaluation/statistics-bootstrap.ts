import { AtelierError } from '../errors.ts';
import type { Interval } from './statistics.ts';
import {
  accuracy,
  f1,
  type Measure,
  type Mistakes,
  macroF1,
  mistakesOf,
  putRight,
  recall,
  type Tally,
  tallies,
} from './statistics-bootstrap-counts.ts';
import type { PairedPredictions } from './statistics-paired.ts';

/** A measure of two classifiers, and by how much the second is ahead: second - first, with its interval. */
export interface Difference extends Interval {
  readonly first: number;
  readonly second: number;
  readonly difference: number;
}

export interface BootstrapComparison {
  readonly accuracy: Difference;
  readonly macroF1: Difference;
  readonly classes: readonly { readonly name: string; readonly recall: Difference; readonly f1: Difference }[];
}

export interface BootstrapOptions {
  /** Source of uniform whole numbers 0 up to 2^32; its seed makes the result reproducible. */
  readonly nextUint32: () => number;
  /** Default 10,000. */
  readonly resamples?: number;
  /** Of the intervals, default 0.95. */
  readonly confidence?: number;
}

/** The answers of several classifiers to the same N images. */
export interface JointPredictions {
  readonly classNames: readonly string[];
  readonly labels: Int32Array;
  /** Of each classifier, int32 [N]. */
  readonly answers: readonly Int32Array[];
}

/**
 * Percentile intervals of the differences between two classifiers, from a paired bootstrap: images are drawn with
 * replacement, both classifiers' answers together. B. Efron and R. Tibshirani, An Introduction to the Bootstrap (1993),
 * chapter 13.
 *
 * @throws AtelierError where there is no image
 */
export function pairedBootstrap(
  { classNames, labels, first, second }: PairedPredictions,
  options: BootstrapOptions,
): BootstrapComparison {
  const bootstrap = new Bootstrap({ classNames, labels, answers: [first, second] }, options);
  bootstrap.draw(bootstrap.resamples);
  return bootstrap.between(0, 1);
}

/**
 * A paired bootstrap of any number of classifiers: the images of a resample are drawn once, and every pair is judged by
 * the same ones. What two of them come to is what `pairedBootstrap` of these two alone comes to, number by number.
 *
 * All measures depend on a resample only through how many of its images are of each class, and how many of these each
 * classifier gets right and answers with each class. Of a good classifier these are the counts of the classes, put right by
 * its few mistakes. Kept are two counts a class, classifier and resample: 4 bytes for 65,535 images or fewer, else 8.
 */
export class Bootstrap {
  /** How many resamples there are to be. */
  readonly resamples: number;
  readonly #classNames: readonly string[];
  readonly #nextUint32: () => number;
  readonly #tail: number;
  readonly #labels: Int32Array;
  readonly #mistakes: readonly Mistakes[];
  readonly #observed: readonly Tally[];
  readonly #drawn: readonly Tally[];
  /** How often each image is in the resample that is being drawn. */
  readonly #times: Uint32Array;
  #done = 0;

  /** @throws AtelierError where there is no image */
  constructor({ classNames, labels, answers }: JointPredictions, options: BootstrapOptions) {
    const { nextUint32, resamples = 10_000, confidence = 0.95 } = options;
    if (labels.length === 0)
      throw new AtelierError('there are no images to compare on: at least one was expected.', {
        code: 'nothing-to-do',
      });
    this.resamples = resamples;
    this.#classNames = classNames;
    this.#nextUint32 = nextUint32;
    this.#tail = (1 - confidence) / 2;
    this.#labels = labels;
    this.#mistakes = answers.map((said) => mistakesOf(labels, said));
    this.#times = new Uint32Array(labels.length).fill(1);
    this.#observed = tallies(classNames.length, labels.length, answers.length);
    this.#count(this.#observed, 0);
    this.#drawn = tallies(resamples * classNames.length, labels.length, answers.length);
  }

  /** How many are drawn already. */
  get done(): number {
    return this.#done;
  }

  /** Draws so many more, or as many as are left: in parts, for whoever has other things to do meanwhile. */
  draw(count: number): void {
    const images = this.#labels.length;
    const [times, nextUint32] = [this.#times, this.#nextUint32];
    // Some images are likelier than others by images / 2^32: three in a million for the whole test set.
    const scale = images / 2 ** 32;
    const end = Math.min(this.resamples, this.#done + count);
    for (; this.#done < end; this.#done += 1) {
      times.fill(0);
      for (let draw = 0; draw < images; draw += 1) {
        const image = Math.trunc(nextUint32() * scale);
        times[image] = (times[image] ?? 0) + 1;
      }
      this.#count(this.#drawn, this.#done * this.#classNames.length);
    }
  }

  /**
   * By how much the second of two classifiers is ahead of the first, named by their places.
   *
   * @throws AtelierError where not all resamples are drawn
   */
  between(first: number, second: number): BootstrapComparison {
    if (this.#done < this.resamples)
      throw new AtelierError(`internal: ${this.#done} of ${this.resamples} resamples are drawn, expected all`);
    const classes = this.#classNames.length;
    const sample = new Float64Array(this.resamples);
    const difference = (measure: Measure): Difference => {
      const [one, other] = this.#values(this.#observed, [first, second], measure, 0);
      for (let resample = 0; resample < sample.length; resample += 1) {
        const [ofFirst, ofSecond] = this.#values(this.#drawn, [first, second], measure, resample * classes);
        sample[resample] = ofSecond - ofFirst;
      }
      sample.sort();
      return {
        first: one,
        second: other,
        difference: other - one,
        low: quantile(sample, this.#tail),
        high: quantile(sample, 1 - this.#tail),
      };
    };
    return {
      accuracy: difference(accuracy(classes, this.#labels.length)),
      macroF1: difference(macroF1(classes)),
      classes: this.#classNames.map((name, index) => ({
        name,
        recall: difference((tally, at) => recall(tally, at + index)),
        f1: difference((tally, at) => f1(tally, at + index)),
      })),
    };
  }

  #values(
    from: readonly Tally[],
    [first, second]: readonly [number, number],
    measure: Measure,
    at: number,
  ): readonly [number, number] {
    const [one, other] = [from[first], from[second]];
    if (one === undefined || other === undefined)
      throw new AtelierError(`internal: classifiers ${first} and ${second} of ${from.length} to compare`);
    return [measure(one, at), measure(other, at)];
  }

  /** Adds up a resample, as `#times` has it, into the counts from `at` on. */
  #count(into: readonly Tally[], at: number): void {
    const [times, labels] = [this.#times, this.#labels];
    const [shared] = into;
    if (shared === undefined) return;
    const { support } = shared;
    for (let image = 0; image < labels.length; image += 1) {
      const place = at + (labels[image] ?? 0);
      support[place] = (support[place] ?? 0) + (times[image] ?? 0);
    }
    const ofClasses = support.subarray(at, at + this.#classNames.length);
    for (const [classifier, { right, said }] of into.entries()) {
      right.set(ofClasses, at);
      said.set(ofClasses, at);
      putRight({ right, said }, at, this.#mistakes[classifier], times);
    }
  }
}

/** Linear between order statistics: numpy's default, R's type 7. Hyndman and Fan (1996). */
function quantile(sorted: Float64Array, probability: number): number {
  const position = probability * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? 0;
  const above = sorted[Math.ceil(position)] ?? 0;
  return below + (above - below) * (position - Math.floor(position));
}
