import { sum } from '../confusion.ts';
import type { Interval } from '../statistics.ts';
import { type EvaluatedRun, incompleteness } from './evaluated-run.ts';
import { counted, score } from './words.ts';

/** How far runs of one model lie apart that differ in nothing but their seeds. */
export interface SeedSpread {
  readonly labels: readonly string[];
  readonly seeds: readonly number[];
  readonly accuracies: readonly number[];
  /** Largest less smallest. */
  readonly range: number;
  /** Of the accuracies, from their mean; n - 1 degrees of freedom. */
  readonly standardDeviation: number;
  /** Root mean square difference of two such runs: sqrt(2) standard deviations. */
  readonly typicalDifference: number;
  /** 95 % interval of `typicalDifference`, taking accuracies as normally distributed. */
  readonly interval: Interval;
}

/** Groups of at least two runs that were trained alike but for their seeds. */
export function seedSpreads(runs: readonly EvaluatedRun[]): readonly SeedSpread[] {
  return seedGroups(runs).map(spreadOf);
}

/** The runs behind the spreads: each group has at least two, of different seeds. */
export function seedGroups(runs: readonly EvaluatedRun[]): readonly (readonly EvaluatedRun[])[] {
  const groups = new Map<string, EvaluatedRun[]>();
  for (const run of runs) {
    const key = recipeKey(run);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    // The same seed again gives the same network, which says nothing about chance.
    if (!group.some(({ config }) => config.recipe.seed === run.config.recipe.seed)) group.push(run);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

/** Equal for runs that were trained alike but for their seeds. */
export function recipeKey(run: EvaluatedRun): string {
  const { model, limits, initFrom, recipe } = run.config;
  return JSON.stringify([model, limits, initFrom, { ...recipe, seed: null }, incompleteness(run) ?? null]);
}

function spreadOf(runs: readonly EvaluatedRun[]): SeedSpread {
  const accuracies = runs.map(({ metrics }) => metrics.accuracy);
  const mean = sum(accuracies) / accuracies.length;
  const freedom = accuracies.length - 1;
  const squares = sum(accuracies.map((accuracy) => (accuracy - mean) ** 2));
  const typical = (variance: number) => Math.sqrt(2 * variance);
  return {
    labels: runs.map(({ label }) => label),
    seeds: runs.map(({ config }) => config.recipe.seed),
    accuracies,
    range: Math.max(...accuracies) - Math.min(...accuracies),
    standardDeviation: Math.sqrt(squares / freedom),
    typicalDifference: typical(squares / freedom),
    interval: {
      low: typical(squares / chiSquareQuantile(0.975, freedom)),
      high: typical(squares / chiSquareQuantile(0.025, freedom)),
    },
  };
}

/** A spread in a sentence without its full stop. */
export function spreadText({ labels, accuracies, range, typicalDifference, interval }: SeedSpread): string {
  const list = labels.map((label, index) => `${label} ${score(accuracies[index] ?? 0)}`).join(', ');
  const percent = (share: number) => (100 * share).toFixed(2);
  return (
    `${list}: ${percent(range)} points apart, two such runs typically ${percent(typicalDifference)} ` +
    `(95 % interval ${percent(interval.low)} to ${percent(interval.high)}; ${counted(labels.length, 'run')})`
  );
}

/** The value that a chi-square variable stays below with this probability, found by bisection. */
export function chiSquareQuantile(probability: number, freedom: number): number {
  let [low, high] = [0, freedom + 10];
  while (chiSquareBelow(high, freedom) < probability) high *= 2;
  for (let step = 0; step < 80; step += 1) {
    const middle = (low + high) / 2;
    if (chiSquareBelow(middle, freedom) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(X <= x): the regularized incomplete gamma function by its series, Abramowitz and Stegun 6.5.29. */
function chiSquareBelow(x: number, freedom: number): number {
  const a = freedom / 2;
  const z = x / 2;
  // z^a exp(-z) / Gamma(a + 1), from Gamma(1) = 1 or Gamma(3/2) = sqrt(pi)/2 upwards.
  let term = freedom % 2 === 0 ? Math.exp(-z) : (2 * Math.sqrt(z / Math.PI)) / Math.exp(z);
  for (let factor = freedom % 2 === 0 ? 1 : 1.5; factor <= a; factor += 1) term *= z / factor;
  let total = 0;
  for (let next = a + 1; term > total * Number.EPSILON; next += 1) {
    total += term;
    term *= z / next;
  }
  return total;
}
