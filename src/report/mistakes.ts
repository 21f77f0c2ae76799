import { type ConfusedPair, type Confusion, mostConfused } from '../evaluation/confusion.ts';
import { confidences, mostConfidentMistakes, type Predictions } from '../evaluation/predictions.ts';

/** One wrong answer. */
export interface Mistake {
  /** Position of the image in its data set file. */
  readonly index: number;
  readonly truth: string;
  readonly predicted: string;
  /** The probability of the wrong class. */
  readonly confidence: number;
  /** The probability of the true class. */
  readonly truthProbability: number;
}

/** A way of being wrong, with the images where the model was surest of it. */
export interface ConfusedExamples extends ConfusedPair {
  readonly examples: readonly Mistake[];
}

/** The wrong answers, the most confident first. */
export function confidentMistakes(predictions: Predictions, limit = Infinity): Mistake[] {
  const { classNames, indices, labels, predicted, probabilities } = predictions;
  const confidence = confidences(predictions);
  return mostConfidentMistakes(predictions, limit).map((image) => {
    const [truth = 0, said = 0] = [labels[image], predicted[image]];
    return {
      index: indices[image] ?? 0,
      truth: classNames[truth] ?? '',
      predicted: classNames[said] ?? '',
      confidence: confidence[image] ?? 0,
      truthProbability: probabilities[image * classNames.length + truth] ?? 0,
    };
  });
}

/** The most frequent confusions with their most confident examples. */
export function confusedExamples(
  predictions: Predictions,
  confusion: Confusion,
  limits: { readonly pairs: number; readonly examples: number },
): ConfusedExamples[] {
  const mistakes = confidentMistakes(predictions);
  return mostConfused(confusion, predictions.classNames, limits.pairs).map((pair) => ({
    ...pair,
    examples: mistakes
      .filter(({ truth, predicted }) => truth === pair.truth && predicted === pair.predicted)
      .slice(0, limits.examples),
  }));
}
