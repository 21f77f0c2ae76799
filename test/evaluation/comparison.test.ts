import { describe, expect, it } from 'vitest';
import { compareRuns } from '../../src/evaluation/comparison/compare.ts';
import { statementsOn } from '../../src/evaluation/comparison/conclusions.ts';
import { comparePair, type PairComparison } from '../../src/evaluation/comparison/pair.ts';
import type { WorkProgress } from '../../src/work-observer.ts';
import { coat, dress, experiment, fast, pullover, rightBut, runsOf, shirt } from '../report/compared-runs.ts';
import { publishedLikeAnswers } from '../report/fake-runs.ts';

describe('compareRuns', () => {
  const [right, wrong] = [rightBut(20), rightBut(20, [shirt, coat, 4])];
  const runs = () =>
    runsOf(
      { model: 'm1', answers: right },
      { model: 'm1', answers: wrong, recipe: { seed: 1 } },
      { model: 'm2', answers: rightBut(20, [coat, shirt, 5], [dress, coat, 2]) },
    );

  it('gives each pair what it comes to alone, though all share their resamples', async () => {
    const loaded = await runs();
    const { pairs } = await compareRuns(loaded, null, { ...fast, allPairs: true });
    const alone = loaded.flatMap((one, index) => loaded.slice(index + 1).map((other) => comparePair(one, other, fast)));
    const numbers = (list: readonly Pick<PairComparison, 'accuracy' | 'macroF1' | 'classes'>[]) =>
      list.map(({ accuracy, macroF1, classes }) =>
        [accuracy, macroF1, ...classes.flatMap(({ recall, f1 }) => [recall, f1])].map(
          ({ seedChance: _, ...measured }) => measured,
        ),
      );
    expect(numbers(pairs)).toEqual(numbers(alone));
  });

  it('tells how far it is, resample by resample and pair by pair, and lets others have their turn', async () => {
    const told: WorkProgress[] = [];
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns += 1;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const observer = { progress: (progress: WorkProgress) => told.push(progress) };
    // Each turn looks at 500,000 images, 2,500 resamples of these 200.
    await compareRuns(await runs(), null, { resamples: 6000, observer });
    isOver = true;
    expect(told.map(({ work, done, total, unit }) => [work, done, total, unit])).toEqual([
      ['drawing resamples', 0, 6000, ''],
      ['drawing resamples', 2500, 6000, ''],
      ['drawing resamples', 5000, 6000, ''],
      ['comparing 3 runs', 0, 2, 'pairs'],
      ['comparing 3 runs', 1, 2, 'pairs'],
    ]);
    expect(turns).toBeGreaterThanOrEqual(5);
  });
});

describe('comparePair', () => {
  it('agrees with a hand-worked case', async () => {
    const [first, second] = await runsOf(
      { model: 'm1', answers: rightBut(20) },
      { model: 'm2', answers: rightBut(20, [shirt, pullover, 12]) },
    );
    if (!first || !second) throw new Error('two runs');
    const pair = comparePair(first, second, fast);
    expect(pair).toMatchObject({ first: 'Model 1', second: 'Model 2', count: 200 });
    expect(pair.agreement).toMatchObject({ both: 188, onlyFirst: 12, onlySecond: 0, neither: 0 });
    // 12 of 12 discordant images for the first: 2 / 2^12; Holm over ten classes: times ten.
    expect(pair.accuracy.pValue).toBeCloseTo(2 ** -11, 14);
    expect(pair.accuracy.difference).toBeCloseTo(-12 / 200, 14);
    const ofShirt = pair.classes[shirt];
    expect(ofShirt).toMatchObject({ name: 'Shirt', support: 20, recall: { first: 1, second: 0.4 } });
    expect(ofShirt?.recall.adjustedPValue).toBeCloseTo(10 * 2 ** -11, 14);
    expect(ofShirt?.f1.second).toBeCloseTo(16 / 28, 14);
    expect(pair.classes[pullover]?.recall).toMatchObject({ difference: 0, low: 0, high: 0, adjustedPValue: 1 });
    expect(pair.classes[pullover]?.f1.second).toBeCloseTo(40 / 52, 14);
    expect(pair.classes[dress]?.f1.pValue).toBe(1);

    const statements = statementsOn(pair).map(({ finding, text }) => `${finding}: ${text}`);
    expect(statements[0]).toMatch(/^supported: Model 1 is more accurate than Model 2 .*-6\.00 points.*p < 0\.001/);
    expect(statements).toContain('supported: Model 1 has the higher recall in Shirt (-60.00)');
    expect(
      statements.some((text) => /^cannot be told.*whose recall is higher in T-shirt\/top, Trouser, P/.test(text)),
    ).toBe(true);
  });

  it('turns round with its runs, and repeats itself', async () => {
    const { m1, m2 } = publishedLikeAnswers(30);
    const [first, second] = await runsOf({ model: 'm1', answers: m1 }, { model: 'm2', answers: m2 });
    if (!first || !second) throw new Error('two runs');
    const there = comparePair(first, second, fast);
    const back = comparePair(second, first, fast);
    expect(comparePair(first, second, fast)).toEqual(there);
    expect(comparePair(first, second, { ...fast, seed: 1 }).accuracy).not.toEqual(there.accuracy);
    expect(back.accuracy.difference).toBeCloseTo(-there.accuracy.difference, 14);
    expect(back.accuracy.low).toBeCloseTo(-there.accuracy.high, 12);
    expect(back.classes[shirt]?.f1.high).toBeCloseTo(-(there.classes[shirt]?.f1.low ?? 0), 12);
    expect(back.accuracy.pValue).toBe(there.accuracy.pValue);
  });

  it('says so where nothing can be told', async () => {
    const answers = rightBut(5, [shirt, coat, 2]);
    const [first, second] = await runsOf({ model: 'm1', answers }, { model: 'm1', answers, recipe: { seed: 7 } });
    if (!first || !second) throw new Error('two runs');
    expect(statementsOn(comparePair(first, second, fast)).map(({ finding }) => finding)).toEqual(
      new Array(4).fill('cannot be told with these data'),
    );
  });
});

describe('against the report', () => {
  it('gives the difference of every number and says whether it lies within', async () => {
    const { m1, m2 } = publishedLikeAnswers(100);
    const { published, publishedOmitted } = await compareRuns(
      await runsOf({ model: 'm1', answers: m1 }, { model: 'm2', answers: m2 }),
      experiment,
      fast,
    );
    expect(publishedOmitted).toBeNull();
    expect(published.map(({ label, rows }) => [label, rows.length])).toEqual([
      ['Model 1', 33],
      ['Model 2', 33],
    ]);
    for (const { rows } of published)
      for (const { ours, published: theirs, difference, interval, within } of rows) {
        expect(difference).toBe(ours - theirs);
        if (interval) expect(within).toBe(interval.low - 5e-5 <= theirs && theirs <= interval.high + 5e-5);
      }
    expect(published[1]?.rows.find((row) => row.className === 'Shirt' && row.measure === 'recall')?.published).toBe(
      0.653,
    );
  });

  it('is left out on other images and other classes', async () => {
    const other = {
      classNames: ['cat', 'dog'],
      answers: [
        [0, 0],
        [1, 0],
      ] as const,
    };
    const { published, publishedOmitted, claims } = await compareRuns(
      await runsOf({ model: 'm1', ...other }, { model: 'm2', ...other }),
      experiment,
      fast,
    );
    expect(published).toEqual([]);
    expect(publishedOmitted).toMatch(/other classes/);
    expect(claims).toEqual({
      checks: [],
      basis: expect.stringMatching(/^The report's claims are left out: .*other cl/),
    });
  });
});
