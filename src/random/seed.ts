import { UsageError } from '../errors.ts';

/**
 * Returns `seed` when it is a whole number from 0 to 2^53 - 1, the numbers that JavaScript, JSON and the command line
 * carry without loss. Throws UsageError otherwise.
 */
export function checkSeed(seed: number): number {
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new UsageError(
    `seed: expected a whole number from 0 to ${Number.MAX_SAFE_INTEGER}, got ${seed}; choose another, such as 42`,
    { code: 'invalid-setting' },
  );
}

/** The low and the high 32 bits of a non-negative safe integer. */
export function splitWords(value: number): readonly [low: number, high: number] {
  return [value >>> 0, Math.floor(value / 2 ** 32)];
}
