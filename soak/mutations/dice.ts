import { type Stream, stream } from '../../src/random/streams.ts';

/** What a case draws its decisions from: the same case draws the same. */
export class Dice {
  readonly #words: Stream;

  constructor(campaign: string, number: number) {
    this.#words = stream(0, campaign, number);
  }

  /** A whole number from 0 up to `count`, which it does not reach. */
  below(count: number): number {
    return Math.floor((this.#words.nextUint32() / 2 ** 32) * count);
  }

  chance(share: number): boolean {
    return this.#words.nextUint32() < share * 2 ** 32;
  }

  /** One of the items; there must be some. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  bytes(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => this.below(256)));
  }
}
