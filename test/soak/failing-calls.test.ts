import { describe, expect, it } from 'vitest';
import { calls } from '../../soak/failing-calls.ts';
import { tryCases } from '../../soak/run.ts';

describe('a sample of the campaign calls', () => {
  it.skipIf(process.platform !== 'linux')(
    'lets calls of data, init, graphs and summary fail: they say so, or succeed',
    async () => {
      // Of 30 commands those that need no run.
      const trials = await tryCases(calls, [10, 11, 12, 18, 19]);
      expect(trials.flatMap(({ failures }) => failures)).toEqual([]);
      expect(trials.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(4);
    },
  );
});
