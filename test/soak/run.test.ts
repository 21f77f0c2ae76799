import { describe, expect, it } from 'vitest';
import type { Campaign } from '../../soak/campaign.ts';
import { figuresPath, readFigures } from '../../soak/figures.ts';
import { goOn, retry, tryCases } from '../../soak/run.ts';
import { type Outcome, watched } from '../../soak/watched.ts';
import { scratchFolder } from '../files/scratch.ts';

/** Ends after some cases; those of the given numbers break its promise. */
function made(cases: number, broken: readonly number[]): { campaign: Campaign; signal: AbortSignal; tried: number[] } {
  const controller = new AbortController();
  const tried: number[] = [];
  const campaign: Campaign = {
    name: 'made',
    promise: 'nothing breaks',
    unit: 'things',
    goal: 10,
    start: async () => ({
      tryCase: async (number) => {
        tried.push(number);
        if (tried.length === cases) controller.abort();
        const failures = broken.includes(number) ? [`${number} broke`] : [];
        return { count: 2, tallies: { seen: 1 }, maxima: { number }, failures };
      },
      close: async () => undefined,
    }),
  };
  return { campaign, signal: controller.signal, tried };
}

describe('a campaign', () => {
  it('goes on where it stood, adds to its figures, and tries again what failed', async () => {
    const place = { folder: scratchFolder(), minutes: 1, say: () => undefined };
    const first = made(3, [1, 2]);
    await goOn(first.campaign, { ...place, revision: 'one', signal: first.signal });
    const second = made(2, []);
    await goOn(second.campaign, { ...place, revision: 'two', signal: second.signal });
    expect([first.tried, second.tried]).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
    expect(await readFigures(figuresPath(place.folder, 'made'))).toMatchObject({
      count: 10,
      cases: 5,
      tallies: { seen: 5 },
      maxima: { number: 4 },
      failures: [
        { case: 1, revision: 'one', messages: ['1 broke'] },
        { case: 2, revision: 'one' },
      ],
      sessions: [
        { revision: 'one', cases: 3, count: 6 },
        { revision: 'two', cases: 2, count: 4 },
      ],
    });
    const third = made(9, [2]);
    await retry(third.campaign, { ...place, revision: 'three', signal: third.signal });
    expect(third.tried).toEqual([1, 2]);
    expect(await readFigures(figuresPath(place.folder, 'made'))).toMatchObject({
      count: 10,
      failures: [{ case: 2, revision: 'three' }],
      mended: [1],
    });
  });

  it('tries single cases and keeps nothing', async () => {
    const [trial] = await tryCases(made(1, []).campaign, [7]);
    expect(trial).toMatchObject({ maxima: { number: 7 }, failures: [] });
  });
});

describe('a watched process', () => {
  it('answers with its time and memory; what crashes or hangs is told from it and does not end the next task', async () => {
    const module = new URL('tasks.ts', import.meta.url);
    const [process, impatient] = [watched(module, { patience: 20 }), watched(module, { patience: 2 })];
    try {
      expect(await process.do('crash')).toMatchObject({ kind: 'crashed', how: expect.stringContaining('SIGABRT') });
      const [large, small] = [await process.do('use 300 MB'), await process.do('nothing')];
      expect(large).toMatchObject({ kind: 'answered', value: 'done' });
      expect(peakOf(large) - peakOf(small)).toBeGreaterThan(150);
      expect(await impatient.do('hang')).toMatchObject({ kind: 'hung' });
    } finally {
      process.close();
      impatient.close();
    }
  });
});

function peakOf(outcome: Outcome): number {
  return outcome.kind === 'answered' ? outcome.peakMegabytes : Number.NaN;
}
