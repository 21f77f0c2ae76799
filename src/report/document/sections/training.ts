import { score } from '../../../evaluation/comparison/words.ts';
import { formatRate } from '../../../rendering/charts/rate-panel.ts';
import { runCharts } from '../../drawing/charts.ts';
import type { ReportedRun } from '../../model.ts';
import { type Figure, filesOf, heading, only, paragraph, type Section, type TableBlock, table } from '../document.ts';
import type { SectionContext } from '../sources.ts';
import { epochTable, hyperParameterTable, layerTable } from '../tables.ts';
import type { Wording } from '../wording.ts';

/** How each run was trained, and how that went. */
export function trainingSection(context: SectionContext): Section {
  const { numbering } = context;
  const content = context.perRun((run, key) => {
    const { label, title, name, lacking, summary } = run;
    const size = `${summary.parameters.toLocaleString('en')} parameters, ${summary.macs.toLocaleString('en')} multiply-adds an image.`;
    const text = trainingText(run);
    const curves = curvesFigure(context, run, key);
    return [
      only('text', heading(title === label ? title : `${title} (${name})`)),
      ...labelLines(run).map((line) => paragraph(line)),
      only('page', paragraph(`${title}: ${size} ${text.page}`)),
      ...(lacking === null ? [] : [only('page', { kind: 'warning', text: `Not a whole run: ${lacking}.` })]),
      curves,
      ...(curves.content === null
        ? [only('page', { kind: 'warning', text: 'This run has no history: its curves cannot be drawn.' })]
        : []),
      only('text', paragraph(text.text)),
      ...(run.history.length === 0
        ? []
        : [
            {
              kind: 'fold',
              summary: 'Numbers of all epochs',
              blocks: [table(epochTable(run), { label: `Epochs of ${label}` })],
            } as const,
          ]),
      table(hyperParameterTable(run), {
        textColumns: 2,
        caption: { number: numbering.table(), text: `Hyper-parameters of ${label}` },
        label: `Hyper-parameters of ${label}`,
      }),
      only('text', paragraph(`Layers of ${label}: ${size}`), layers(run)),
      { kind: 'fold', summary: 'Layers', blocks: [layers(run)] },
    ];
  });
  return { id: 'training', title: 'Training', blocks: [content] };
}

/** What somebody said the run is. */
function labelLines({ labels: { name, tags = [], note } }: ReportedRun): readonly string[] {
  const called = [
    ...(name === undefined ? [] : [`Called '${name}'.`]),
    ...(tags.length === 0 ? [] : [`Tags: ${tags.join(', ')}.`]),
  ];
  return [...(called.length === 0 ? [] : [called.join(' ')]), ...(note === undefined ? [] : [`Note: ${note}`])];
}

function layers(run: ReportedRun): TableBlock {
  return table(layerTable(run), { textColumns: 3, label: `Layers of ${run.label}` });
}

function curvesFigure(context: SectionContext, run: ReportedRun, key: string): Figure {
  const { label } = run;
  const { curves } = runCharts(run, { interactive: true });
  return {
    kind: 'figure',
    caption: {
      number: context.numbering.figure(),
      text: {
        text: `${label}: loss and accuracy per epoch, training and validation`,
        page: `${label}: loss and accuracy per epoch on training and validation images. Training values are means over the epoch, with dropout and augmentation on. The dashed line is the epoch whose checkpoint is evaluated.`,
      },
    },
    content:
      curves === undefined
        ? null
        : {
            kind: 'chart',
            id: `${key}-curves`,
            spec: curves,
            form: 'curves',
            alternative: `Loss and accuracy of ${label} by epoch; the numbers are in the table of epochs below`,
          },
    files: filesOf(context.files(run).curves),
  };
}

function trainingText({ history, bestEpoch, rateChanges, label }: ReportedRun): Exclude<Wording, string> {
  if (bestEpoch === null) return { text: `${label} has no history.`, page: '' };
  const { epoch, validation } = bestEpoch;
  const best = `The validation loss is lowest after epoch ${epoch} of ${history.length}: ${score(validation.loss)}, at an accuracy of ${score(validation.accuracy)}.`;
  const first = history[0]?.lr ?? 0;
  if (rateChanges.length === 0) {
    return {
      text: `${best} The learning rate stays at ${rate(first)}.`,
      page: `${best} The learning rate stays at ${formatRate(first)}.`,
    };
  }
  // A schedule that moves in every epoch is a curve, not a list.
  if (rateChanges.length > mostRates) {
    const last = history.at(-1)?.lr ?? first;
    const between = `changes ${rateChanges.length} times, and is`;
    return {
      text: `${best} The learning rate begins at ${rate(first)}, ${between} ${rate(last)} in the last epoch.`,
      page: `${best} The learning rate begins at ${formatRate(first)}, ${between} ${formatRate(last)} in the last epoch.`,
    };
  }
  const changes = rateChanges.map(({ epoch: at, from, to }) => `${rate(from)} -> ${rate(to)} with epoch ${at}`);
  const rates = rateChanges.map(({ epoch: at, to }) => `${formatRate(to)} from epoch ${at}`);
  return {
    text: `${best} Learning rate: ${changes.join(', ')}.`,
    page: `${best} The learning rate begins at ${formatRate(first)}; it is ${rates.join(', ')}.`,
  };
}

/** Learning rates that a sentence lists. */
const mostRates = 6;

function rate(value: number): string {
  return String(Number(value.toPrecision(3)));
}
