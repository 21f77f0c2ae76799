import { AtelierError } from '../errors.ts';
import { confidences, type Predictions } from './predictions.ts';

/** The images whose confidence lies in (low, high]. */
export interface CalibrationBin {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  /** Share of right predictions; null in an empty bin. */
  readonly accuracy: number | null;
  /** Mean confidence; null in an empty bin. */
  readonly confidence: number | null;
}

export interface Calibration {
  /** Expected calibration error: the bins' |accuracy - confidence|, weighted by their counts. */
  readonly error: number;
  readonly bins: readonly CalibrationBin[];
}

/**
 * How far a model's confidence is from its accuracy. C. Guo et al., On Calibration of Modern Neural Networks (ICML 2017),
 * equation 5, with its 15 bins of equal width; a confidence of exactly 0 counts in the first.
 *
 * @throws AtelierError where there is no prediction
 */
export function calibration(predictions: Predictions, binCount = 15): Calibration {
  const { labels, predicted } = predictions;
  if (labels.length === 0)
    throw new AtelierError('there are no predictions to calibrate: at least one was expected.', {
      code: 'nothing-to-do',
    });
  const sums = Array.from({ length: binCount }, () => ({ count: 0, right: 0, confidence: 0 }));
  for (const [image, confidence] of confidences(predictions).entries()) {
    const sum = sums[Math.min(binCount, Math.max(1, Math.ceil(confidence * binCount))) - 1];
    if (sum === undefined) continue;
    sum.count += 1;
    sum.confidence += confidence;
    if (labels[image] === predicted[image]) sum.right += 1;
  }
  const error = sums.reduce((total, { right, confidence }) => total + Math.abs(right - confidence), 0) / labels.length;
  const bins = sums.map(({ count, right, confidence }, index) => ({
    low: index / binCount,
    high: (index + 1) / binCount,
    count,
    accuracy: count === 0 ? null : right / count,
    confidence: count === 0 ? null : confidence / count,
  }));
  return { error, bins };
}
