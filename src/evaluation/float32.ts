/**
 * The shortest decimal that reads back as the same float32: `0.1`, where JavaScript, which takes every number for a
 * float64, would print 0.10000000149011612.
 *
 * @param value finite, and already a float32 (Math.fround leaves it alone)
 */
export function formatFloat32(value: number): string {
  // Any decimal of up to 6 digits survives float32 and back (FLT_DIG), so shorter ones show at 6; 9 digits always do.
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}
