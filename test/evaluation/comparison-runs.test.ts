import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { incompleteness } from '../../src/evaluation/comparison/evaluated-run.ts';
import { loadRuns } from '../../src/evaluation/comparison/load-runs.ts';
import { writeCheckpoint } from '../../src/training/checkpoint.ts';
import { initialState } from '../../src/training/initialize.ts';
import { initialProgress } from '../../src/training/progress.ts';
import { scratchFolder } from '../files/scratch.ts';
import { context, entryOf, programsOf } from '../models.ts';
import { type Answer, fakeConfig, fakeHistory, writeFakeRun } from '../report/fake-runs.ts';

const options = { split: 'test', checkpoint: 'best', threads: 2 } as const;
const answers: Answer[] = [
  [0, 0],
  [6, 0],
];

describe('loadRuns', () => {
  it('puts Model 1 first and gives labels that differ', async () => {
    const folder = scratchFolder();
    const path = (name: string, model: 'm1' | 'm2') => writeFakeRun(join(folder, name), { model, answers });
    const paths = [path('deep', 'm2'), path('a', 'm1')];
    expect((await loadRuns(paths, options, context)).map(({ label, name }) => [label, name])).toEqual([
      ['Model 1', 'a'],
      ['Model 2', 'deep'],
    ]);
    const again = [path('x/a', 'm1'), ...paths, path('b', 'm1')];
    expect((await loadRuns(again, options, context)).map(({ label }) => label)).toEqual([
      `Model 1 (${join(folder, 'a')})`,
      `Model 1 (${join(folder, 'x/a')})`,
      'Model 1 (b)',
      'Model 2',
    ]);
    await expect(loadRuns([...paths, `${paths[0]}/`], options, context)).rejects.toThrow(/is named twice/);
  });

  it('refuses files that contradict each other, and folders that are no runs', async () => {
    const path = writeFakeRun(join(scratchFolder(), 'run'), { model: 'm1', answers });
    const file = join(path, 'evaluation/test/predictions.csv');
    const other = writeFakeRun(join(scratchFolder(), 'other'), { model: 'm1', answers: [answers[0] ?? [0, 0]] });
    writeFileSync(file, readFileSync(join(other, 'evaluation/test/predictions.csv')));
    await expect(loadRuns([path], options, context)).rejects.toThrow(/contradict each other.*Evaluate the run again/);
    const metrics = join(other, 'evaluation/test/metrics.json');
    writeFileSync(metrics, readFileSync(metrics, 'utf8').replace(/"loss":[\d.]+/, '"loss":0.5'));
    await expect(loadRuns([other], options, context)).rejects.toThrow(/the loss is 0.5, by the probabilities it is/);
    await expect(loadRuns([scratchFolder()], options, context)).rejects.toThrow(/is no run folder/);
    await expect(loadRuns([path], { ...options, split: 'train' }, context)).rejects.toThrow(/no best checkpoint/);
  });

  it('evaluates what is not evaluated yet, and again what is older than its checkpoint', async () => {
    const path = join(scratchFolder(), 'run');
    const config = { ...fakeConfig('m1'), limits: { train: 100, validation: 40, maxSteps: null } };
    mkdirSync(join(path, 'checkpoints'), { recursive: true });
    writeFileSync(join(path, 'config.json'), JSON.stringify(config));
    const programs = programsOf('m1', config.recipe, 'portable');
    const state = initialState(programs.model.network, programs.trainStep(128), 42);
    const progress = initialProgress({ lr: 1e-3, best: null, badEpochs: 0, cooldown: 0 });
    const checkpoint = join(path, 'checkpoints/best.safetensors');
    await writeCheckpoint(checkpoint, { model: 'm1', seed: 42, progress, state });
    const load = () => loadRuns([path], { ...options, split: 'validation' }, context);

    const [run] = await load();
    expect(run?.metrics).toMatchObject({ model: 'm1', split: 'validation', checkpoint: 'best', count: 40 });
    expect(run?.predictions.labels).toHaveLength(40);

    const metrics = join(path, 'evaluation/validation/metrics.json');
    const marked = { ...run?.metrics, run: 'kept' };
    writeFileSync(metrics, JSON.stringify(marked));
    expect((await load())[0]?.metrics.run).toBe('kept');
    // Weights count, not times.
    const future = Date.now() / 1000 + 60;
    utimesSync(checkpoint, future, future);
    expect((await load())[0]?.metrics.run).toBe('kept');
    const others = { epoch: 1, step: 1, sha256: '0'.repeat(64) };
    for (const stale of [{ weights: others }, { checkpoint: 'last' }]) {
      writeFileSync(metrics, JSON.stringify({ ...marked, ...stale }));
      utimesSync(checkpoint, 1, 1);
      expect((await load())[0]?.metrics).toEqual(run?.metrics);
    }
    // Older versions say nothing of weights: of theirs, times count.
    const { weights: _, ...old } = marked;
    writeFileSync(metrics, JSON.stringify(old));
    utimesSync(checkpoint, 1, 1);
    expect((await load())[0]?.metrics.run).toBe('kept');
    utimesSync(checkpoint, future, future);
    expect((await load())[0]?.metrics).toEqual(run?.metrics);
  });

  it('knows what keeps a run from being a whole one', async () => {
    const folder = scratchFolder();
    const paths = [
      writeFakeRun(join(folder, 'a'), { model: 'm1', answers, history: fakeHistory(new Array(3).fill(1e-3)) }),
      writeFakeRun(join(folder, 'b'), { model: 'm1', answers, history: fakeHistory(new Array(12).fill(1e-3)) }),
      writeFakeRun(join(folder, 'c'), {
        model: 'm1',
        answers,
        history: fakeHistory(new Array(5).fill(1e-3), 2),
        recipe: { ...entryOf('m1').recipe, earlyStop: 3 },
      }),
      writeFakeRun(join(folder, 'd'), {
        model: 'm1',
        answers,
        config: { limits: { train: 2000, validation: null, maxSteps: 50 } },
      }),
    ];
    expect((await loadRuns(paths, options, context)).map(incompleteness)).toEqual([
      'unfinished: 3 of 12 epochs trained',
      undefined,
      undefined,
      'trained on 2,000 images only, stopped after at most 50 steps',
    ]);
  });
});
