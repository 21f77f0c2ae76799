import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Comparison, compareRuns } from '../../src/evaluation/comparison/compare.ts';
import { loadRuns } from '../../src/evaluation/comparison/load-runs.ts';
import { studentQuantile } from '../../src/evaluation/comparison/seed-chance.ts';
import { shortNames } from '../../src/evaluation/comparison/short-names.ts';
import { comparisonDocument } from '../../src/report/document/comparison-document.ts';
import { terminalText } from '../../src/report/printers/terminal.ts';
import { scratchFolder } from '../files/scratch.ts';
import { context, entryOf } from '../models.ts';
import { coat, experiment, fast, pullover, rightBut, runsOf, shirt } from '../report/compared-runs.ts';
import { type FakeRun, fakeHistory, publishedLikeAnswers, writeFakeRun } from '../report/fake-runs.ts';
import { sampleConfig } from '../training/sample-config.ts';

const { m1, m2 } = publishedLikeAnswers(40);
const one: FakeRun = { model: 'm1', answers: m1 };
const two: FakeRun = { model: 'm2', answers: m2 };

async function compared(...fakes: readonly FakeRun[]): Promise<Comparison> {
  return compareRuns(await runsOf(...fakes), experiment, fast);
}

describe("the original's claims", () => {
  const plateau = entryOf('m2').recipe.schedule;
  it.each([
    ['epochs', { recipe: { epochs: 3 } }, /epochs 3, not 12/],
    ['schedule', { recipe: { schedule: { name: 'constant' } } }, /schedule none, not ReduceLROnPlateau/],
    ['what no table shows', { recipe: { schedule: { ...plateau, cooldown: 1 } } }, /another schedule in its details/],
    ['images', { config: { limits: { train: 2000, validation: null, maxSteps: null } } }, /images 2,000, not 54,000/],
    ['steps', { config: { limits: { train: null, validation: null, maxSteps: 50 } } }, /at most 50 steps/],
    ['an early end', { history: fakeHistory([1e-3, 1e-3]) }, /unfinished: 2 of 12 epochs trained/],
    ['a start', { config: { initFrom: 'other.safetensors' } }, /parameters of another run/],
  ] as const)('are left out where a run differs in %s', async (_, change, text) => {
    const comparison = await compared(one, { ...two, ...change });
    expect(comparison.claims?.checks).toEqual([]);
    expect(comparison.claims?.basis).toMatch(/^The report's claims are left out: they are about networks of its own/);
    expect(comparison.claims?.basis).toMatch(text);
    expect(comparison.departures).toEqual([{ label: 'Model 2', differences: [expect.stringMatching(text)] }]);
    // The run of the recipe keeps its numbers.
    expect(comparison.published.map(({ label }) => label)).toEqual(['Model 1']);
    const printed = terminalText(comparisonDocument(comparison));
    expect(printed.indexOf('Model 2 is not of the original report’s recipe')).toBeLessThan(printed.indexOf('run  '));
  });

  it('are judged from another seed, and from a limit of steps that was never met', async () => {
    const limits = { train: null, validation: null, maxSteps: 12 * 422 };
    const { claims, departures } = await compared(one, { ...two, recipe: { seed: 7 }, config: {} });
    expect([claims?.checks.length, departures]).toEqual([7, []]);
    expect((await compared(one, { ...two, config: { limits } })).claims?.checks).toHaveLength(7);
  });

  it('and published numbers are left out with the reason where no run is of the recipe', async () => {
    const { claims, published, publishedOmitted } = await compared(
      { ...one, recipe: { epochs: 3 } },
      { ...two, recipe: { epochs: 3 } },
    );
    expect([claims?.checks, published]).toEqual([[], []]);
    expect(publishedOmitted).toMatch(
      /^The report's numbers are left out: .*Model 1 and Model 2 differ from them .epochs 3, not 12/,
    );
  });
});

/** All orders of three things. */
function orders<T>([a, b, c]: readonly [T, T, T]): readonly (readonly T[])[] {
  return [
    [a, b, c],
    [a, c, b],
    [b, a, c],
    [b, c, a],
    [c, a, b],
    [c, b, a],
  ];
}

it.each([
  ['two seeds of one model', { ...one, answers: rightBut(40, [shirt, coat, 25]), recipe: { seed: 7 } }],
  ['two runs of one seed', { ...two, answers: rightBut(40, [pullover, coat, 9]) }],
] as const)('no verdict depends on the order in which runs are named: %s', async (_, third) => {
  const folder = scratchFolder();
  const paths = [one, two, third].map((fake, index) => writeFakeRun(join(folder, `run${index}`), fake));
  const [a = '', b = '', c = ''] = paths;
  const found = await Promise.all(
    orders([a, b, c]).map(async (named) => {
      const loaded = await loadRuns(named, { split: 'test', checkpoint: 'best', threads: 1 }, context);
      return compareRuns(loaded, experiment, fast);
    }),
  );
  for (const comparison of found) expect(comparison).toEqual(found[0]);
  expect(found[0]?.claims?.checks).toHaveLength(7);
});

describe('words for better', () => {
  const worse = rightBut(40, [shirt, coat, 12]);
  it('count what these runs show of another seed', async () => {
    const alone = await compared({ ...one, answers: rightBut(40) }, { ...two, answers: worse });
    expect(alone.pairs[0]?.accuracy.seedChance).toBeNull();
    expect(alone.pairs[0]?.statements[0]?.finding).toBe('supported');

    const seed = { ...two, answers: rightBut(40, [shirt, coat, 2]), recipe: { seed: 7 } };
    const { pairs, caveats, baseline } = await compared(
      { ...one, answers: rightBut(40) },
      { ...two, answers: worse },
      seed,
    );
    expect(baseline?.label).toBe('Model 1');
    const pair = pairs.find(({ second }) => second === 'Model 2 (run1)');
    // Two runs, 10 of 400 images apart: one degree of freedom, t = 12.706, and sqrt(2) standard deviations are 10 / 400.
    expect(pair?.accuracy.seedChance).toBeCloseTo((12.7062 * 10) / 400, 5);
    expect(pair?.accuracy.pValue).toBeLessThan(0.05);
    expect(pair?.statements[0]).toMatchObject({
      finding: 'cannot be told with these data',
      text: expect.stringMatching(/these images tell the two networks apart, but another seed changes up to 31\.77 po/),
    });
    expect(caveats.join('\n')).toMatch(/only if it is more than another seed changes/);
    expect(caveats.join('\n')).not.toContain('PyTorch');
  });

  it.each([
    [1, 12.7062],
    [2, 4.3027],
    [3, 3.1824],
    [4, 2.7764],
    [9, 2.2622],
    [30, 2.0423],
  ])('Student with %i degrees of freedom agrees with tables', (freedom, expected) => {
    expect(studentQuantile(freedom)).toBeCloseTo(expected, 4);
  });
});

describe('many runs', () => {
  const several = [2, 9, 5, 7].map(
    (wrong, index): FakeRun => ({
      model: 'm1',
      answers: rightBut(20, [shirt, coat, wrong]),
      recipe: { batchSize: 32 + index },
      history: fakeHistory(new Array(12).fill(1e-3)).map((record) => ({
        ...record,
        validation: { ...record.validation, loss: record.validation.loss + (index === 2 ? 0 : 0.01) },
      })),
    }),
  );

  it('are held against the best by validation loss, another on request, all on request', async () => {
    const runs = await runsOf(...several);
    const usual = await compareRuns(runs, experiment, fast);
    expect(usual.baseline).toEqual({
      label: 'Model 1 (run2)',
      reason: 'the lowest validation loss, 0.2500',
    });
    expect(usual.pairs.map(({ first, second }) => [first, second])).toEqual(
      [0, 1, 3].map((index) => ['Model 1 (run2)', `Model 1 (run${index})`]),
    );
    const chosen = await compareRuns(runs, experiment, { ...fast, baseline: 'run1' });
    expect(chosen.baseline).toEqual({ label: 'Model 1 (run1)', reason: 'as asked for' });
    expect((await compareRuns(runs, experiment, { ...fast, baseline: runs[1]?.path })).pairs).toEqual(chosen.pairs);
    expect((await compareRuns(runs, experiment, { ...fast, allPairs: true })).pairs).toHaveLength(6);
    await expect(compareRuns(runs, experiment, { ...fast, baseline: 'run9' })).rejects.toThrow(
      /expected one of the runs that are compared \(run0, run1, run2, run3\), got 'run9'/,
    );
  });

  it('stand in a leader board, the most accurate first', async () => {
    const comparison = await compareRuns(await runsOf(...several), experiment, { ...fast, models: context.models });
    const text = terminalText(comparisonDocument(comparison));
    const board = [...text.matchAll(/^Model 1 \((run\d)\) +0\.9.*1,199,882 +12 of 12 +12 min/gm)].map(([, run]) => run);
    expect(board).toEqual(['run0', 'run2', 'run3', 'run1']);
    expect(text).toContain('Each run is held against Model 1 (run2): the lowest validation loss, 0.2500.');
    // Tests class by class are of single pairs.
    expect(text).not.toContain('p (Holm)');
  });
});

describe('runs of other data, classes or images', () => {
  const animals = { ...sampleConfig('m1').data, name: 'animals', title: 'Animals', fingerprint: '01' };
  it('stand in groups of their own, with a word', async () => {
    const comparison = await compared(
      { ...one, config: { data: animals } },
      one,
      two,
      { ...one, config: { data: animals }, recipe: { seed: 7 } },
      { ...two, recipe: { seed: 8 } },
      { ...one, answers: rightBut(5) },
    );
    expect(comparison.runs.map(({ name }) => name)).toEqual(['run1', 'run4', 'run2']);
    expect(comparison.apart.map(({ runs, why }) => [runs.map(({ name }) => name), why])).toEqual([
      [['run3', 'run0'], 'they are of other data, Animals (animals) and not Fashion-MNIST (fashion-mnist)'],
      [['run5'], 'they answered to 50 images, not to 400'],
    ]);
    const [others, single] = comparison.apart;
    expect(others?.pairs).toHaveLength(1);
    expect(others?.claims).toBeNull();
    expect(single?.pairs).toEqual([]);
    const text = terminalText(comparisonDocument(comparison));
    expect(text).toContain('Not compared with the runs above: they are of other data, Animals');
    expect(text).not.toMatch(/NaN|undefined|\[object/);
  });
});

it.each([
  [
    ['m1-a-lr1', 'm1-a-lr2'],
    ['lr1', 'lr2'],
  ],
  [
    ['m1-20261126-1', 'm1-20261126-2'],
    ['20261126-1', '20261126-2'],
  ],
  [
    ['one', 'two'],
    ['one', 'two'],
  ],
  [
    ['m1', 'm1-again'],
    ['m1', 'm1-again'],
  ],
  [
    ['vit-tiny', 'vit-tiny-b'],
    ['vit-tiny', 'vit-tiny-b'],
  ],
  [['alone'], ['alone']],
])('shortNames(%j)', (names, short) => {
  expect(shortNames(names)).toEqual(short);
});
