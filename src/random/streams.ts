import { fillThreefry, type Words4 } from './counter.ts';
import { checkSeed, splitWords } from './seed.ts';
import type { Uint32Source } from './source.ts';

/** What a key is used for: the third word of the counter, so that one key serves all of them without overlap. */
export const lanes = { sequence: 0, positions: 1, mask: 2, maskTies: 3 } as const;
export type Lane = (typeof lanes)[keyof typeof lanes];

/**
 * A named source of random bits: `stream(seed, 'dropout', step)`. Its words are a function of seed, name and indices
 * alone, so a resumed run draws what an uninterrupted one would have drawn, and no generator's state is ever saved.
 */
export class Stream implements Uint32Source {
  readonly #key: Words4;
  readonly #buffer = new Uint32Array(64);
  #block = 0;
  #next = this.#buffer.length;

  constructor(key: Words4) {
    this.#key = key;
  }

  /** The next word of the stream's sequence. */
  nextUint32(): number {
    if (this.#next === this.#buffer.length) {
      fillThreefry(this.#buffer, this.#key, [this.#block, 0, lanes.sequence, 0]);
      this.#block += this.#buffer.length / 4;
      this.#next = 0;
    }
    return this.#buffer[this.#next++] ?? 0;
  }

  /**
   * Random access: fills `target` with the words of block `position` and the blocks after it, four words each, in a lane
   * of their own; the sequence of `nextUint32` is neither moved nor repeated. `position` counts from 0 to 2^32 - 1.
   */
  fillAt(target: Uint32Array, position: number, lane: Lane = lanes.positions): void {
    fillThreefry(target, this.#key, [position, 0, lane, 0]);
  }
}

/**
 * The stream of this seed and name, and of these indices where a name has many (an epoch, a step, a layer).
 * Different arguments give streams that share nothing; the same arguments always give the same stream.
 *
 * The key is a Matyas-Meyer-Oseas hash (Menezes et al., Handbook of Applied Cryptography, 9.4.1) over Threefry:
 * key' = block(key, message) xor message, from the seed on, over the lengths, the name and the indices.
 * Throws UsageError for a seed, RangeError for an index, that is not a non-negative safe integer.
 */
export function stream(seed: number, name: string, ...indices: readonly number[]): Stream {
  const message = [name.length, indices.length];
  for (let i = 0; i < name.length; i++) message.push(name.charCodeAt(i));
  for (const index of indices) {
    if (!Number.isSafeInteger(index) || index < 0) {
      throw new RangeError(`internal: stream '${name}': an index must be a non-negative whole number, got ${index}`);
    }
    message.push(...splitWords(index));
  }
  const block = new Uint32Array(4);
  let key: Words4 = [...splitWords(checkSeed(seed)), 0, 0];
  for (let i = 0; i < message.length; i += 4) {
    const part: Words4 = [message[i] ?? 0, message[i + 1] ?? 0, message[i + 2] ?? 0, message[i + 3] ?? 0];
    fillThreefry(block, key, part);
    const [a = 0, b = 0, c = 0, d = 0] = block;
    key = [a ^ part[0], b ^ part[1], c ^ part[2], d ^ part[3]];
  }
  return new Stream(key);
}
