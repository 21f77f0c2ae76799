import { score } from '../evaluation/comparison/words.ts';
import type { ReportFigures, RunFigures } from './figures.ts';
import { comparisonSections } from './markdown-comparison.ts';
import { mistakeSections } from './markdown-mistakes.ts';
import { bullets, escaped, fenced, joined, markdownTable, picture } from './markdown-parts.ts';
import type { Report, ReportedRun } from './model.ts';
import { Numbering } from './numbering.ts';
import { classificationTable, hyperParameterTable, layerTable, scoresTable } from './tables.ts';

/**
 * The report as Markdown. Figures and tables are numbered as they come, which for one run of each model gives the
 * original's numbers: figures 1 to 11, tables 1 to 3.
 *
 * @param figures relative paths of the pictures; those that are left out are not shown
 */
export function reportMarkdown(report: Report, figures: ReportFigures = {}): string {
  const numbering = new Numbering();
  const { runs, dataset } = report;
  const pictures = ({ name }: ReportedRun): RunFigures => figures.runs?.[name] ?? {};
  const figure = (path: string | undefined, caption: string) => picture(path, `${numbering.figure()}. ${caption}`);
  return joined([
    `# ${title(report)}`,
    opening(report),
    '## Data',
    `Fashion-MNIST: 60,000 training and 10,000 test images of 28 x 28 grey pixels in ${dataset.classes.length} classes: ` +
      `${dataset.classes.map(escaped).join(', ')}. Here are the answers to ${dataset.count.toLocaleString('en')} ${dataset.split} images.`,
    figure(figures.samples, 'Sample images with their classes'),
    '## Training',
    ...runs.flatMap((run) => [
      `### ${escaped(run.title)}${run.title === run.label ? '' : ` (${escaped(run.name)})`}`,
      figure(pictures(run).curves, `${run.label}: loss and accuracy per epoch, training and validation`),
      trainingText(run),
      `**${numbering.table()}. Hyper-parameters of ${escaped(run.label)}**`,
      markdownTable(hyperParameterTable(run), 2),
      `Layers of ${escaped(run.label)}: ${run.summary.parameters.toLocaleString('en')} parameters, ${run.summary.macs.toLocaleString('en')} multiply-adds an image.`,
      markdownTable(layerTable(run), 3),
    ]),
    '## Results',
    `**${numbering.table()}. Accuracy and F1 on the ${dataset.split} images**`,
    markdownTable(scoresTable(report)),
    'The intervals are 95 % intervals: Wilson for the accuracy, delta method for F1.',
    ...runs.flatMap((run) => {
      const caption = `${numbering.figure()}. Classification report of ${run.label}`;
      const path = pictures(run).classificationReport;
      return [path === undefined ? `**${escaped(caption)}**` : picture(path, caption), classification(run)];
    }),
    ...runs.flatMap((run) => [
      figure(pictures(run).confusion, `Confusion matrix of ${run.label}, normalised by true class`),
      picture(pictures(run).confusionCounts, `${run.label}: the same in images`),
    ]),
    ...activations(report, pictures, figure),
    ...mistakeSections(report, pictures, figure),
    ...comparisonSections(report, figures, figure),
    '## Environment',
    markdownTable({ header: ['', ...runs.map(({ label }) => label)], rows: environment(report) }, runs.length + 1),
    '## How to reproduce',
    ...report.reproduce.flatMap(({ purpose, commands }) => [`${escaped(purpose)}:`, fenced(commands.join('\n'), 'sh')]),
  ]);
}

function title({ runs }: Report): string {
  return runs.length === 1
    ? `${escaped(runs[0]?.label ?? '')} on Fashion-MNIST`
    : `${runs.map(({ label }) => escaped(label)).join(' and ')} on Fashion-MNIST`;
}

/** The whole in a few lines, above everything else. */
function opening({ runs, dataset, comparison }: Report): string {
  const lines = runs.map(({ label, scores, lacking }) => {
    const { value, interval } = scores.accuracy;
    const range = interval === null ? '' : ` (95 % interval ${score(interval.low)} to ${score(interval.high)})`;
    const incomplete = lacking === null ? '' : `; not a whole run: ${lacking}`;
    return escaped(
      `${label}: ${score(value)} of the ${dataset.split} images right${range}, macro F1 ${score(scores.macroF1.value)}${incomplete}.`,
    );
  });
  const first = (comparison?.pairs ?? []).flatMap(({ statements: [one] }) =>
    one === undefined ? [] : [`**${one.finding}**: ${escaped(one.text)}.`],
  );
  return bullets([...lines, ...first]);
}

function trainingText({ history, bestEpoch, rateChanges, label }: ReportedRun): string {
  if (bestEpoch === null) return `${escaped(label)} has no history.`;
  const { epoch, validation } = bestEpoch;
  const best = `The validation loss is lowest after epoch ${epoch} of ${history.length}: ${score(validation.loss)}, at an accuracy of ${score(validation.accuracy)}.`;
  const changes = rateChanges
    .slice(0, 6)
    .map(({ epoch: at, from, to }) => `${rate(from)} -> ${rate(to)} with epoch ${at}`);
  const more = rateChanges.length > changes.length ? `, and ${rateChanges.length - changes.length} changes more` : '';
  return changes.length === 0
    ? `${best} The learning rate stays at ${rate(history[0]?.lr ?? 0)}.`
    : `${best} Learning rate: ${changes.join(', ')}${more}.`;
}

function rate(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function classification(run: ReportedRun): string {
  return markdownTable(classificationTable(run));
}

/** Maps that the original shows in one figure: both convolutions of Model 1, each tap of Model 2 by itself. */
const activationFigures = {
  m1: [{ taps: ['conv1', 'conv2'], caption: 'first and second convolution' }],
  m2: [
    { taps: ['stage1.0'], caption: 'first Conv-BatchNorm-ReLU block' },
    { taps: ['stage1'], caption: 'stage 1' },
    { taps: ['stage3'], caption: 'stage 3' },
  ],
} as const;

type Figure = (path: string | undefined, caption: string) => string;

function activations({ runs }: Report, pictures: (run: ReportedRun) => RunFigures, figure: Figure): readonly string[] {
  const blocks = runs.flatMap((run) =>
    activationFigures[run.model].flatMap(({ taps, caption }) => {
      const [first, ...others] = taps.map((tap) => pictures(run).activations?.[tap]);
      return [
        figure(first, `Activation maps of ${run.label}: ${caption}`),
        ...others.map((path) => picture(path, `${run.label}, continued`)),
      ];
    }),
  );
  return blocks.some((block) => block !== '') ? ['## What the layers see', ...blocks] : [];
}

function environment(report: Report): readonly (readonly string[])[] {
  return report.environment.map(({ name, values }) => [name, ...values]);
}
