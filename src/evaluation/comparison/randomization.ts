import { AtelierError } from '../../errors.ts';
import { ratio } from '../metrics.ts';
import type { PairedPredictions } from '../statistics-paired.ts';

export interface F1Tests {
  /** p-value of the difference of the macro F1. */
  readonly macroF1: number;
  /** p-value of the difference of each class's F1. */
  readonly classes: readonly number[];
}

/**
 * Tests of whether two classifiers differ in F1, which McNemar's test cannot say: if they were alike, it would not
 * matter which of them gave which of an image's two answers. So the answers are exchanged at random, and the p-value is
 * the share of such exchanges that make at least the observed difference. Approximate randomization: A. Yeh, More
 * accurate tests for the statistical significance of result differences (COLING 2000); E. W. Noreen (1989).
 *
 * @throws AtelierError where there is no image
 */
export function randomizationTest(
  pair: PairedPredictions,
  { nextUint32, resamples = 10_000 }: { readonly nextUint32: () => number; readonly resamples?: number },
): F1Tests {
  if (pair.labels.length === 0) {
    throw new AtelierError('there are no images to compare on: at least one was expected.', { code: 'nothing-to-do' });
  }
  const classes = pair.classNames.length;
  const { kinds, ofImage } = disputes(pair);
  const exchanged = new Int32Array(kinds.length);
  const both = tally(pair, classes);

  // What the exchanges change: the first one's right answers and answers per class; the second has the others.
  const right = new Int32Array(classes);
  const answers = new Int32Array(classes);
  /** @param nextCoins of the next 32 images, a bit each: 0 leaves the answers as they are, 1 exchanges them */
  const differences = (nextCoins: () => number): Float64Array => {
    exchanged.fill(0);
    let coins = 0;
    for (let image = 0; image < ofImage.length; image += 1, coins >>>= 1) {
      if (image % 32 === 0) coins = nextCoins();
      const kind = ofImage[image] ?? 0;
      exchanged[kind] = (exchanged[kind] ?? 0) + (coins & 1);
    }
    right.fill(0);
    answers.fill(0);
    for (const [kind, { truth, first, second, count }] of kinds.entries()) {
      const others = exchanged[kind] ?? 0;
      const own = count - others;
      answers[first] = (answers[first] ?? 0) + own;
      answers[second] = (answers[second] ?? 0) + others;
      if (first === truth) right[truth] = (right[truth] ?? 0) + own;
      if (second === truth) right[truth] = (right[truth] ?? 0) + others;
    }
    return f1Differences(both, right, answers);
  };

  const observed = differences(() => 0).map(Math.abs);
  const extreme = new Int32Array(classes + 1);
  for (let resample = 0; resample < resamples; resample += 1) {
    for (const [measure, difference] of differences(nextUint32).entries()) {
      // Sums in another order differ in the last bit; such a tie is a tie.
      if (Math.abs(difference) >= (observed[measure] ?? 0) - 1e-12) extreme[measure] = (extreme[measure] ?? 0) + 1;
    }
  }
  // The observed arrangement is one of those possible, so no p-value is 0.
  const [macroF1 = 1, ...byClass] = Array.from(extreme, (count) => (count + 1) / (resamples + 1));
  return { macroF1, classes: byClass };
}

/** Images of one class with the same two answers, which differ. */
interface Dispute {
  readonly truth: number;
  readonly first: number;
  readonly second: number;
  count: number;
}

/** The disputed images by kind, and the kind of each, in their order. */
function disputes({ classNames, labels, first, second }: PairedPredictions) {
  const classes = classNames.length;
  const places = new Map<number, number>();
  const kinds: Dispute[] = [];
  const ofImage: number[] = [];
  for (const [image, truth] of labels.entries()) {
    const [one = 0, other = 0] = [first[image], second[image]];
    if (one === other) continue;
    const code = (truth * classes + one) * classes + other;
    const place = places.get(code) ?? kinds.push({ truth, first: one, second: other, count: 0 }) - 1;
    places.set(code, place);
    const kind = kinds[place];
    if (kind !== undefined) kind.count += 1;
    ofImage.push(place);
  }
  return { kinds, ofImage: Int32Array.from(ofImage) };
}

interface Tally {
  readonly support: Int32Array;
  /** Of undisputed images. */
  readonly agreedRight: Int32Array;
  readonly agreedAnswers: Int32Array;
  /** Of both classifiers together, on disputed images. */
  readonly disputedRight: Int32Array;
  readonly disputedAnswers: Int32Array;
}

function tally({ labels, first, second }: PairedPredictions, classes: number): Tally {
  const counts = () => new Int32Array(classes);
  const result = {
    support: counts(),
    agreedRight: counts(),
    agreedAnswers: counts(),
    disputedRight: counts(),
    disputedAnswers: counts(),
  };
  const count = (into: Int32Array, at: number) => {
    into[at] = (into[at] ?? 0) + 1;
  };
  for (const [image, label] of labels.entries()) {
    const [one = 0, other = 0] = [first[image], second[image]];
    count(result.support, label);
    if (one === other) {
      count(result.agreedAnswers, one);
      if (one === label) count(result.agreedRight, one);
      continue;
    }
    for (const said of [one, other]) {
      count(result.disputedAnswers, said);
      if (said === label) count(result.disputedRight, said);
    }
  }
  return result;
}

/** Second less first: of the macro F1, then of each class's. */
function f1Differences(both: Tally, right: Int32Array, answers: Int32Array): Float64Array {
  const classes = both.support.length;
  const result = new Float64Array(classes + 1);
  for (let index = 0; index < classes; index += 1) {
    const [support = 0, agreedRight = 0, agreedAnswers = 0] = [
      both.support[index],
      both.agreedRight[index],
      both.agreedAnswers[index],
    ];
    const [hits = 0, said = 0] = [right[index], answers[index]];
    const f1 = (disputedHits: number, disputedSaid: number) =>
      ratio(2 * (agreedRight + disputedHits), support + agreedAnswers + disputedSaid);
    const others = f1((both.disputedRight[index] ?? 0) - hits, (both.disputedAnswers[index] ?? 0) - said);
    const difference = others - f1(hits, said);
    result[index + 1] = difference;
    result[0] = (result[0] ?? 0) + difference / classes;
  }
  return result;
}
