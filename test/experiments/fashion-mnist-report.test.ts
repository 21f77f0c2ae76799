import { describe, expect, it } from 'vitest';
import { mutualConfusion } from '../../experiments/fashion-mnist-report/claims/confusions.ts';
import { checkClaims } from '../../experiments/fashion-mnist-report/claims/index.ts';
import { published } from '../../experiments/fashion-mnist-report/published.ts';
import { publishedEstimates } from '../../src/evaluation/comparison/against-published.ts';
import { compareRuns } from '../../src/evaluation/comparison/compare.ts';
import { coat, dress, experiment, fast, pullover, rightBut, runsOf, shirt, trouser } from '../report/compared-runs.ts';
import { type FakeRun, fakeHistory } from '../report/fake-runs.ts';

describe.each(['m1', 'm2'] as const)("the report's numbers of %s", (model) => {
  const { accuracy, macroF1, weightedF1, classes } = published.models[model];

  it('agree with each other to the digits printed', () => {
    for (const { precision, recall, f1, ...one } of classes) {
      expect(Math.abs((2 * precision * recall) / (precision + recall) - f1), one.name).toBeLessThan(1.1e-4);
      const estimates = publishedEstimates({ ...one, precision, recall, f1 });
      expect(estimates.recall.value).toBeCloseTo(recall, 12);
      expect(Math.abs(estimates.f1.value - f1), one.name).toBeLessThan(0.51e-4);
    }
    const right = classes.reduce((total, { recall, support }) => total + recall * support, 0);
    expect(right / 10_000).toBeCloseTo(accuracy, 12);
    const mean = classes.reduce((total, { f1 }) => total + f1 / 10, 0);
    expect(Math.abs(mean - macroF1)).toBeLessThan(1e-4);
    expect(weightedF1).toBe(macroF1);
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

describe("the report's claims", () => {
  const verdicts = async (...fakes: readonly FakeRun[]) => {
    const { claims } = await compareRuns(await runsOf(...fakes), experiment, fast);
    if (claims === null) throw new Error('the experiment has claims');
    return { ...claims, byNumber: new Map(claims.checks.map((check) => [check.number, check])) };
  };
  const m1: FakeRun = { model: 'm1', answers: rightBut(40) };
  const m2: FakeRun = { model: 'm2', answers: rightBut(40) };

  it('are left out without a run of each model', async () => {
    const { claims } = await compareRuns(await runsOf(m1, { ...m1, recipe: { seed: 1 } }), experiment, fast);
    expect(claims?.checks).toEqual([]);
    expect(claims?.basis).toMatch(/these are runs of m1 only\.$/);
    expect(checkClaims([], () => expect.unreachable()).checks).toEqual([]);
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
    expect(alone.basis).toMatch(/Left out: Model 2 \(run2\) differs from them \(batch size 64, not 128\)\.$/);
    const wrong = [0, 4, 8, 3, 6, 1, 7, 2];
    const { byNumber, basis } = await verdicts(
      m2,
      ...wrong.map(
        (count, seed) => ({ model: 'm1', answers: rightBut(40, [shirt, coat, count]), recipe: { seed } }) as const,
      ),
    );
    expect(basis).toMatch(/claims 5 and 6 by all runs/);
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
