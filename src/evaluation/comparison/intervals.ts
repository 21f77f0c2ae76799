import { type ClassCounts, type Confusion, classCounts, sum } from '../confusion.ts';
import { balancedAccuracy, classMetrics, ratio } from '../metrics.ts';
import { type Interval, normal95, wilsonInterval } from '../statistics.ts';

/** A measure with its 95 % interval; null where nothing was counted to base one on. */
export interface Estimate {
  readonly value: number;
  readonly interval: Interval | null;
}

export interface ClassEstimates {
  readonly name: string;
  readonly precision: Estimate;
  readonly recall: Estimate;
  readonly f1: Estimate;
}

/** Wilson's interval of hits / count. */
export function proportion(hits: number, count: number): Estimate {
  return { value: ratio(hits, count), interval: count === 0 ? null : wilsonInterval(hits, count) };
}

/**
 * F1 with an interval. Of the images that have to do with a class, TP + FP + FN, the share J = TP / (TP + FP + FN) is a
 * proportion, and F1 = 2 J / (1 + J) grows with it: so Wilson's interval of J, mapped, is one of F1.
 */
export function f1Estimate({ right, support, predicted }: ClassCounts): Estimate {
  const concerned = support + predicted - right;
  const f1 = (jaccard: number) => (2 * jaccard) / (1 + jaccard);
  const { interval } = proportion(right, concerned);
  return {
    value: ratio(2 * right, support + predicted),
    interval: interval && { low: f1(interval.low), high: f1(interval.high) },
  };
}

/** Precision, recall and F1 of each class with their intervals. */
export function classEstimates(confusion: Confusion, classNames: readonly string[]): ClassEstimates[] {
  return classNames.map((name, index) => {
    const counts = classCounts(confusion, index);
    const { right, support, predicted } = counts;
    return {
      name,
      precision: proportion(right, predicted),
      recall: proportion(right, support),
      f1: f1Estimate(counts),
    };
  });
}

/**
 * Balanced accuracy with its interval by the delta method: the recalls of the K classes that occur are independent
 * proportions r of n images each, so that the variance of their mean is the sum of r (1 - r) / n, divided by K^2. No width
 * where every recall is 0 or 1.
 */
export function balancedAccuracyEstimate(confusion: Confusion): Estimate {
  const value = balancedAccuracy(confusion);
  const counts = confusion.map((_, index) => classCounts(confusion, index)).filter(({ support }) => support > 0);
  const variances = counts.map(({ right, support }) => ((right / support) * (1 - right / support)) / support);
  const half = (normal95 * Math.sqrt(sum(variances))) / counts.length;
  return { value, interval: { low: Math.max(0, value - half), high: Math.min(1, value + half) } };
}

/**
 * The mean of the classes' F1 with its interval by the delta method: sum of p d^2 over the cells of the matrix, divided
 * by the number of images, where d is the derivative of the mean by the cell's share p. Takahashi et al., Confidence
 * interval for micro-averaged F1 and macro-averaged F1 scores (Applied Intelligence 52, 2022), with weights. No width
 * where every answer is right.
 *
 * @param weights of the classes; they sum to 1 and count as fixed, as a test set's make-up is
 */
export function meanF1Estimate(confusion: Confusion, weights: readonly number[]): Estimate {
  const images = sum(confusion.map(sum));
  const names = weights.map(String);
  const metrics = classMetrics(confusion, names);
  const terms = metrics.map(({ f1, support }, index) => {
    const size = (support + sum(confusion.map((row) => row[index] ?? 0))) / images;
    return { weight: weights[index] ?? 0, f1, size };
  });
  const value = sum(terms.map(({ weight, f1 }) => weight * f1));
  if (images === 0) return { value, interval: null };
  const loss = terms.map(({ weight, f1, size }) => ratio(weight * f1, size));
  const gain = terms.map(({ weight, size }) => ratio(2 * weight, size));
  let variance = 0;
  for (const [truth, row] of confusion.entries()) {
    for (const [said, count] of row.entries()) {
      const derivative = (truth === said ? (gain[truth] ?? 0) : 0) - (loss[truth] ?? 0) - (loss[said] ?? 0);
      variance += (count / images) * derivative ** 2;
    }
  }
  const half = normal95 * Math.sqrt(variance / images);
  return { value, interval: { low: Math.max(0, value - half), high: Math.min(1, value + half) } };
}

/**
 * The interval of second - first from those of two independent samples: R. G. Newcombe, Interval estimation for the
 * difference between independent proportions (Statistics in Medicine 17, 1998), method 10.
 */
export function independentDifference(first: Estimate, second: Estimate): Estimate {
  const value = second.value - first.value;
  if (first.interval === null || second.interval === null) return { value, interval: null };
  const below = Math.hypot(second.value - second.interval.low, first.interval.high - first.value);
  const above = Math.hypot(second.interval.high - second.value, first.value - first.interval.low);
  return { value, interval: { low: value - below, high: value + above } };
}
