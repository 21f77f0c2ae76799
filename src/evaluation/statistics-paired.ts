import { AtelierError } from '../errors.ts';
import type { Predictions } from './predictions.ts';
import { holm, mcnemarExact } from './statistics.ts';

/** Two classifiers' answers to the same N images. */
export interface PairedPredictions {
  readonly classNames: readonly string[];
  readonly labels: Int32Array;
  readonly first: Int32Array;
  readonly second: Int32Array;
}

/**
 * Brings two models' predictions together.
 *
 * @throws AtelierError where they are not about the same classes, images or labels in the same order
 */
export function pairUp(first: Predictions, second: Predictions): PairedPredictions {
  const { classNames, indices, labels } = first;
  if (classNames.join('\n') !== second.classNames.join('\n')) {
    throw new AtelierError(
      `the two models cannot be compared: the first knows the classes ${classNames.join(', ')}, the second ${second.classNames.join(', ')}. Choose models of the same data set.`,
      { code: 'classes-mismatch' },
    );
  }
  if (indices.length !== second.indices.length) {
    throw new AtelierError(
      `the two models cannot be compared: the first has ${indices.length} predictions, the second ${second.indices.length}. Evaluate both on the same split.`,
      { code: 'classes-mismatch' },
    );
  }
  const fault = indices.findIndex(
    (index, image) => index !== second.indices[image] || labels[image] !== second.labels[image],
  );
  if (fault !== -1) {
    throw new AtelierError(
      `the two models cannot be compared: prediction ${fault} is about image ${indices[fault]} of class '${classNames[labels[fault] ?? -1]}' in the first, image ${second.indices[fault]} of class '${classNames[second.labels[fault] ?? -1]}' in the second. Evaluate both on the same split.`,
      { code: 'classes-mismatch' },
    );
  }
  return { classNames, labels, first: first.predicted, second: second.predicted };
}

/** How many images both, one or neither got right. */
export interface Agreement {
  readonly both: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly neither: number;
  /** McNemar's exact test on onlyFirst against onlySecond. */
  readonly pValue: number;
}

/** Whether the two classifiers differ in accuracy; with `truth`, in recall: on the images of that class alone. */
export function agreement({ labels, first, second }: PairedPredictions, truth?: number): Agreement {
  const counts = { both: 0, onlyFirst: 0, onlySecond: 0, neither: 0 };
  for (const [image, label] of labels.entries()) {
    if (truth !== undefined && label !== truth) continue;
    const [firstRight, secondRight] = [first[image] === label, second[image] === label];
    if (firstRight) counts[secondRight ? 'both' : 'onlyFirst'] += 1;
    else counts[secondRight ? 'onlySecond' : 'neither'] += 1;
  }
  return { ...counts, pValue: mcnemarExact(counts.onlyFirst, counts.onlySecond) };
}

export interface ClassAgreement extends Agreement {
  readonly name: string;
  /** The p-value after Holm's correction over all classes. */
  readonly adjustedPValue: number;
}

/** In which classes the recalls differ: one test per class, corrected for there being several. */
export function agreementByClass(pair: PairedPredictions): ClassAgreement[] {
  const tests = pair.classNames.map((name, truth) => ({ name, ...agreement(pair, truth) }));
  const adjusted = holm(tests.map(({ pValue }) => pValue));
  return tests.map((test, index) => ({ ...test, adjustedPValue: adjusted[index] ?? 1 }));
}
