import { AtelierError } from '../src/errors.ts';

/** What repeated measurements came to. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  /** Quartiles. */
  readonly lower: number;
  readonly upper: number;
  readonly max: number;
}

/**
 * A quantile by linear interpolation between order statistics (R. Hyndman and Y. Fan, Sample Quantiles in Statistical
 * Packages, 1996, definition 7: NumPy's and R's default).
 *
 * @param values at least one, in any order
 * @param share from 0 (least) to 1 (greatest)
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined)
    throw new AtelierError('internal: a quantile needs at least one value');
  return below + (above - below) * (position - Math.floor(position));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Throws AtelierError where there is no value. */
export function spreadOf(values: readonly number[]): Spread {
  return {
    median: median(values),
    min: quantile(values, 0),
    lower: quantile(values, 0.25),
    upper: quantile(values, 0.75),
    max: quantile(values, 1),
  };
}

/**
 * Repetition i of one over repetition i of the other, as far as both have one: what disturbs the machine for a while
 * disturbs both and cancels.
 */
export function pairedRatios(ours: readonly number[], theirs: readonly number[]): readonly number[] {
  return ours.slice(0, theirs.length).map((value, i) => value / (theirs[i] ?? Number.NaN));
}

/** The largest |a - b| over the largest |a|, as far as both go; null where there is nothing to compare. */
export function disagreementOf(a: readonly number[], b: readonly number[]): number | null {
  const differences = a.slice(0, b.length).map((value, i) => Math.abs(value - (b[i] ?? Number.NaN)));
  const scale = Math.max(...a.slice(0, b.length).map(Math.abs));
  if (differences.length === 0) return null;
  return scale === 0 ? Math.max(...differences) : Math.max(...differences) / scale;
}
