/** Rows and columns of levels that a hash is made of: 8 x 9, for 8 differences in each of 8 rows. */
export const hashGrid = { height: 8, width: 9 } as const;
/** Bits of a hash. */
export const hashBits = 64;
/**
 * Levels that a pixel has to be brighter than the one before it. In plain grounds the smallest noise (JPEG's, say) turns one
 * of two equal levels into the brighter: without a margin half of the bits of such pictures are chance.
 */
export const usualMargin = 1;

/**
 * The difference hash ("dHash"): a bit for each pixel of the grey, strongly reduced picture that is brighter than the one to
 * its left, row by row, the first bit the highest. It survives other sizes, other compression and other brightness.
 * N. Krawetz, "Kind of Like That" (2013), whose margin is 0.
 *
 * @param levels 8 x 9 levels of grey, row-major, from `at` on
 * @returns the higher and the lower 32 bits
 */
export function differenceHash(
  levels: ArrayLike<number>,
  at = 0,
  margin = usualMargin,
): readonly [high: number, low: number] {
  let [high, low] = [0, 0];
  for (let bit = 0; bit < hashBits; bit += 1) {
    const left = at + Math.floor(bit / 8) * hashGrid.width + (bit % 8);
    const isBrighter = (levels[left + 1] ?? 0) > (levels[left] ?? 0) + margin ? 1 : 0;
    if (bit < 32) high = (high << 1) | isBrighter;
    else low = (low << 1) | isBrighter;
  }
  return [high >>> 0, low >>> 0];
}

/** The ones of a 32-bit word. H. S. Warren, Hacker's Delight, section 5-1. */
export function ones(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
