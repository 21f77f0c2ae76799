/** What a bootstrap's measures are made of: counts by class, put right by the few mistakes. */
import { ratio } from './metrics.ts';

/** Counts are no more than the images, so half the memory serves most test sets. */
type Counts = Uint16Array | Uint32Array;

/** What one classifier came to: counts by class, resample after resample. */
export interface Tally {
  /** Images of the class; the same of all classifiers. */
  readonly support: Counts;
  /** Those that the classifier gets right. */
  readonly right: Counts;
  /** Images that it answers with the class. */
  readonly said: Counts;
}

/** Of a tally, the counts of a resample beginning at a place. */
export type Measure = (tally: Tally, at: number) => number;

/** The images that a classifier gets wrong, and the ways in which it does. */
export interface Mistakes {
  readonly images: Int32Array;
  /** The way of each image. */
  readonly ways: Int32Array;
  readonly truth: Int32Array;
  readonly said: Int32Array;
  /** Room for counts, one of each way. */
  readonly counts: Uint32Array;
}

/** Counts of nothing yet, of so many places. */
export function tallies(length: number, images: number, classifiers: number): readonly Tally[] {
  const counts = (): Counts => (images < 2 ** 16 ? new Uint16Array(length) : new Uint32Array(length));
  const support = counts();
  return Array.from({ length: classifiers }, () => ({ support, right: counts(), said: counts() }));
}

/** Where the answers differ from the labels. */
export function mistakesOf(labels: Int32Array, said: Int32Array): Mistakes {
  const images = Int32Array.from([...labels.keys()].filter((image) => labels[image] !== said[image]));
  const places = new Map<string, number>();
  const ways = images.map((image) => {
    const way = `${labels[image]} ${said[image]}`;
    const place = places.get(way) ?? places.size;
    places.set(way, place);
    return place;
  });
  const [truth, answers] = [new Int32Array(places.size), new Int32Array(places.size)];
  for (const [index, image] of images.entries()) {
    truth[ways[index] ?? 0] = labels[image] ?? 0;
    answers[ways[index] ?? 0] = said[image] ?? 0;
  }
  return { images, ways, truth, said: answers, counts: new Uint32Array(places.size) };
}

/** Takes a classifier's mistakes from counts that take it for faultless. */
export function putRight(
  { right, said }: Pick<Tally, 'right' | 'said'>,
  at: number,
  mistakes: Mistakes | undefined,
  times: Uint32Array,
): void {
  if (mistakes === undefined) return;
  const { images, ways, truth, said: answers, counts } = mistakes;
  counts.fill(0);
  for (let index = 0; index < images.length; index += 1) {
    const way = ways[index] ?? 0;
    counts[way] = (counts[way] ?? 0) + (times[images[index] ?? 0] ?? 0);
  }
  for (let way = 0; way < counts.length; way += 1) {
    const count = counts[way] ?? 0;
    const [of, to] = [at + (truth[way] ?? 0), at + (answers[way] ?? 0)];
    right[of] = (right[of] ?? 0) - count;
    said[of] = (said[of] ?? 0) - count;
    said[to] = (said[to] ?? 0) + count;
  }
}

/** The share of images that are right. */
export function accuracy(classes: number, images: number): Measure {
  return ({ right }, at) => {
    let hits = 0;
    for (let index = at; index < at + classes; index += 1) hits += right[index] ?? 0;
    return hits / images;
  };
}

/** The mean F1 of the classes. */
export function macroF1(classes: number): Measure {
  return (tally, at) => {
    let total = 0;
    for (let index = at; index < at + classes; index += 1) total += f1(tally, index);
    return total / classes;
  };
}

/** F1 of one class, whose counts stand at a place. */
export function f1({ support, right, said }: Tally, at: number): number {
  return ratio(2 * (right[at] ?? 0), (support[at] ?? 0) + (said[at] ?? 0));
}

/** Recall of one class, whose counts stand at a place. */
export function recall({ support, right }: Tally, at: number): number {
  return ratio(right[at] ?? 0, support[at] ?? 0);
}
