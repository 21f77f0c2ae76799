import type { Batch, Batches } from '../../src/data/batches.ts';

/** Every batch, kept. */
export async function allBatches(batches: Batches): Promise<readonly Batch[]> {
  const kept: Batch[] = [];
  for await (const batch of batches) kept.push(batch);
  return kept;
}
