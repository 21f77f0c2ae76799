import { counted } from '../../../evaluation/comparison/words.ts';
import { runCharts } from '../../drawing/charts.ts';
import type { ConfusedExamples } from '../../mistakes.ts';
import type { ReportedRun } from '../../model.ts';
import { type Block, type Confusions, filesOf, heading, only, paragraph, type Section, table } from '../document.ts';
import type { SectionContext } from '../sources.ts';
import { binTable, confusedTable, mistakeTable } from '../tables.ts';

/** Mistakes listed in plain text; a page shows all of them. */
const listedMistakes = 10;

/** Where the models go wrong: confused classes, sure mistakes, calibration. */
export function mistakesSection(context: SectionContext): Section {
  const origin = context.report.dataset.split === 'test' ? 'test' : 'training';
  const named = `Images are named by their position among the ${origin} images`;
  return {
    id: 'mistakes',
    title: 'Mistakes and confidence',
    blocks: [
      paragraph({ text: `${named}.`, page: `${named}: #17 is the eighteenth.` }),
      context.perRun((run, key) => [only('text', heading(run.label)), ...mistakesOf(context, run, key)]),
    ],
  };
}

function mistakesOf(context: SectionContext, run: ReportedRun, key: string): readonly Block[] {
  const { label, confusedPairs, confidentMistakes } = run;
  if (confusedPairs.length === 0) {
    return [paragraph({ text: 'No answer is wrong.', page: `No answer of ${label} is wrong.` })];
  }
  const { numbering } = context;
  const files = context.files(run);
  const mistakes = `Most confident mistakes of ${label}`;
  return [
    only(
      'text',
      paragraph('The most frequent confusions:'),
      table(confusedTable(run), { textColumns: 2, label: `Most confused classes of ${label}` }),
    ),
    {
      kind: 'figure',
      caption: {
        number: numbering.figure(),
        text: `The most confused classes of ${label}, with the mistakes it was surest of`,
      },
      content: confusionRows(confusedPairs),
      files: filesOf(files.confusedPairs),
    },
    only(
      'text',
      paragraph('The mistakes it was surest of:'),
      table(mistakeTable(confidentMistakes.slice(0, listedMistakes)), { textColumns: 3, label: mistakes }),
    ),
    {
      kind: 'figure',
      caption: { number: numbering.figure(), text: `The most confident mistakes of ${label}` },
      content: { kind: 'gallery', mistakes: confidentMistakes },
      files: filesOf(files.confidentMistakes),
    },
    {
      kind: 'fold',
      summary: 'The same as a table',
      blocks: [table(mistakeTable(confidentMistakes), { textColumns: 3, label: mistakes })],
    },
    ...calibrationOf(context, run, key),
  ];
}

function confusionRows(pairs: readonly ConfusedExamples[]): Confusions {
  return {
    kind: 'confusions',
    rows: pairs.map(({ truth, predicted, count, share, examples }) => ({
      truth,
      predicted,
      note: `${counted(count, 'image')}, ${(100 * share).toFixed(1)} %`,
      pictures: examples.map(({ index }) => ({ index, alternative: `#${index}: ${truth}, taken for ${predicted}` })),
    })),
  };
}

function calibrationOf(context: SectionContext, run: ReportedRun, key: string): readonly Block[] {
  const { label, calibration } = run;
  const { error, bins } = calibration;
  const points = `${(100 * error).toFixed(2)} points`;
  const count = counted(bins.length, 'bin');
  const caption = `Calibration of ${label}: accuracy by confidence`;
  return [
    only(
      'text',
      paragraph(`Expected calibration error, ${count}: ${points} between confidence and accuracy, on average.`),
    ),
    {
      kind: 'figure',
      caption: {
        number: context.numbering.figure(),
        text: {
          text: caption,
          page: `${caption}. On the dashed line the model is as often right as it says. Expected calibration error over ${count}: ${points}.`,
        },
      },
      content: {
        kind: 'chart',
        id: `${key}-calibration`,
        spec: runCharts(run).calibration,
        form: 'calibration',
        alternative: `${caption}; the numbers are in the table of bins below`,
      },
      files: filesOf(context.files(run).calibration),
    },
    {
      kind: 'fold',
      summary: 'Numbers of all bins',
      blocks: [table(binTable(run), { label: `Calibration of ${label}` })],
    },
  ];
}
