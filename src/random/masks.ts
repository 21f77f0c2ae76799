import { lanes, type Stream } from './streams.ts';

// A mask is made in pieces small enough to stay in the first-level cache: random words in, mask words out.
const pieceBytes = 4096;
const random = new Uint32Array(pieceBytes / 4);
const mask = new Int32Array(pieceBytes / 4);
const maskBytes = new Uint8Array(mask.buffer);
const tiedWords = new Uint16Array(pieceBytes / 4);
const tieBreakers = new Uint32Array(pieceBytes);

const eachByte = 0x01010101;
const highBits = 0x80808080 | 0;

/**
 * Fills `target` with the stream's mask: 1 with probability `keep`, 0 otherwise, each byte independent of the others.
 * Byte i is a function of the stream's key and of i, and the stream's sequence does not move: the first half of a mask is
 * the mask of half the length.
 *
 * A byte is decided by 8 random bits against floor(256 keep); only where they are equal, once in 256 times, are 32 more
 * bits asked, so the probability is exact to 2^-40 at the price of one byte. Throws RangeError where `keep` is not within
 * [0, 1].
 */
export function bernoulliMask(target: Uint8Array, keep: number, stream: Stream): void {
  if (!(keep >= 0 && keep <= 1)) {
    throw new RangeError(`internal: bernoulliMask: the probability must be within [0, 1], got ${keep}`);
  }
  if (keep === 1) {
    target.fill(1);
    return;
  }
  const threshold = Math.floor(keep * 256);
  const rest = Math.round((keep * 256 - threshold) * 2 ** 32);
  for (let start = 0; start < target.length; start += pieceBytes) {
    const length = Math.min(pieceBytes, target.length - start);
    const words = length === pieceBytes ? random : random.subarray(0, Math.ceil(length / 4));
    stream.fillAt(words, start / 16, lanes.mask);
    const ties = compareBytes(words, threshold);
    if (rest > 0 && ties > 0) {
      // As many words as there can be ties; blocks start / 4 and after belong to this piece.
      const breakers = tieBreakers.subarray(0, 4 * ties);
      stream.fillAt(breakers, start / 4, lanes.maskTies);
      settleTies(ties, threshold, rest, breakers);
    }
    target.set(length === pieceBytes ? maskBytes : maskBytes.subarray(0, length), start);
  }
}

/**
 * mask[i] = for each byte of words[i], whether it is below the threshold. Four bytes at once inside a 32-bit word:
 * setting every high bit before subtracting the low seven bits of the threshold keeps borrows within their byte.
 * Returns how many words hold a byte equal to the threshold, and leaves their places in `tiedWords`; to settle them
 * here would cost a third of the speed, because a call keeps the loop's addresses out of registers.
 */
function compareBytes(words: Uint32Array, threshold: number): number {
  const thresholds = Math.imul(threshold, eachByte);
  const low = thresholds & ~highBits;
  let ties = 0;
  for (let i = 0; i < words.length; i++) {
    const word = (words[i] ?? 0) | 0;
    const difference = word ^ thresholds;
    const lowReached = (word | highBits) - low;
    mask[i] = (((~word & thresholds) | (~difference & ~lowReached)) & highBits) >>> 7;
    // True where a byte of `difference` is zero.
    if (((difference - eachByte) & ~difference & highBits) !== 0) tiedWords[ties++] = i;
  }
  return ties;
}

/** Gives each tied byte, in order, the next 32 bits: 1 with probability rest / 2^32. */
function settleTies(ties: number, threshold: number, rest: number, breakers: Uint32Array): void {
  let next = 0;
  for (const i of tiedWords.subarray(0, ties)) {
    const word = random[i] ?? 0;
    for (let bit = 0; bit < 32; bit += 8) {
      if (((word >>> bit) & 0xff) !== threshold) continue;
      if ((breakers[next++] ?? 0) < rest) mask[i] = (mask[i] ?? 0) | (1 << bit);
    }
  }
}
