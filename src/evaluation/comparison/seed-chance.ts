import { sum } from '../confusion.ts';
import type { Metrics } from '../metrics.ts';
import type { EvaluatedRun } from './evaluated-run.ts';
import { recipeKey, seedGroups } from './seed-spread.ts';

/** One number of an evaluation. */
export type Measure = (metrics: Metrics) => number;

/**
 * By how much two runs have to differ in a measure for another seed not to explain it; null where no two runs tell how much
 * another seed changes.
 */
export type SeedChance = (measure: Measure) => number | null;

/** Nobody knows. */
export const unmeasured: SeedChance = () => null;

/**
 * The half width of the 95 % interval of a difference of two single runs, from the variance among runs that were trained alike
 * but for their seeds, pooled over the recipes of both: t times sqrt(2) standard deviations (Student's test with a pooled
 * variance).
 *
 * @param runs all that there are
 */
export function seedChance(runs: readonly EvaluatedRun[], first: EvaluatedRun, second: EvaluatedRun): SeedChance {
  const keys = [recipeKey(first), recipeKey(second)];
  const groups = seedGroups(runs).filter(([one]) => one !== undefined && keys.includes(recipeKey(one)));
  const freedom = sum(groups.map((group) => group.length - 1));
  if (freedom === 0) return unmeasured;
  const t = studentQuantile(freedom);
  return (measure) => {
    const squares = sum(
      groups.map((group) => {
        const values = group.map(({ metrics }) => measure(metrics));
        const mean = sum(values) / values.length;
        return sum(values.map((value) => (value - mean) ** 2));
      }),
    );
    return t * Math.sqrt((2 * squares) / freedom);
  };
}

/** What the absolute value of Student's t stays below with this probability, found by bisection. */
export function studentQuantile(freedom: number, probability = 0.95): number {
  let [low, high] = [0, 1];
  while (studentBetween(high, freedom) < probability) high *= 2;
  for (let step = 0; step < 80; step += 1) {
    const middle = (low + high) / 2;
    if (studentBetween(middle, freedom) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(|T| <= t) for whole degrees of freedom: Abramowitz and Stegun 26.7.3 and 26.7.4. */
function studentBetween(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const odd = freedom % 2 === 1;
  // The powers of the cosine: odd ones from 1, or even ones from 0, up to freedom - 2.
  let term = odd ? cosine : 1;
  let total = 0;
  for (let power = odd ? 1 : 0; power <= freedom - 2; power += 2) {
    total += term;
    term *= ((power + 1) / (power + 2)) * cosine ** 2;
  }
  return odd ? (2 / Math.PI) * (angle + sine * total) : sine * total;
}
