import { AtelierError } from '../errors.ts';
import { checkScores, predictedClasses, type Scores, softmax } from './scores.ts';

/**
 * What a model said about each of N images, as `predictions.csv` holds it. Probabilities rather than logits: they are
 * what a reader wants to see, and McNemar's test, the bootstrap, calibration and the list of confident mistakes need no
 * more. float32 tells apart probabilities near 0 far better than near 1; nothing here depends on the difference.
 */
export interface Predictions {
  /** C names. */
  readonly classNames: readonly string[];
  /** N positions of the images in their data set file. */
  readonly indices: Int32Array;
  /** N true classes. */
  readonly labels: Int32Array;
  /** N predicted classes. */
  readonly predicted: Int32Array;
  /** float32[N,C], row-major. */
  readonly probabilities: Float32Array;
}

/**
 * Predictions from a model's logits.
 *
 * @param indices positions of the N images in their data set file
 * @throws AtelierError as `checkScores` does
 */
export function predictionsOf(scores: Scores, indices: ArrayLike<number>): Predictions {
  checkScores(scores);
  if (indices.length !== scores.labels.length) {
    throw new AtelierError(`internal: ${scores.labels.length} labels, but ${indices.length} indices`);
  }
  return {
    classNames: scores.classNames,
    indices: Int32Array.from(indices),
    labels: Int32Array.from(scores.labels),
    predicted: predictedClasses(scores),
    probabilities: softmax(scores),
  };
}

/** The probability of the predicted class of each image: float32[N]. */
export function confidences({ classNames, predicted, probabilities }: Predictions): Float32Array {
  return Float32Array.from(predicted, (at, image) => probabilities[image * classNames.length + at] ?? 0);
}

/** The wrong predictions' positions 0 up to N, the most confident first. */
export function mostConfidentMistakes(predictions: Predictions, limit = Infinity): number[] {
  const { labels, predicted } = predictions;
  const confidence = confidences(predictions);
  return [...labels.keys()]
    .filter((image) => labels[image] !== predicted[image])
    .sort((a, b) => (confidence[b] ?? 0) - (confidence[a] ?? 0))
    .slice(0, limit);
}
