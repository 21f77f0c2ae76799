/**
 * The shortest decimal number that float32 rounds to the same value as `number`: 0.1 for 0.10000000149011612. So
 * a number that was typed with up to six digits survives float32, and prints as it was typed.
 */
export function shortestDecimal(number: number): number {
  const stored = Math.fround(number);
  for (let digits = 1; digits < 9; digits++) {
    const candidate = Number(stored.toPrecision(digits));
    if (Object.is(Math.fround(candidate), stored)) return candidate;
  }
  return stored;
}
