import { permutation } from '../random/sampling.ts';
import { stream } from '../random/streams.ts';

/** What of the training images of a data set is held out, where it has no validation or test images of its own. */
export interface Division {
  /** The share of each class that validates, 0 to 1; 0 where there are validation images. */
  readonly validation: number;
  /** The share of each class that tests, 0 to 1; 0 for no test images, or where there are some. */
  readonly test: number;
  /** Images of each class that are divided. */
  readonly perClass: readonly number[];
}

/** Positions in the images that are divided, uint32, in random order. */
export interface DividedIndices {
  readonly train: Uint32Array;
  readonly validation: Uint32Array;
  readonly test: Uint32Array;
}

/** How many images of a class are held out: at least one where the class has enough, and never all. */
function heldOut(
  count: number,
  { validation, test }: Pick<Division, 'validation' | 'test'>,
): readonly [number, number] {
  const wanted = [validation, test].map((share) => (share === 0 ? 0 : Math.max(1, Math.round(count * share))));
  let [validating = 0, testing = 0] = wanted;
  while (validating + testing >= count && validating + testing > 0)
    if (testing > 0 && testing >= validating) testing -= 1;
    else validating -= 1;
  return [validating, testing];
}

/** Images of each split. */
export function dividedCounts(division: Division): {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
} {
  let [train, validation, test] = [0, 0, 0];
  for (const count of division.perClass) {
    const [validating, testing] = heldOut(count, division);
    train += count - validating - testing;
    validation += validating;
    test += testing;
  }
  return { train, validation, test };
}

/**
 * Divides images so that each split has its share of every class. A function of labels, shares and seed alone: one random
 * order of all images is gone through, and each image tests while its class lacks test images, then validates, then trains.
 *
 * @param labels class numbers [N]
 * @throws UsageError for a seed that is not a non-negative whole number
 */
export function divideByClass(labels: ArrayLike<number>, division: Division, seed: number): DividedIndices {
  const left = division.perClass.map((count) => [...heldOut(count, division)]);
  const indices = { train: [] as number[], validation: [] as number[], test: [] as number[] };
  for (const at of permutation(labels.length, stream(seed, 'division'))) {
    const counts = left[labels[at] ?? 0] ?? [0, 0];
    const [validation = 0, test = 0] = counts;
    const split = test > 0 ? 'test' : validation > 0 ? 'validation' : 'train';
    if (split === 'test') counts[1] = test - 1;
    if (split === 'validation') counts[0] = validation - 1;
    indices[split].push(at);
  }
  return {
    train: Uint32Array.from(indices.train),
    validation: Uint32Array.from(indices.validation),
    test: Uint32Array.from(indices.test),
  };
}

/** Images of each class. */
export function countedByClass(labels: Iterable<number>, classes: number): readonly number[] {
  const counts = Array.from({ length: classes }, () => 0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}
