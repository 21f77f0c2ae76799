import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reproductionSteps } from '../../src/cli/reproduction.ts';
import { loadRuns } from '../../src/evaluation/comparison/load-runs.ts';
import { reportDocument } from '../../src/report/document/report-document.ts';
import type { ReportFigures } from '../../src/report/figures.ts';
import { gatherReport, type Report } from '../../src/report/model.ts';
import { markdownText } from '../../src/report/printers/markdown.ts';
import { scratchFolder } from '../files/scratch.ts';
import { context } from '../models.ts';
import { type FakeRun, fakeHistory, publishedLikeAnswers, writeFakeRun } from './fake-runs.ts';

const { m1, m2 } = publishedLikeAnswers(20);
const fakes: Readonly<Record<string, FakeRun>> = {
  deep: {
    model: 'm2',
    answers: m2,
    history: fakeHistory([...new Array(7).fill(1e-3), ...new Array(5).fill(5e-4)], 11),
  },
  base: { model: 'm1', answers: m1, history: fakeHistory(new Array(12).fill(1e-3), 5) },
};

/** Paths in the report do not depend on the machine. */
async function reportOf(runs: Readonly<Record<string, FakeRun>>): Promise<Report> {
  const folder = scratchFolder();
  const paths = Object.entries(runs).map(([name, fake]) => writeFakeRun(join(folder, name), fake));
  const options = { split: 'test', checkpoint: 'best', threads: 1 } as const;
  const loaded = await loadRuns(paths, options, context);
  return gatherReport(
    loaded.map((run) => ({ ...run, path: `artifacts/runs/${run.name}` })),
    context,
    {
      resamples: 200,
      pairs: 3,
      examples: 4,
      mistakes: 5,
      reproduce: (of) => reproductionSteps(of, context),
    },
  );
}

const figures: ReportFigures = {
  samples: 'figures/samples.png',
  scores: 'figures/scores.png',
  f1Differences: 'figures/f1 differences.png',
  runs: {
    base: {
      curves: 'base/curves.png',
      confusion: 'base/confusion.png',
      confusionCounts: 'base/confusion-counts.png',
      classificationReport: 'base/classification.png',
      activations: { conv1: 'base/conv1.png', conv2: 'base/conv2.png' },
      calibration: 'base/calibration.png',
    },
    deep: {
      curves: 'deep/curves.png',
      confusion: 'deep/confusion.png',
      activations: { 'stage1.0': 'deep/stage1.0.png', stage1: 'deep/stage1.png', stage3: 'deep/stage3.png' },
      confusedPairs: 'deep/pairs.png',
      confidentMistakes: 'deep/mistakes.png',
    },
  },
};

describe('gatherReport', () => {
  it('is plain data that agrees with itself', async () => {
    const report = await reportOf(fakes);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(report.dataset).toMatchObject({ name: 'fashion-mnist', split: 'test', count: 200 });
    expect(report.runs.map(({ label, name, bestEpoch }) => [label, name, bestEpoch?.epoch])).toEqual([
      ['Model 1', 'base', 5],
      ['Model 2', 'deep', 11],
    ]);
    const [, deep] = report.runs;
    expect(deep?.rateChanges).toEqual([{ epoch: 8, from: 1e-3, to: 5e-4 }]);
    expect(deep?.summary.parameters).toBe(304_682);
    expect(deep?.confusedPairs[0]).toMatchObject({ truth: 'Shirt', predicted: 'T-shirt/top' });
    expect(deep?.confusedPairs).toHaveLength(3);
    for (const { truth, predicted, count, examples } of deep?.confusedPairs ?? []) {
      expect(examples.length).toBe(Math.min(count, 4));
      for (const example of examples) {
        expect(example).toMatchObject({ truth, predicted });
        expect(m2[example.index]?.[0]).toBe(report.dataset.classes.indexOf(truth));
      }
    }
    const confidences = deep?.confidentMistakes.map(({ confidence }) => confidence) ?? [];
    expect(confidences).toHaveLength(5);
    expect(confidences).toEqual(confidences.toSorted((a, b) => b - a));
    expect(report.comparison?.pairs).toHaveLength(1);
    await expect(gatherReport([], context)).rejects.toThrow(/internal: a report of no run/);
  });

  it('says how to make it again, whatever was changed', async () => {
    const history = fakeHistory([1e-3]);
    const report = await reportOf({
      plain: { model: 'm1', answers: m1, history },
      seeded: { model: 'm1', answers: m1, recipe: { seed: 7 } },
      "o'd d": {
        model: 'm2',
        answers: m2,
        recipe: { batchSize: 64 },
        config: {
          limits: { train: 2000, validation: 500, maxSteps: 9 },
          threads: 0,
          git: '0123456789012345678901234567890123456789-dirty',
        },
      },
    });
    const [ready, train, write] = report.reproduce;
    expect(ready).toEqual({
      purpose: 'Make the program and the data set ready (there were changes beyond the revision)',
      commands: ['make setup'],
    });
    expect(train?.commands).toEqual([
      'npx atelier train m1 --seed 7 --device cpu --target portable --threads 2 --run artifacts/runs/seeded-again',
      'npx atelier train m1 --max-steps 423 --device cpu --target portable --threads 2 --run artifacts/runs/plain-again',
      "npx atelier train m2 --config 'artifacts/runs/o'\\''d d/config.json' --limit-train 2000 --limit-val 500 " +
        "--max-steps 9 --device cpu --target portable --run 'artifacts/runs/o'\\''d d-again'",
    ]);
    expect(write?.commands[0]).toBe(
      "npx atelier evaluate artifacts/runs/seeded-again artifacts/runs/plain-again 'artifacts/runs/o'\\''d d-again'",
    );
    expect(report.environment.find(({ name }) => name === 'training time')?.values).toEqual(['-', '1 min 00 s', '-']);
  });
});

/** The report as Markdown, with these pictures. */
function markdownOf(report: Report, pictures: ReportFigures = {}): string {
  return markdownText(reportDocument({ report, figures: pictures, samples: [], sheets: new Map() }));
}

describe('the report as Markdown', () => {
  it('numbers figures and tables as the original does', async () => {
    const text = markdownOf(await reportOf(fakes), figures);
    const captions = [...text.matchAll(/^[*]{1,2}((?:Fig\.|Table) \d+\. .*?)[*]{1,2}$/gm)].map(
      ([, caption]) => caption,
    );
    expect(captions).toEqual([
      'Fig. 1. Sample images with their classes',
      'Fig. 2. Model 1: loss and accuracy per epoch, training and validation',
      'Table 1. Hyper-parameters of Model 1',
      'Fig. 3. Model 2: loss and accuracy per epoch, training and validation',
      'Table 2. Hyper-parameters of Model 2',
      'Table 3. Accuracy and F1 on the test images',
      'Fig. 4. Classification report of Model 1',
      'Fig. 5. Classification report of Model 2',
      'Fig. 6. Confusion matrix of Model 1, normalised by true class',
      'Fig. 7. Confusion matrix of Model 2, normalised by true class',
      'Fig. 8. Activation maps of Model 1: first and second convolution',
      'Fig. 9. Activation maps of Model 2: first Conv-BatchNorm-ReLU block',
      'Fig. 10. Activation maps of Model 2: stage 1',
      'Fig. 11. Activation maps of Model 2: stage 3',
      'Fig. 14. Calibration of Model 1: accuracy by confidence',
      'Fig. 15. The most confused classes of Model 2, with the mistakes it was surest of',
      'Fig. 16. The most confident mistakes of Model 2',
      'Fig. 18. Accuracy and F1 of the runs',
      'Fig. 21. F1 per class, Model 2 less Model 1',
    ]);
    expect(text).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });

  it('leaves out pictures that are not there, whose numbers stay unused, and the comparison of a single run', async () => {
    const [base] = Object.entries(fakes).filter(([name]) => name === 'base');
    const text = markdownOf(await reportOf(Object.fromEntries(base ? [base] : [])));
    expect(text).not.toMatch(/!\[/);
    expect(text).not.toMatch(/## Comparison|What the layers see/);
    expect(text).toMatch(/^# Model 1 on Fashion-MNIST\n/);
  });

  it('reads as this one does', async () => {
    await expect(markdownOf(await reportOf(fakes), figures)).toMatchFileSnapshot('report.snapshot.md');
  });
});

it('says of a learning rate that moves in every epoch where it begins and ends', async () => {
  const history = fakeHistory(Array.from({ length: 12 }, (_, epoch) => 1e-3 * (1 - epoch / 20)));
  const markdown = markdownOf(await reportOf({ cosine: { model: 'm1', answers: m1, history } }));
  expect(markdown).toContain('The learning rate begins at 0.001, changes 11 times, and is 0.00045 in the last epoch.');
});
