import { AtelierError } from '../errors.ts';
import { classAt } from './confusion.ts';

/** What a model answered to labelled images, N of them, in C classes. */
export interface Scores {
  /** C names. */
  readonly classNames: readonly string[];
  /** N true classes, 0 up to C. */
  readonly labels: ArrayLike<number>;
  /** float32[N,C], row-major: the model's output before softmax. */
  readonly logits: Float32Array;
}

/**
 * Checks that there is an answer in every class to every image, at least one image, and that all numbers are finite.
 *
 * @throws AtelierError naming the image where a label is no class or a logit is NaN or infinite
 */
export function checkScores({ classNames, labels, logits }: Scores): void {
  const classes = classNames.length;
  if (labels.length === 0)
    throw new AtelierError('there are no images to evaluate: at least one was expected.', { code: 'nothing-to-do' });
  if (logits.length !== labels.length * classes) {
    throw new AtelierError(
      `the model answered with ${logits.length} numbers, expected ${labels.length} images x ${classes} classes. Check that the data set and the model have the same classes.`,
      { code: 'classes-mismatch' },
    );
  }
  for (let image = 0; image < labels.length; image += 1) classAt(labels, image, classes, 'label');
  const fault = logits.findIndex((logit) => !Number.isFinite(logit));
  if (fault !== -1) {
    throw new AtelierError(
      `the model's answer to image ${Math.floor(fault / classes)} holds ${logits[fault]}, finite numbers were expected: the training has diverged. Use an earlier checkpoint or a smaller learning rate.`,
      { code: 'not-finite' },
    );
  }
}

/** The class with the largest logit of each image; of equal ones the first, as in PyTorch. */
export function predictedClasses({ classNames, labels, logits }: Scores): Int32Array {
  const classes = classNames.length;
  return Int32Array.from({ length: labels.length }, (_, image) => {
    const row = logits.subarray(image * classes, (image + 1) * classes);
    return row.reduce((best, logit, index) => (logit > (row[best] ?? 0) ? index : best), 0);
  });
}

/**
 * Softmax of each image's logits, computed in float64 and rounded once.
 *
 * @returns float32[N,C], row-major
 */
export function softmax({ classNames, labels, logits }: Scores): Float32Array {
  const classes = classNames.length;
  const probabilities = new Float32Array(logits.length);
  for (let image = 0; image < labels.length; image += 1) {
    const row = logits.subarray(image * classes, (image + 1) * classes);
    const { largest, excess } = logSumExp(row);
    for (const [index, logit] of row.entries()) {
      probabilities[image * classes + index] = Math.exp(logit - largest - excess);
    }
  }
  return probabilities;
}

/**
 * Mean cross-entropy in nats, -log softmax(logits)[label], in float64 throughout. torch.nn.CrossEntropyLoss.
 */
export function crossEntropy({ classNames, labels, logits }: Scores): number {
  const classes = classNames.length;
  let total = 0;
  for (let image = 0; image < labels.length; image += 1) {
    const row = logits.subarray(image * classes, (image + 1) * classes);
    const { largest, excess } = logSumExp(row);
    total += largest - (row[labels[image] ?? 0] ?? 0) + excess;
  }
  return total / labels.length;
}

/**
 * log(sum(exp(row))) as `largest + excess`, kept apart because they may differ by many orders of magnitude: with logits
 * of 1e38 no exponential may overflow, and with a confident answer an excess of 1e-18 is the whole loss.
 */
function logSumExp(row: Float32Array): { readonly largest: number; readonly excess: number } {
  let largest = -Infinity;
  for (const logit of row) largest = Math.max(largest, logit);
  let others = 0;
  let seen = false;
  for (const logit of row) {
    if (logit === largest && !seen) seen = true;
    else others += Math.exp(logit - largest);
  }
  return { largest, excess: Math.log1p(others) };
}
