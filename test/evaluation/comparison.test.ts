import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mutualConfusion } from '../../src/evaluation/comparison/claims/confusions.ts';
import { checkClaims } from '../../src/evaluation/comparison/claims/index.ts';
import { compareRuns } from '../../src/evaluation/comparison/compare.ts';
import { statementsOn } from '../../src/evaluation/comparison/conclusions.ts';
import { type EvaluatedRun, loadRuns } from '../../src/evaluation/comparison/evaluated-run.ts';
import { comparePair } from '../../src/evaluation/comparison/pair.ts';
import { silent } from '../data/support.ts';
import { scratchFolder } from '../files/scratch.ts';
import { type Answer, type FakeRun, fakeHistory, publishedLikeAnswers, writeFakeRun } from '../report/fake-runs.ts';

const options = { split: 'test', checkpoint: 'best', threads: 1 } as const;

async function runsOf(...fakes: readonly FakeRun[]): Promise<readonly EvaluatedRun[]> {
  const folder = scratchFolder();
  const paths = fakes.map((fake, index) => writeFakeRun(join(folder, `run${index}`), fake));
  return loadRuns(paths, options, silent);
}

/** `count` images of each class, all right but for these. */
function rightBut(count: number, ...wrong: readonly (readonly [truth: number, predicted: number, images: number])[]) {
  const answers: Answer[] = [];
  for (let truth = 0; truth < 10; truth += 1) {
    const mistakes = wrong
      .filter(([of]) => of === truth)
      .flatMap(([, to, images]) => new Array<number>(images).fill(to));
    for (let image = 0; image < count; image += 1) answers.push([truth, mistakes[image] ?? truth]);
  }
  return answers;
}

const [dress, coat, pullover, shirt, trouser] = [3, 4, 2, 6, 1];
const fast = { resamples: 400 };

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

it('mutualConfusion counts both ways of taking one class for the other', () => {
  const pair = {
    classNames: ['a', 'b', 'c'],
    labels: Int32Array.of(0, 0, 1, 1, 2, 0),
    first: Int32Array.of(1, 1, 0, 1, 0, 2),
    second: Int32Array.of(1, 0, 1, 1, 1, 1),
  };
  expect(mutualConfusion(pair, 0, 1)).toEqual({
    images: 5,
    first: 3,
    second: 2,
    onlyFirst: 2,
    onlySecond: 1,
    pValue: 1,
  });
});

describe('against the report', () => {
  it('gives the difference of every number and says whether it lies within', async () => {
    const { m1, m2 } = publishedLikeAnswers(100);
    const { published, publishedOmitted } = compareRuns(
      await runsOf({ model: 'm1', answers: m1 }, { model: 'm2', answers: m2 }),
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
    const { published, publishedOmitted, claims } = compareRuns(
      await runsOf({ model: 'm1', ...other }, { model: 'm2', ...other }),
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

describe("the report's claims", () => {
  const verdicts = async (...fakes: readonly FakeRun[]) => {
    const { claims } = compareRuns(await runsOf(...fakes), fast);
    return { ...claims, byNumber: new Map(claims.checks.map((check) => [check.number, check])) };
  };
  const m1: FakeRun = { model: 'm1', answers: rightBut(40) };
  const m2: FakeRun = { model: 'm2', answers: rightBut(40) };

  it('are left out without a run of each model', async () => {
    const { claims } = compareRuns(await runsOf(m1, { ...m1, recipe: { seed: 1 } }), fast);
    expect(claims.checks).toEqual([]);
    expect(claims.basis).toMatch(/these are runs of m1 only\.$/);
    expect(checkClaims([], []).checks).toEqual([]);
  });

  it('cannot be told where both models answer alike', async () => {
    const { checks } = await verdicts(m1, m2);
    expect(checks.map(({ number, verdict }) => [number, verdict])).toEqual(
      [1, 2, 3, 4, 5, 6, 7].map((number) => [number, 'cannot be told with these data']),
    );
  });

  it('1 is refuted in part by a single class where Model 2 is really ahead', async () => {
    const { byNumber } = await verdicts(
      { model: 'm1', answers: rightBut(40, [trouser, dress, 20]) },
      { model: 'm2', answers: rightBut(40, [shirt, coat, 39], [pullover, coat, 30]) },
    );
    const claim = byNumber.get(1);
    expect(claim?.verdict).toBe('partly supported');
    expect(claim?.parts.map(({ runs }) => runs.finding)).toEqual(['supported', 'not supported']);
    expect(claim?.parts.map(({ published }) => published.agrees)).toEqual([true, false]);
    expect(claim?.parts[1]?.published.text).toBe(
      'Model 2 is ahead in Trouser (0.9869 -> 0.9895) and Bag (0.9840 -> 0.9886)',
    );
    expect(claim?.parts[1]?.runs.text).toMatch(/Model 2 is ahead in .*beyond chance in .*Trouser/);
  });

  it('2 and 3 are judged class by class, beside what the table of the report says itself', async () => {
    const { byNumber } = await verdicts(
      { model: 'm1', answers: rightBut(40, [8, 0, 20]) },
      { model: 'm2', answers: rightBut(40, [dress, coat, 20], [trouser, dress, 20]) },
    );
    const recall = byNumber.get(2);
    expect(recall?.verdict).toBe('partly supported');
    expect(recall?.parts.map(({ runs, published }) => [runs.finding, published.agrees])).toEqual([
      ['not supported', false],
      ['supported', true],
    ]);
    expect(recall?.parts[0]?.published.text).toMatch(/^0\.9460 -> 0\.9440 .*which holds zero/);
    expect(byNumber.get(3)?.parts.map(({ runs, published }) => [runs.finding, published.agrees])).toEqual([
      ['not supported', true],
      ['cannot be told with these data', false],
      ['supported', true],
    ]);
  });

  it('4 counts confusions of the two pairs', async () => {
    const { byNumber } = await verdicts(
      { model: 'm1', answers: rightBut(40, [dress, coat, 12]) },
      { model: 'm2', answers: rightBut(40, [shirt, pullover, 12]) },
    );
    expect(byNumber.get(4)?.verdict).toBe('supported');
    expect(byNumber.get(4)?.parts[0]?.runs.text).toMatch(
      /of 80 images of Dress and Coat, Model 1 takes 12 .* Model 2 0/,
    );
  });

  it('5 takes runs that differ in their seeds only', async () => {
    const alone = await verdicts(m1, m2, { ...m2, recipe: { seed: 7, batchSize: 64 } });
    expect(alone.byNumber.get(5)?.parts[0]?.runs.text).toBe('no two of these runs differ in nothing but their seeds');
    expect(alone.basis).toMatch(/claims 5 and 6 by all runs/);
    const wrong = [0, 4, 8, 3, 6, 1, 7, 2];
    const { byNumber } = await verdicts(
      m2,
      ...wrong.map(
        (count, seed) => ({ model: 'm1', answers: rightBut(40, [shirt, coat, count]), recipe: { seed } }) as const,
      ),
    );
    const claim = byNumber.get(5);
    // Accuracies 0 to 8 of 400 apart: sum of squares 58.875, so a typical difference of sqrt(2 x 58.875 / 7) / 4 points.
    expect(claim?.parts[0]?.runs.text).toMatch(
      /2\.00 points apart, two such runs typically 1\.03 \(95 % interval 0\.68 to 2\.09; 8 runs\)/,
    );
    expect(claim?.parts.map(({ runs }) => runs.finding)).toEqual(['cannot be told with these data', 'not supported']);
    expect(claim?.verdict).toBe('cannot be told with these data');
  });

  it.each([
    ['supported', [...new Array(7).fill(1e-3), ...new Array(5).fill(5e-4)], /epoch 8 is the first at a lower rate/],
    ['not supported', [...new Array(3).fill(1e-3), ...new Array(9).fill(5e-4)], /epoch 4 is the first/],
    ['not supported', [...new Array(7).fill(1e-3), ...new Array(5).fill(1e-4)], /0\.001 -> 0\.0001/],
    ['not supported', new Array(12).fill(1e-3), /stays at 0\.001 in all 12 epochs/],
    ['cannot be told with these data', new Array(5).fill(1e-3), /in all 5 epochs/],
    ['cannot be told with these data', [], /no history/],
  ] as const)('6 is %s by the rates of the history (%#)', async (verdict, rates, text) => {
    const { byNumber } = await verdicts(m1, { ...m2, history: fakeHistory([...rates]) });
    expect(byNumber.get(6)?.verdict).toBe(verdict);
    expect(byNumber.get(6)?.parts[0]?.runs.text).toMatch(text);
  });

  it('7 names what changed together with depth', async () => {
    const { byNumber } = await verdicts(m1, m2);
    const text = byNumber.get(7)?.parts[0]?.runs.text;
    expect(text).toMatch(/from 2 convolutions \(no batch normalization and 1,199,882 parameters\) to 6 conv/);
    expect(text).toMatch(
      /optimizer \(Adam.* -> AdamW.*schedule.*dropout.*normalization.*augmentation \(none -> random crop/,
    );
    expect(text).not.toMatch(/batch size|epochs \(/);
  });
});
