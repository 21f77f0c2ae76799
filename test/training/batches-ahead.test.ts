import { describe, expect, it } from 'vitest';
import type { Batch } from '../../src/data/batches.ts';
import { BatchesAhead } from '../../src/training/batches-ahead.ts';

/** Batches that tell when they are made, and when nobody wants more. */
function source(count: number, failAt?: number) {
  const events: string[] = [];
  async function* make(): AsyncGenerator<Batch, void, void> {
    try {
      for (let index = 0; index < count; index++) {
        if (index === failAt) throw new Error(`no batch ${index}`);
        events.push(`made ${index}`);
        yield { index, count: 1, images: Uint8Array.of(index), labels: BigInt64Array.of(0n) };
      }
    } finally {
      events.push('closed');
    }
  }
  return { events, batches: make() };
}

const indices = async (taken: Promise<readonly Batch[]>) => (await taken).map(({ index }) => index);

/** Lets everything happen that needs nobody. */
async function idle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
}

describe('batches ahead', () => {
  it('come in order and in groups of any size, fewer at the end', async () => {
    const ahead = new BatchesAhead(source(7).batches, 2);
    expect(await indices(ahead.take(3))).toEqual([0, 1, 2]);
    expect(await indices(ahead.take(1))).toEqual([3]);
    expect(await indices(ahead.take(5))).toEqual([4, 5, 6]);
    expect(await indices(ahead.take(1))).toEqual([]);
  });

  it('of a plain list as well', async () => {
    const batch = { index: 0, count: 1, images: Uint8Array.of(1), labels: BigInt64Array.of(0n) };
    expect(await new BatchesAhead([batch], 1).take(2)).toEqual([batch]);
  });

  it('are made while nobody asks, as many as are wanted ahead and no more; none before the first is taken', async () => {
    const { events, batches } = source(9);
    const ahead = new BatchesAhead(batches, 2);
    await idle();
    expect(events).toEqual([]);
    await ahead.take(1);
    await idle();
    expect(events).toEqual(['made 0', 'made 1', 'made 2']);
    await ahead.close();
  });

  it('let timers in between one and the next', async () => {
    const { events, batches } = source(3);
    setImmediate(() => events.push('another'));
    await new BatchesAhead(batches, 0).take(3);
    expect(events.indexOf('another')).toBeLessThan(events.indexOf('made 2'));
  });

  it('that fail ahead fail when they are taken, and end no process', async () => {
    const ahead = new BatchesAhead(source(9, 2).batches, 4);
    expect(await indices(ahead.take(1))).toEqual([0]);
    await idle();
    expect(await indices(ahead.take(1))).toEqual([1]);
    await expect(ahead.take(1)).rejects.toThrow('no batch 2');
  });

  it('let their source go when they are closed, twice if need be', async () => {
    const { events, batches } = source(9);
    const ahead = new BatchesAhead(batches, 1);
    await ahead.take(1);
    await ahead.close();
    await ahead.close();
    expect(events.at(-1)).toBe('closed');
    expect(events.filter((event) => event === 'closed')).toHaveLength(1);
  });
});
