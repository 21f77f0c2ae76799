import { AtelierError } from '../../errors.ts';

export interface Range {
  readonly low: number;
  readonly high: number;
}

/**
 * The lowest and highest of some activations.
 *
 * @param what names them in the message
 * @throws AtelierError where one is NaN or infinite: it has no colour
 */
export function rangeOf(values: Float32Array, start: number, end: number, what: string): Range {
  let low = Infinity;
  let high = -Infinity;
  // 0 x NaN and 0 x infinity are NaN, and it stays.
  let check = 0;
  for (let at = start; at < end; at += 1) {
    const value = values[at] ?? 0;
    check += 0 * value;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (check === 0 && low <= high) return { low, high };
  const fault = values.subarray(start, end).find((value) => !Number.isFinite(value));
  throw new AtelierError(
    `the activations of ${what} hold the value ${fault}, expected finite numbers only. The training diverged: choose an earlier checkpoint.`,
    { code: 'not-finite' },
  );
}

/** A value beside the scale bar: three digits say enough. */
export function formatValue(value: number): string {
  return String(Number(value.toPrecision(3)));
}
