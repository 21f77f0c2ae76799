import type { Batch, Batches } from '../data/batches.ts';

/** Hands out batches in groups, and has the next ones prepared while its caller computes. */
export class BatchesAhead {
  readonly #source: AsyncGenerator<Batch, void, void>;
  readonly #ahead: number;
  /** Asked for, and not handed out yet. */
  readonly #coming: Promise<IteratorResult<Batch, void>>[] = [];

  /** @param ahead batches to prepare before they are asked for */
  constructor(batches: Batches, ahead: number) {
    this.#source = unhurried(batches);
    this.#ahead = ahead;
  }

  /** The next batches, fewer than `count` at the end. Rejects with what the source rejects with. */
  async take(count: number): Promise<readonly Batch[]> {
    this.#request(count);
    const group = this.#coming.splice(0, count);
    this.#request(this.#ahead);
    const batches: Batch[] = [];
    for (const result of group) {
      const { value, done } = await result;
      if (!done) batches.push(value);
    }
    return batches;
  }

  /** Lets the source go; no batch comes after it. */
  async close(): Promise<void> {
    await this.#source.return();
  }

  #request(count: number): void {
    while (this.#coming.length < count) {
      const result = this.#source.next();
      // It is awaited when it is taken; until then a failure must not end the process.
      result.catch(() => undefined);
      this.#coming.push(result);
    }
  }
}

/**
 * The batches, with a turn of the event loop before each but the first: whoever took the one before goes about his work
 * first, and several batches in a row hold up no timer.
 */
async function* unhurried(batches: Batches): AsyncGenerator<Batch, void, void> {
  for await (const batch of batches) {
    yield batch;
    await new Promise(setImmediate);
  }
}
