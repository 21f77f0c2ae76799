import type { Predictions } from './predictions.ts';

/** An image whose label is doubted. */
export interface LabelIssue {
  /** Its place among the predictions. */
  readonly at: number;
  /** The label that it has, and the one that the model would give it. */
  readonly given: number;
  readonly suggested: number;
  /** The model's probability of each of the two. */
  readonly givenProbability: number;
  readonly suggestedProbability: number;
}

/** What confident learning finds. */
export interface LabelIssues {
  /**
   * For each class the mean probability that the model gives it, over the images that are labelled so: what it has to reach
   * for an image to count as of the class. Null for a class without images.
   */
  readonly thresholds: readonly (number | null)[];
  /** Images by label (row) and by the class that they confidently are (column): the confident joint, not calibrated. */
  readonly joint: readonly (readonly number[])[];
  /** The least probable label first. */
  readonly issues: readonly LabelIssue[];
}

/**
 * Labels that may be wrong: an image is confidently of a class where the class's probability reaches the class's own
 * threshold (of several such the most probable), and doubted where that is another class than its label. Where the model's
 * answer is the label after all, it is not. C. Northcutt, L. Jiang, I. Chuang, "Confident Learning: Estimating Uncertainty in
 * Dataset Labels" (JAIR 70, 2021), section 3.1; of its ways to prune, the counts off the diagonal (C_confusion, section
 * 3.2); ranked by self-confidence. The model must not have been trained on these images: it would have learned their labels.
 */
export function labelIssues({ classNames, labels, predicted, probabilities }: Predictions): LabelIssues {
  const classes = classNames.length;
  const probability = (image: number, label: number) => probabilities[image * classes + label] ?? 0;
  const [sums, counts] = [new Float64Array(classes), new Uint32Array(classes)];
  labels.forEach((label, image) => {
    sums[label] = (sums[label] ?? 0) + probability(image, label);
    counts[label] = (counts[label] ?? 0) + 1;
  });
  const thresholds = Array.from(sums, (sum, label) => {
    const count = counts[label] ?? 0;
    return count === 0 ? null : sum / count;
  });
  const joint = classNames.map(() => new Array<number>(classes).fill(0));
  const issues: LabelIssue[] = [];
  labels.forEach((given, at) => {
    const suggested = confidentClass((label) => probability(at, label), thresholds);
    if (suggested === undefined) return;
    const row = joint[given];
    if (row) row[suggested] = (row[suggested] ?? 0) + 1;
    if (suggested === given || predicted[at] === given) return;
    issues.push({
      at,
      given,
      suggested,
      givenProbability: probability(at, given),
      suggestedProbability: probability(at, suggested),
    });
  });
  return {
    thresholds,
    joint,
    issues: issues.toSorted((a, b) => a.givenProbability - b.givenProbability || a.at - b.at),
  };
}

/** float32 sums of equal probabilities may end just below their mean. */
const rounding = 1e-6;

function confidentClass(
  probability: (label: number) => number,
  thresholds: readonly (number | null)[],
): number | undefined {
  let best: number | undefined;
  for (const [label, threshold] of thresholds.entries()) {
    if (threshold === null || probability(label) < threshold - rounding) continue;
    if (best === undefined || probability(label) > probability(best)) best = label;
  }
  return best;
}
