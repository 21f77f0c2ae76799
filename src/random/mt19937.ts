/**
 * PyTorch's CPU generator, for the places where its very sequence matters: initial weights and the data set's split.
 * Everything else draws from the named streams of streams.ts.
 */

import { naturalOrder, swap } from './sampling.ts';
import { checkSeed } from './seed.ts';
import type { Uint32Source } from './source.ts';

const size = 624;
const shift = 397;
const matrix = 0x9908b0df;

/**
 * The Mersenne Twister of Matsumoto and Nishimura (1998, "Mersenne Twister: a 623-dimensionally equidistributed uniform
 * pseudo-random number generator"), seeded by their init_genrand: `torch.Generator().manual_seed(seed)`, whose first
 * 32-bit draw for seed 42 is 1608637542. As in PyTorch, only the low 32 bits of the seed count.
 */
export class Mt19937 implements Uint32Source {
  readonly #state = new Uint32Array(size);
  #next = size;

  /** Throws UsageError where `seed` is not a non-negative safe integer. */
  constructor(seed: number) {
    let word = checkSeed(seed) >>> 0;
    this.#state[0] = word;
    for (let i = 1; i < size; i++) {
      word = (Math.imul(1812433253, word ^ (word >>> 30)) + i) >>> 0;
      this.#state[i] = word;
    }
  }

  /** The next 32 bits, 0 to 2^32 - 1: PyTorch's `random()`. */
  nextUint32(): number {
    if (this.#next === size) this.#twist();
    let word = this.#word(this.#next++);
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  #twist(): void {
    for (let i = 0; i < size; i++) {
      const joined = (this.#word(i) & 0x80000000) | (this.#word((i + 1) % size) & 0x7fffffff);
      this.#state[i] = this.#word((i + shift) % size) ^ (joined >>> 1) ^ (joined & 1 ? matrix : 0);
    }
    this.#next = 0;
  }

  #word(i: number): number {
    return this.#state[i] ?? 0;
  }
}

/**
 * `torch.randperm(n, generator)`: the numbers 0 to n - 1 in random order, uint32 [n], from n - 1 draws.
 * Position i changes places with i + (draw mod (n - i)): PyTorch's randperm_cpu, as it stands for n below 2^32 / 20
 * (the modulo's bias is theirs, and part of the sequence). Throws RangeError for other n.
 */
export function randperm(n: number, generator: Uint32Source): Uint32Array {
  if (!Number.isInteger(n) || n < 0 || n >= 2 ** 32 / 20) {
    throw new RangeError(`internal: randperm: n must be a whole number from 0 to 2^32 / 20, got ${n}`);
  }
  const order = naturalOrder(n);
  for (let i = 0; i < n - 1; i++) swap(order, i, i + (generator.nextUint32() % (n - i)));
  return order;
}
