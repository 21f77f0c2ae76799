import { runCharts } from '../../drawing/charts.ts';
import { classificationTable, scoresTable } from '../../tables.ts';
import { type Child, html } from '../markup.ts';
import type { PageContext } from '../page-context.ts';
import { choiceSwitch, figure, panel, table } from '../parts.ts';

/** How well each run does: over all, by class, and what it takes for what. */
export function results(page: PageContext): Child {
  const { dataset } = page.report;
  const overall = table(scoresTable(page.report), {
    caption: html`<b>${page.numbering.table()}.</b> Accuracy and F1 on the ${dataset.count.toLocaleString('en')} ${dataset.split} images. Intervals: Wilson for the accuracy, delta method for F1.`,
    label: 'Accuracy and F1 of all runs',
  });
  // Numbered as the original is: the classification reports of all runs, then their confusion matrices.
  const reports = page.runs.map(() => page.numbering.figure());
  const matrices = page.runs.map(() => page.numbering.figure());
  const each = page.forEachRun((run, key) => {
    const { label } = run;
    const charts = runCharts(run);
    const at = page.runs.indexOf(run);
    const matrix = (kind: 'shares' | 'counts') =>
      panel(
        { of: `${key}-matrix`, value: kind },
        page.chart(
          `${key}-confusion-${kind}`,
          kind === 'shares' ? charts.confusion : charts.confusionCounts,
          'matrix',
          `Confusion matrix of ${label}, ${kind === 'shares' ? 'per cent of the true class' : 'number of images'}; the most frequent mistakes are listed under Mistakes`,
        ),
      );
    return html`${figure(
      html`${page.chart(`${key}-classes`, charts.classificationReport, 'classes', `Precision, recall and F1 of ${label} by class; the numbers are in the table below`, at)}
${table(classificationTable(run), { footRows: 3, label: `Classification report of ${label}` })}`,
      reports[at],
      `Classification report of ${label}.`,
    )}
${figure(
  html`${choiceSwitch(`${key}-matrix`, 'Numbers in the matrix', [
    { value: 'shares', label: 'Per cent of the true class' },
    { value: 'counts', label: 'Images' },
  ])}${matrix('shares')}${matrix('counts')}`,
  matrices[at],
  `Confusion matrix of ${label}. Rows are true classes, columns what the model said; blue is right, orange wrong, each with its own scale.`,
)}`;
  });
  return html`${overall}${each}`;
}
