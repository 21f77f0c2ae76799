import { AtelierError } from '../errors.ts';
import { formatCsvRow } from '../files/csv.ts';

/** Counts of images: rows are true classes, columns predicted ones. */
export type Confusion = readonly (readonly number[])[];

/** How a class was answered: `right` of `support` images, and `predicted` answers in all. */
export interface ClassCounts {
  readonly right: number;
  readonly support: number;
  readonly predicted: number;
}

/** The counts of one class. */
export function classCounts(confusion: Confusion, index: number): ClassCounts {
  return {
    right: confusion[index]?.[index] ?? 0,
    support: sum(confusion[index] ?? []),
    predicted: sum(confusion.map((row) => row[index] ?? 0)),
  };
}

/**
 * Counts how often each class was taken for which.
 *
 * @param labels true classes, whole numbers from 0 up to classCount
 * @param predicted predicted classes of the same images
 * @returns [classCount][classCount]
 * @throws AtelierError where the lengths differ or a number is no class
 */
export function confusionMatrix(
  labels: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classCount: number,
): number[][] {
  if (labels.length !== predicted.length) {
    throw new AtelierError(`internal: ${labels.length} labels, but ${predicted.length} predictions`);
  }
  const counts = new Int32Array(classCount * classCount);
  for (let image = 0; image < labels.length; image += 1) {
    const row = classAt(labels, image, classCount, 'label');
    const cell = row * classCount + classAt(predicted, image, classCount, 'predicted class');
    counts[cell] = (counts[cell] ?? 0) + 1;
  }
  return Array.from({ length: classCount }, (_, row) => [...counts.subarray(row * classCount, (row + 1) * classCount)]);
}

/**
 * One entry of a list of classes, checked.
 *
 * @throws AtelierError where it is not a whole number from 0 up to classCount
 */
export function classAt(classes: ArrayLike<number>, image: number, classCount: number, what: string): number {
  const found = classes[image];
  if (found !== undefined && Number.isInteger(found) && found >= 0 && found < classCount) return found;
  throw new AtelierError(
    `the ${what} of image ${image} is ${found}, expected 0 to ${classCount - 1}. Check that the data set and the model have the same classes.`,
    { code: 'classes-mismatch' },
  );
}

/** Each row divided by its sum: the share of each true class that was predicted as which. A class without images: zeros. */
export function normaliseByTrueClass(confusion: Confusion): number[][] {
  return confusion.map((row) => {
    const total = sum(row);
    return row.map((count) => (total === 0 ? 0 : count / total));
  });
}

/** One way of being wrong: images of class `truth` taken for `predicted`. */
export interface ConfusedPair {
  readonly truth: string;
  readonly predicted: string;
  readonly count: number;
  /** Of the images of class `truth`. */
  readonly share: number;
}

/** The mistakes that happened, the most frequent first; equally frequent ones in the order of the classes. */
export function mostConfused(confusion: Confusion, classNames: readonly string[], limit = Infinity): ConfusedPair[] {
  const pairs = confusion.flatMap((row, truth) =>
    row.map((count, predicted) => ({
      truth: classNames[truth] ?? String(truth),
      predicted: classNames[predicted] ?? String(predicted),
      count,
      share: count / sum(row),
      wrong: truth !== predicted && count > 0,
    })),
  );
  return pairs
    .filter(({ wrong }) => wrong)
    .sort((a, b) => b.count - a.count)
    .slice(0, limit)
    .map(({ wrong, ...pair }) => pair);
}

/** The matrix as CSV: first column the true class, then one column per predicted class, headed by its name. */
export function confusionCsv(confusion: Confusion, classNames: readonly string[]): string {
  const rows = confusion.map((row, truth) => formatCsvRow([classNames[truth] ?? truth, ...row]));
  return formatCsvRow(['true_class', ...classNames]) + rows.join('');
}

/** The sum of some numbers. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
