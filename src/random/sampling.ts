import type { Uint32Source } from './source.ts';

/**
 * A whole number from 0 to n - 1, each exactly as likely, for n from 1 to 2^32 (RangeError otherwise). Words from the
 * last, incomplete run of n, which would make the first numbers likelier, are drawn again.
 */
export function uniformBelow(n: number, source: Uint32Source): number {
  if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) {
    throw new RangeError(`internal: uniformBelow: n must be a whole number from 1 to 2^32, got ${n}`);
  }
  for (;;) {
    const word = source.nextUint32();
    const remainder = word % n;
    if (word - remainder <= 2 ** 32 - n) return remainder;
  }
}

/** The numbers 0 to n - 1 in random order, uint32 [n], every order as likely: Fisher-Yates, from the end. */
export function permutation(n: number, source: Uint32Source): Uint32Array {
  const order = naturalOrder(n);
  for (let i = n - 1; i > 0; i--) swap(order, i, uniformBelow(i + 1, source));
  return order;
}

/** 0, 1, …, n - 1, uint32 [n]. */
export function naturalOrder(n: number): Uint32Array {
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  return order;
}

/** Exchanges two elements in place. */
export function swap(order: Uint32Array, i: number, j: number): void {
  const moved = order[i] ?? 0;
  order[i] = order[j] ?? 0;
  order[j] = moved;
}
