import { describe, expect, it } from 'vitest';
import { kills } from '../../soak/kills.ts';
import { tryCases } from '../../soak/run.ts';

describe('the campaign of kills', () => {
  it.skipIf(process.platform !== 'linux')('holds for some cases: a training and another command', async () => {
    // One of Model 2 in portable graphs, and `graphs`, which needs no run.
    const trials = await tryCases(kills, [2, 25]);
    expect(trials.flatMap(({ failures }) => failures)).toEqual([]);
    expect(trials.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(2);
  });
});
