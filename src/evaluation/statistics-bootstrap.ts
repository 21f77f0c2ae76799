import { AtelierError } from '../errors.ts';
import { ratio } from './metrics.ts';
import type { Interval } from './statistics.ts';
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

/**
 * Percentile intervals of the differences between two classifiers, from a paired bootstrap: images are drawn with
 * replacement, both classifiers' answers together. B. Efron and R. Tibshirani, An Introduction to the Bootstrap (1993),
 * chapter 13.
 *
 * All measures depend on the images only through how many there are of each (truth, first's answer, second's answer).
 * So a resample is a histogram over the few hundred such triples that occur, and every measure comes from the same one.
 *
 * @throws AtelierError where there is no image
 */
export function pairedBootstrap(pair: PairedPredictions, options: BootstrapOptions): BootstrapComparison {
  const { nextUint32, resamples = 10_000, confidence = 0.95 } = options;
  const images = pair.labels.length;
  if (images === 0)
    throw new AtelierError('there are no images to compare on: at least one was expected.', { code: 'nothing-to-do' });
  const triples = collectTriples(pair);
  const classes = pair.classNames.length;
  const first = measures(triples, triples.first, triples.counts, classes);
  const second = measures(triples, triples.second, triples.counts, classes);

  const samples = Array.from(first, () => new Float64Array(resamples));
  const counts = new Int32Array(triples.counts.length);
  // Some images are likelier than others by images / 2^32: three in a million for the whole test set.
  const scale = images / 2 ** 32;
  for (let resample = 0; resample < resamples; resample += 1) {
    counts.fill(0);
    for (let draw = 0; draw < images; draw += 1) {
      const triple = triples.ofImage[Math.trunc(nextUint32() * scale)] ?? 0;
      counts[triple] = (counts[triple] ?? 0) + 1;
    }
    const ofFirst = measures(triples, triples.first, counts, classes);
    const ofSecond = measures(triples, triples.second, counts, classes);
    for (const [index, sample] of samples.entries()) {
      sample[resample] = (ofSecond[index] ?? 0) - (ofFirst[index] ?? 0);
    }
  }

  const tail = (1 - confidence) / 2;
  const difference = (index: number): Difference => {
    const sorted = (samples[index] ?? new Float64Array(1)).sort();
    const [one, other] = [first[index] ?? 0, second[index] ?? 0];
    return {
      first: one,
      second: other,
      difference: other - one,
      low: quantile(sorted, tail),
      high: quantile(sorted, 1 - tail),
    };
  };
  return {
    accuracy: difference(0),
    macroF1: difference(1),
    classes: pair.classNames.map((name, index) => ({
      name,
      recall: difference(2 + index),
      f1: difference(2 + classes + index),
    })),
  };
}

interface Triples {
  readonly truth: Int32Array;
  readonly first: Int32Array;
  readonly second: Int32Array;
  /** How many images there are of each. */
  readonly counts: Int32Array;
  /** The triple of each image. */
  readonly ofImage: Int32Array;
}

function collectTriples({ classNames, labels, first, second }: PairedPredictions): Triples {
  const classes = classNames.length;
  const numbers = new Map<number, number>();
  const counts: number[] = [];
  const ofImage = labels.map((truth, image) => {
    const code = (truth * classes + (first[image] ?? 0)) * classes + (second[image] ?? 0);
    const number = numbers.get(code) ?? numbers.size;
    numbers.set(code, number);
    counts[number] = (counts[number] ?? 0) + 1;
    return number;
  });
  const codes = Int32Array.from(numbers.keys());
  return {
    truth: codes.map((code) => Math.trunc(code / classes ** 2)),
    first: codes.map((code) => Math.trunc(code / classes) % classes),
    second: codes.map((code) => code % classes),
    counts: Int32Array.from(counts),
    ofImage,
  };
}

/** Accuracy, macro F1, then each class's recall, then each class's F1, of the classifier that answered `said`. */
function measures({ truth }: Triples, said: Int32Array, counts: Int32Array, classes: number): Float64Array {
  const support = new Float64Array(classes);
  const predicted = new Float64Array(classes);
  const right = new Float64Array(classes);
  let total = 0;
  let totalRight = 0;
  for (let triple = 0; triple < counts.length; triple += 1) {
    const [t = 0, s = 0, count = 0] = [truth[triple], said[triple], counts[triple]];
    total += count;
    support[t] = (support[t] ?? 0) + count;
    predicted[s] = (predicted[s] ?? 0) + count;
    if (t !== s) continue;
    right[t] = (right[t] ?? 0) + count;
    totalRight += count;
  }
  const result = new Float64Array(2 + 2 * classes);
  let f1Sum = 0;
  for (let index = 0; index < classes; index += 1) {
    const [hits = 0, occurs = 0, answered = 0] = [right[index], support[index], predicted[index]];
    const f1 = ratio(2 * hits, occurs + answered);
    result[2 + index] = ratio(hits, occurs);
    result[2 + classes + index] = f1;
    f1Sum += f1;
  }
  result[0] = totalRight / total;
  result[1] = f1Sum / classes;
  return result;
}

/** Linear between order statistics: numpy's default, R's type 7. Hyndman and Fan (1996). */
function quantile(sorted: Float64Array, probability: number): number {
  const position = probability * (sorted.length - 1);
  const below = sorted[Math.floor(position)] ?? 0;
  const above = sorted[Math.ceil(position)] ?? 0;
  return below + (above - below) * (position - Math.floor(position));
}
