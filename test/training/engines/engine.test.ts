import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../src/data/batches.ts';
import { type BatchResult, type Evaluation, evaluateAll } from '../../../src/training/engines/engine.ts';

function batchOf(index: number, count = 1): Batch {
  return { index, count, images: new Uint8Array(count), labels: new BigInt64Array(count) };
}

/** An evaluation whose passes end when a test says so. */
function byHand() {
  const passes: { readonly index: number; resolve(result: BatchResult): void; reject(error: Error): void }[] = [];
  let closed = 0;
  const evaluation: Evaluation = {
    pass: ({ index }) => new Promise((resolve, reject) => passes.push({ index, resolve, reject })),
    close: async () => {
      closed += 1;
    },
  };
  return { evaluation, passes, closed: () => closed };
}

async function idle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
}

describe('evaluateAll', () => {
  it('weighs each batch by its images', async () => {
    const { evaluation, passes, closed } = byHand();
    const means = evaluateAll(evaluation, [batchOf(0, 3), batchOf(1, 1)], 2);
    await idle();
    passes[1]?.resolve({ loss: 5, correct: 0 });
    passes[0]?.resolve({ loss: 1, correct: 2 });
    expect(await means).toEqual({ loss: (3 * 1 + 5) / 4, accuracy: 2 / 4 });
    expect(closed()).toBe(1);
  });

  it.each([0, 1, 2])('hands over %i batches while one before them is computed, and no more', async (ahead) => {
    const { evaluation, passes } = byHand();
    const means = evaluateAll(
      evaluation,
      [0, 1, 2, 3, 4].map((index) => batchOf(index)),
      ahead,
    );
    for (let done = 0; done < 5; done++) {
      await idle();
      expect(passes.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4].slice(0, done + 1 + ahead));
      passes[done]?.resolve({ loss: 1, correct: 1 });
    }
    expect(await means).toEqual({ loss: 1, accuracy: 1 });
  });

  it('fails with the first pass that fails, and is closed', async () => {
    const { evaluation, passes, closed } = byHand();
    const means = evaluateAll(evaluation, [batchOf(0), batchOf(1), batchOf(2), batchOf(3)], 2);
    const failed = expect(means).rejects.toThrow('first');
    await idle();
    passes[1]?.reject(new Error('second'));
    passes[0]?.reject(new Error('first'));
    await failed;
    expect(closed()).toBe(1);
    expect(passes).toHaveLength(3);
  });

  it('fails with what its batches fail with, and is closed', async () => {
    const { evaluation, closed } = byHand();
    async function* batches(): AsyncGenerator<Batch, void, void> {
      yield batchOf(0);
      throw new Error('no more');
    }
    await expect(evaluateAll(evaluation, batches(), 2)).rejects.toThrow('no more');
    expect(closed()).toBe(1);
  });

  it('refuses to average nothing', async () => {
    await expect(evaluateAll(byHand().evaluation, [], 0)).rejects.toThrow('nothing to evaluate');
  });
});
