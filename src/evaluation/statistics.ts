import { AtelierError } from '../errors.ts';

/** The two-sided 95 % point of the standard normal distribution. */
export const normal95 = 1.959963984540054;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Wilson's score interval of a proportion, such as an accuracy. E. B. Wilson (1927), JASA 22, 209-212.
 *
 * @param hits of `count` trials, at least one
 * @param z how many standard errors; the default gives 95 %
 * @throws AtelierError where the counts make no proportion
 */
export function wilsonInterval(hits: number, count: number, z = normal95): Interval {
  if (!(count > 0 && hits >= 0 && hits <= count)) {
    throw new AtelierError(`internal: ${hits} of ${count} is no proportion: expected 0 <= hits <= count, count > 0`);
  }
  const share = hits / count;
  const scale = 1 + z ** 2 / count;
  const centre = (share + z ** 2 / (2 * count)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / count + z ** 2 / (4 * count ** 2));
  // The interval ends in exactly 0 or 1 where all trials agree; the subtraction leaves a rounding error there.
  return { low: hits === 0 ? 0 : centre - half, high: hits === count ? 1 : centre + half };
}

/**
 * McNemar's exact test of whether two classifiers are wrong equally often on the same images: the two-sided binomial
 * test of the discordant pairs against one half, min(1, 2 P(X <= min)). Q. McNemar (1947), Psychometrika 12, 153-157.
 *
 * @param onlyFirst images that only the first classifier got right
 * @param onlySecond images that only the second got right
 * @returns the p-value; 1 where there is no discordant pair
 * @throws AtelierError where a count is not a whole number from 0
 */
export function mcnemarExact(onlyFirst: number, onlySecond: number): number {
  for (const count of [onlyFirst, onlySecond]) {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new AtelierError(`internal: ${count} is no count of images: expected a whole number from 0`);
    }
  }
  const fewer = Math.min(onlyFirst, onlySecond);
  const trials = onlyFirst + onlySecond;
  // P(X = i - 1) / P(X = i) = i / (trials - i + 1): sum the tail relative to its largest term.
  let term = 1;
  let tail = 0;
  for (let i = fewer; i >= 0 && term > tail * Number.EPSILON; i -= 1) {
    tail += term;
    term *= i / (trials - i + 1);
  }
  const logLargest = logFactorial(trials) - logFactorial(fewer) - logFactorial(trials - fewer) - trials * Math.LN2;
  return Math.min(1, 2 * tail * Math.exp(logLargest));
}

/** log(n!) by Stirling's series (Abramowitz and Stegun 6.1.41); below 20 the factorials themselves are exact. */
function logFactorial(n: number): number {
  if (n < 20) {
    let factorial = 1;
    for (let i = 2; i <= n; i += 1) factorial *= i;
    return Math.log(factorial);
  }
  const series = 1 / (12 * n) - 1 / (360 * n ** 3) + 1 / (1260 * n ** 5) - 1 / (1680 * n ** 7);
  return (n + 0.5) * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI) + series;
}

/**
 * Holm's step-down correction for testing several hypotheses at once: a hypothesis is rejected at level a where its
 * adjusted value is at most a. S. Holm (1979), Scandinavian Journal of Statistics 6, 65-70. R: p.adjust(p, 'holm').
 *
 * @param pValues one per hypothesis
 * @returns the adjusted values in the same order
 */
export function holm(pValues: readonly number[]): number[] {
  const adjusted = pValues.slice();
  let floor = 0;
  const ranking = [...pValues.keys()].sort((a, b) => (pValues[a] ?? 0) - (pValues[b] ?? 0));
  for (const [rank, index] of ranking.entries()) {
    floor = Math.max(floor, Math.min(1, (pValues.length - rank) * (pValues[index] ?? 1)));
    adjusted[index] = floor;
  }
  return adjusted;
}
