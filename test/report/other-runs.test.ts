import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ModelDefinition } from '../../graphs/models/model.ts';
import { flatten, linear, relu, sequential, tap } from '../../graphs/nn/layers.ts';
import type { Context } from '../../src/context.ts';
import { compareRuns } from '../../src/evaluation/comparison/compare.ts';
import { loadRuns } from '../../src/evaluation/comparison/load-runs.ts';
import { comparisonDocument } from '../../src/report/document/comparison-document.ts';
import type { Document } from '../../src/report/document/document.ts';
import { reportDocument } from '../../src/report/document/report-document.ts';
import { documentPage } from '../../src/report/html/page.ts';
import { gatherReport, type Report } from '../../src/report/model.ts';
import { markdownText } from '../../src/report/printers/markdown.ts';
import { terminalText } from '../../src/report/printers/terminal.ts';
import { scratchFolder } from '../files/scratch.ts';
import { context } from '../models.ts';
import { sampleConfig } from '../training/sample-config.ts';
import { type Answer, type FakeRun, publishedLikeAnswers, writeFakeRun } from './fake-runs.ts';

const tiny: ModelDefinition = {
  name: 'tiny',
  title: 'One hidden layer, and nothing else',
  dropout: [],
  build: (input, classes) => ({
    name: 'tiny',
    input,
    classes,
    network: sequential('tiny', [
      flatten('flatten'),
      linear('hidden', input.channels * input.height * input.width, 8),
      relu('relu'),
      tap('seen'),
      linear('out', 8, classes),
    ]),
    figureLayers: ['seen'],
  }),
};
const withTiny: Context = { ...context, models: [tiny, ...context.models] };
const options = { split: 'test', checkpoint: 'best', threads: 1 } as const;
const few = { resamples: 100, pairs: 2, examples: 2, mistakes: 3 };
const { recipe } = sampleConfig('m1');

/** Runs of `tiny`: the fixtures know the course report's models only. */
const tinyRun = (answers: readonly Answer[], seed: number, change: Partial<FakeRun> = {}): FakeRun => ({
  model: 'm1',
  answers,
  ...change,
  config: { model: 'tiny', recipe: { ...recipe, dropout: [], seed }, ...change.config },
});

async function load(runs: Readonly<Record<string, FakeRun>>) {
  const folder = scratchFolder();
  const paths = Object.entries(runs).map(([name, fake]) => writeFakeRun(join(folder, name), fake));
  return loadRuns(paths, options, withTiny);
}

function documentOf(report: Report): Document {
  return reportDocument({ report, figures: {}, samples: [], sheets: new Map() });
}

async function pageOf(report: Report): Promise<string> {
  const page = await documentPage(documentOf(report), { pictures: new Map(), shape: report.dataset.shape });
  return page.replaceAll(/<(script|style)\b[^>]*>.*?<\/\1>/gs, '');
}

describe('a model of which nothing was published', () => {
  const { m1, m2 } = publishedLikeAnswers(10);
  const runs = { c: tinyRun(m2, 1), b: { model: 'm2', answers: m2 }, a: { model: 'm1', answers: m1 } } as const;

  it('comes after those of the experiment, and is called by its name', async () => {
    expect((await load(runs)).map(({ label, name }) => [label, name])).toEqual([
      ['Model 1', 'a'],
      ['Model 2', 'b'],
      ['tiny', 'c'],
    ]);
  });

  it('is compared and reported beside the others, which keep their numbers', async () => {
    const report = await gatherReport(await load(runs), withTiny, few);
    expect(report.runs[2]).toMatchObject({
      title: 'tiny, One hidden layer, and nothing else',
      published: null,
      activationFigures: [{ layers: ['seen'], caption: 'seen' }],
    });
    expect(report.comparison?.published.map(({ label }) => label)).toEqual(['Model 1', 'Model 2']);
    expect(report.comparison?.claims?.checks).toHaveLength(7);
    const text = markdownText(documentOf(report));
    expect(text).toMatch(
      /^\| run \| accuracy \| 95 % interval \| original report \| balanced accuracy .* \| time \|$/m,
    );
    expect(text).toMatch(/^\| Model 1 \| 0\.\d+ \| [^|]* \| 0\.9272 \|/m);
    expect(text).toMatch(/^\| tiny \| 0\.\d+ \| [^|]* \| - \|/m);
    expect(text).not.toContain('tiny, this run and the report');
    const page = await pageOf(report);
    expect(page).toContain('There is nothing to hold tiny against.');
    expect(page).toContain('One hidden layer, and nothing else · c');
    expect(page.match(/<dt>original report<\/dt>/g)).toHaveLength(2);
    // The introduction is about the course report's networks, and one of these is none of them.
    expect(page).not.toContain('published course report');
  });
});

describe('runs on other data', () => {
  const classNames = ['cat', 'dog', 'cow'];
  const answers: readonly Answer[] = Array.from({ length: 60 }, (_, at) => [
    at % 3,
    at % 7 === 0 ? (at + 1) % 3 : at % 3,
  ]);
  const data = {
    name: 'animals',
    title: 'Animals',
    fingerprint: '0123456789abcdef',
    shape: { channels: 3, height: 12, width: 16 },
    classes: classNames,
    images: { train: 300, validation: 40, test: 60 },
  };
  const runs = {
    one: tinyRun(answers, 1, { classNames, config: { data } }),
    two: tinyRun(answers, 2, { classNames, config: { data } }),
  };

  it('are compared without a word of a report', async () => {
    const comparison = await compareRuns(await load(runs), withTiny.experiment, few);
    expect(comparison).toMatchObject({ published: [], publishedOmitted: null, claims: null });
    expect(comparison.caveats.join('\n')).toContain('Three classes are three tests');
    expect(comparison.caveats.join('\n')).not.toContain('another seed moves');
    const text = terminalText(comparisonDocument(comparison));
    expect(text).toMatch(/^60 test images, best checkpoints\n\ntiny \(one\): /);
    expect(text).not.toMatch(/report|Model|NaN|undefined/);
  });

  it('are reported with their own size, counts and names', async () => {
    const report = await gatherReport(await load(runs), withTiny, few);
    const text = markdownText(documentOf(report));
    expect(text).toMatch(/^# tiny \(one\) and tiny \(two\) on Animals\n/);
    expect(text).toContain(
      'Animals: 340 training and 60 test images of 12 x 16 coloured pixels in 3 classes: cat, dog, cow. Here are the answers to 60 test images.',
    );
    expect(text).toContain('| dropout | none |');
    expect(text).toContain('| training images | 300 |');
    expect(text).not.toContain('How to reproduce');
    const page = await pageOf(report);
    expect(page).toContain('300 of the training images train, 40 validate. The numbers');
    expect(page).toContain('Networks on 60 test images');
    for (const printed of [text, page, terminalText(documentOf(report))]) {
      expect(printed).not.toMatch(/original|Fashion|Model [12]|NaN|undefined|\[object/);
    }
  });

  it('are reported without an experiment as with one about something else', async () => {
    const loaded = await load(runs);
    expect(await gatherReport(loaded, { ...withTiny, experiment: null }, few)).toEqual(
      await gatherReport(loaded, withTiny, few),
    );
  });
});

describe('runs of several data sets', () => {
  const { m1, m2 } = publishedLikeAnswers(10);
  const classNames = ['cat', 'dog', 'cow'];
  const answers: readonly Answer[] = Array.from({ length: 30 }, (_, at) => [at % 3, at % 7 === 0 ? 0 : at % 3]);
  const { data } = sampleConfig('m1');
  const animals = { ...data, name: 'animals', title: 'Animals', fingerprint: '01', classes: classNames };

  it('are reported in groups: the largest whole, the others with their scores and why they stand apart', async () => {
    const report = await gatherReport(
      await load({
        odd: tinyRun(answers, 1, { classNames, config: { data: animals } }),
        base: { model: 'm1', answers: m1 },
        short: { model: 'm2', answers: m2, recipe: { epochs: 3 } },
      }),
      withTiny,
      few,
    );
    expect(report.runs.map(({ name }) => name)).toEqual(['base', 'short']);
    expect(report.apart.map(({ runs }) => runs.map(({ name }) => name))).toEqual([['odd']]);
    expect(report.introduction).toBeNull();
    const text = markdownText(documentOf(report));
    expect(text).toContain('## Runs that stand apart\n\n### tiny, on Animals');
    expect(text).toContain('they are of other data, Animals (animals) and not Fashion-MNIST');
    // What is not of the recipe is said before anything else, and has no number of the report beside it.
    expect(text).toMatch(/^# .*\n\n\*\*Model 2 is not of the original report’s recipe:\*\* epochs 3, not 12\./);
    expect(report.runs.map(({ published }) => published === null)).toEqual([false, true]);
    expect(text).toContain('There are no figures of it here; a report of this run alone has them.');
    const page = await pageOf(report);
    expect(page).toContain('<section id="apart"');
    expect(page).toContain('There are no figures of it here;');
    for (const printed of [text, page]) expect(printed).not.toMatch(/NaN|undefined|\[object/);
  });
});
