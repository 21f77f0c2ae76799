import { runCharts } from '../../drawing/charts.ts';
import { filesOf, only, paragraph, type Section, table } from '../document.ts';
import type { SectionContext } from '../sources.ts';
import { classificationTable, scoresTable } from '../tables.ts';

/** How well each run does: over all, by class, and what it takes for what. */
export function resultsSection(context: SectionContext): Section {
  const { report, numbering } = context;
  const { dataset } = report;
  const caption = 'Accuracy and F1 on the';
  const intervals = 'Wilson for the accuracy, delta method for the balanced accuracy and F1.';
  const overall = table(scoresTable(report), {
    caption: {
      number: numbering.table(),
      text: {
        text: `${caption} ${dataset.split} images`,
        page: `${caption} ${dataset.count.toLocaleString('en')} ${dataset.split} images. Intervals: ${intervals}`,
      },
    },
    label: 'Accuracy and F1 of all runs',
  });
  const reports = context.perRun((run, key, index) => [
    {
      kind: 'figure',
      caption: { number: numbering.figure(), text: `Classification report of ${run.label}` },
      content: {
        kind: 'chart',
        id: `${key}-classes`,
        spec: runCharts(run).classificationReport,
        form: 'classes',
        alternative: `Precision, recall and F1 of ${run.label} by class; the numbers are in the table below`,
        run: index,
      },
      files: filesOf(context.files(run).classificationReport),
      table: table(classificationTable(run), { footRows: 3, label: `Classification report of ${run.label}` }),
    },
  ]);
  const matrices = context.perRun((run, key) => {
    const { label } = run;
    const { confusion, confusionCounts } = context.files(run);
    const charts = runCharts(run);
    const matrix = (value: 'shares' | 'counts', what: string) =>
      ({
        kind: 'chart',
        id: `${key}-confusion-${value}`,
        spec: value === 'shares' ? charts.confusion : charts.confusionCounts,
        form: 'matrix',
        alternative: `Confusion matrix of ${label}, ${what}; the most frequent mistakes are listed under Mistakes`,
      }) as const;
    return [
      {
        kind: 'figure',
        caption: {
          number: numbering.figure(),
          text: {
            text: `Confusion matrix of ${label}, normalised by true class`,
            page: `Confusion matrix of ${label}. Rows are true classes, columns what the model said; blue is right, orange wrong, each with its own scale.`,
          },
        },
        content: {
          kind: 'choice',
          name: `${key}-matrix`,
          legend: 'Numbers in the matrix',
          options: [
            {
              value: 'shares',
              label: 'Per cent of the true class',
              chart: matrix('shares', 'per cent of the true class'),
            },
            { value: 'counts', label: 'Images', chart: matrix('counts', 'number of images') },
          ],
        },
        files: filesOf(confusion, { path: confusionCounts, text: `${label}: the same in images` }),
      },
    ];
  });
  return {
    id: 'results',
    title: 'Results',
    blocks: [overall, only('text', paragraph(`The intervals are 95 % intervals: ${intervals}`)), reports, matrices],
  };
}
