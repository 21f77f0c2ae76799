import { hashBits, ones } from './difference-hash.ts';

/**
 * Finds all pairs of hashes that differ in few bits, by multi-index hashing: of the bits in `radius + 1` groups at least one
 * is alike in both, so only hashes that share a group are held against each other. M. Norouzi, A. Punjani, D. Fleet, "Fast
 * Search in Hamming Space with Multi-Index Hashing" (CVPR 2012). Groups take bits from all over the picture: where all have
 * the same ground, neighbouring bits would be alike in most.
 *
 * @param hashes two words each, uint32 [2 * count]
 * @param radius the most bits that may differ, 1 to 31
 * @param visit is given each pair once, the lower number first
 * @returns yields after each group, and often within large ones: whoever steps through can let others have their turn
 */
export function* closeHashes(
  hashes: Uint32Array,
  radius: number,
  visit: (first: number, second: number) => void,
): Generator<void, void, void> {
  const count = hashes.length / 2;
  const groups = Array.from({ length: radius + 1 }, (_, group) => groupedBits(group, radius + 1));
  const masks = groups.map(maskOf);
  for (const [group, bits] of groups.entries()) {
    const { order, starts } = sortedByKey(keysOf(hashes, bits), 2 ** bits.length);
    const sorted = new Uint32Array(2 * count);
    for (let at = 0; at < count; at += 1) {
      const hash = order[at] ?? 0;
      sorted[2 * at] = hashes[2 * hash] ?? 0;
      sorted[2 * at + 1] = hashes[2 * hash + 1] ?? 0;
    }
    const scan: Scan = { sorted, order, radius, earlier: masks.slice(0, group), visit };
    let compared = 0;
    for (let bucket = 0; bucket + 1 < starts.length; bucket += 1) {
      const end = starts[bucket + 1] ?? 0;
      for (let i = starts[bucket] ?? 0; i < end; i += 1) {
        holdAgainst(scan, i, end);
        compared += end - i;
        if (compared < comparedAtOnce) continue;
        compared = 0;
        yield;
      }
    }
    yield;
  }
}

/** Hashes that share a group, and what to do with those that are close. */
interface Scan {
  /** In the order of the group's bits, uint32 [2 * count]. */
  readonly sorted: Uint32Array;
  /** The number of each. */
  readonly order: Uint32Array;
  readonly radius: number;
  /** The groups before this one, as masks. */
  readonly earlier: readonly Mask[];
  readonly visit: (first: number, second: number) => void;
}

/** Bits of a hash. */
interface Mask {
  readonly high: number;
  readonly low: number;
}

/** Holds one hash against those after it. What has an earlier group in common was found there. */
function holdAgainst({ sorted, order, radius, earlier, visit }: Scan, at: number, end: number): void {
  const [high, low] = [sorted[2 * at] ?? 0, sorted[2 * at + 1] ?? 0];
  for (let other = at + 1; other < end; other += 1) {
    const differingHigh = high ^ (sorted[2 * other] ?? 0);
    const count = ones(differingHigh);
    if (count > radius) continue;
    const differingLow = low ^ (sorted[2 * other + 1] ?? 0);
    if (count + ones(differingLow) > radius) continue;
    if (shares(differingHigh, differingLow, earlier)) continue;
    visit(order[at] ?? 0, order[other] ?? 0);
  }
}

function shares(high: number, low: number, masks: readonly Mask[]): boolean {
  for (let i = 0; i < masks.length; i += 1) {
    const mask = masks[i];
    if (mask && (high & mask.high) === 0 && (low & mask.low) === 0) return true;
  }
  return false;
}

function maskOf(bits: readonly number[]): Mask {
  const word = (from: number) =>
    bits.filter((bit) => bit >= from && bit < from + 32).reduce((mask, bit) => mask | (1 << (31 - (bit - from))), 0);
  return { high: word(0), low: word(32) };
}

const comparedAtOnce = 2 ** 25;

/** The bits of a group, spread over rows and columns of the picture. */
function groupedBits(group: number, groups: number): readonly number[] {
  return Array.from({ length: hashBits }, (_, bit) => bit).filter(
    (bit) => (bit + Math.floor(bit / 8)) % groups === group,
  );
}

/** What each hash has in some bits, as a number: uint32 [count]. */
function keysOf(hashes: Uint32Array, bits: readonly number[]): Uint32Array {
  const keys = new Uint32Array(hashes.length / 2);
  for (let at = 0; at < keys.length; at += 1) {
    let key = 0;
    for (const bit of bits) key = (key << 1) | (((hashes[2 * at + (bit < 32 ? 0 : 1)] ?? 0) >>> (31 - (bit % 32))) & 1);
    keys[at] = key >>> 0;
  }
  return keys;
}

/** The order of the hashes by their keys, equal ones by number, and where each key's begin. Groups of many bits are sorted. */
function sortedByKey(
  keys: Uint32Array,
  kinds: number,
): { readonly order: Uint32Array; readonly starts: ArrayLike<number> } {
  if (kinds > 2 ** 20) {
    const order = Uint32Array.from(keys.keys()).sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || a - b);
    const starts = [0];
    for (let at = 1; at < order.length; at += 1) if (keys[order[at] ?? 0] !== keys[order[at - 1] ?? 0]) starts.push(at);
    return { order, starts: [...starts, order.length] };
  }
  const starts = new Uint32Array(kinds + 1);
  for (const key of keys) starts[key + 1] = (starts[key + 1] ?? 0) + 1;
  for (let key = 0; key < kinds; key += 1) starts[key + 1] = (starts[key + 1] ?? 0) + (starts[key] ?? 0);
  const next = starts.slice();
  const order = new Uint32Array(keys.length);
  for (let at = 0; at < keys.length; at += 1) {
    const place = next[keys[at] ?? 0] ?? 0;
    order[place] = at;
    next[keys[at] ?? 0] = place + 1;
  }
  return { order, starts };
}
