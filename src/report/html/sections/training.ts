import { score } from '../../../evaluation/comparison/words.ts';
import { formatRate } from '../../../rendering/charts/rate-panel.ts';
import { runCharts } from '../../drawing/charts.ts';
import type { ReportedRun } from '../../model.ts';
import { hyperParameterTable, layerTable } from '../../tables.ts';
import { type Child, html, type Markup } from '../markup.ts';
import type { PageContext } from '../page-context.ts';
import { details, figure, table, zoomButtons } from '../parts.ts';

/** How each run was trained, and how that went. */
export function training(page: PageContext): Child {
  return page.forEachRun((run, key) => {
    const { label, title, lacking, summary } = run;
    const { curves } = runCharts(run, { interactive: true });
    const number = page.numbering.figure();
    return html`<p>${title}: ${summary.parameters.toLocaleString('en')} parameters, ${summary.macs.toLocaleString('en')} multiply-adds an image. ${trainingText(run)}</p>
${lacking === null ? null : html`<p class="warning">Not a whole run: ${lacking}.</p>`}
${
  curves === undefined
    ? html`<p class="warning">This run has no history: its curves cannot be drawn.</p>`
    : figure(
        html`${page.chart(`${key}-curves`, curves, 'curves', `Loss and accuracy of ${label} by epoch; the numbers are in the table of epochs below`)}${zoomButtons(`${key}-curves`)}`,
        number,
        `${label}: loss and accuracy per epoch on training and validation images. Training values are means over the epoch, with dropout and augmentation on. The dashed line is the epoch whose checkpoint is evaluated.`,
        'curves',
      )
}
${run.history.length === 0 ? null : details('Numbers of all epochs', epochs(run))}
${table(hyperParameterTable(run), { textColumns: 2, caption: html`<b>${page.numbering.table()}.</b> Hyper-parameters of ${label}`, label: `Hyper-parameters of ${label}` })}
${details('Layers', table(layerTable(run), { textColumns: 3, label: `Layers of ${label}` }))}`;
  });
}

function trainingText({ history, bestEpoch, rateChanges }: ReportedRun): string {
  if (bestEpoch === null) return '';
  const { epoch, validation } = bestEpoch;
  const best = `The validation loss is lowest after epoch ${epoch} of ${history.length}: ${score(validation.loss)}, at an accuracy of ${score(validation.accuracy)}.`;
  const shown = rateChanges.slice(0, 6).map(({ epoch: at, to }) => `${formatRate(to)} from epoch ${at}`);
  const more = rateChanges.length > shown.length ? ` and ${rateChanges.length - shown.length} changes more` : '';
  if (shown.length === 0) return `${best} The learning rate stays at ${formatRate(history[0]?.lr ?? 0)}.`;
  return `${best} The learning rate begins at ${formatRate(history[0]?.lr ?? 0)}; it is ${shown.join(', ')}${more}.`;
}

function epochs({ history, label }: ReportedRun): Markup {
  const rows = history.map(({ epoch, train, validation, lr, seconds }) => [
    String(epoch),
    score(train.loss),
    score(train.accuracy),
    score(validation.loss),
    score(validation.accuracy),
    formatRate(lr),
    seconds.toFixed(1),
  ]);
  const header = ['epoch', 'training loss', 'accuracy', 'validation loss', 'accuracy', 'learning rate', 'seconds'];
  return table({ header, rows }, { label: `Epochs of ${label}` });
}
