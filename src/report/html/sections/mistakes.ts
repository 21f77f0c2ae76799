import { counted } from '../../../evaluation/comparison/words.ts';
import { runCharts } from '../../drawing/charts.ts';
import type { ConfusedExamples, Mistake } from '../../mistakes.ts';
import { mistakeTable } from '../../tables.ts';
import { type Child, html, type Markup } from '../markup.ts';
import type { PageContext } from '../page-context.ts';
import { details, figure, table } from '../parts.ts';

/** Where the models go wrong: confused classes, sure mistakes, calibration. */
export function mistakes(page: PageContext): Child {
  const origin = page.report.dataset.split === 'test' ? 'test' : 'training';
  return html`<p>Images are named by their position among the ${origin} images: #17 is the eighteenth.</p>
${page.forEachRun((run, key) => {
  const { label, confusedPairs, confidentMistakes, calibration } = run;
  if (confusedPairs.length === 0) return html`<p>No answer of ${label} is wrong.</p>`;
  const { error, bins } = calibration;
  return html`${figure(
    html`<div class="rows">${confusedPairs.map((pair) => pairRow(page, pair))}</div>`,
    page.numbering.figure(),
    `The most confused classes of ${label}, with the mistakes it was surest of.`,
  )}
${figure(
  html`<ul class="gallery">${confidentMistakes.map((mistake) => mistakeItem(page, mistake))}</ul>`,
  page.numbering.figure(),
  `The most confident mistakes of ${label}.`,
)}
${details('The same as a table', table(mistakeTable(confidentMistakes), { textColumns: 3, label: `Most confident mistakes of ${label}` }))}
${figure(
  page.chart(
    `${key}-calibration`,
    runCharts(run).calibration,
    'calibration',
    `Calibration of ${label}: accuracy by confidence; the numbers are in the table of bins below`,
  ),
  page.numbering.figure(),
  `Calibration of ${label}: accuracy by confidence. On the dashed line the model is as often right as it says. Expected calibration error over ${counted(bins.length, 'bin')}: ${(100 * error).toFixed(2)} points.`,
)}
${details('Numbers of all bins', binTable(bins, label))}`;
})}`;
}

function pairRow(page: PageContext, { truth, predicted, count, share, examples }: ConfusedExamples): Markup {
  return html`<div>${truth} <span class="wrong">→ ${predicted}</span><br><span class="muted">${counted(count, 'image')}, ${(100 * share).toFixed(1)} %</span></div>
<div class="strip">${examples.map(({ index }) => page.picture(index, `#${index}: ${truth}, taken for ${predicted}`))}</div>`;
}

function mistakeItem(page: PageContext, { index, truth, predicted, confidence }: Mistake): Markup {
  // Rounded down, so that only certainty is 100 %.
  const percent = (Math.floor(confidence * 1000) / 10).toFixed(1);
  return html`<li>${page.picture(index, '')}<div>${truth}</div><div class="wrong">→ ${predicted}</div><div class="muted">${percent} % · #${index}</div></li>`;
}

function binTable(bins: PageContext['runs'][number]['calibration']['bins'], label: string): Markup {
  const share = (value: number | null) => (value === null ? '-' : value.toFixed(4));
  return table(
    {
      header: ['confidence', 'predictions', 'mean confidence', 'accuracy'],
      rows: bins.map(({ low, high, count, confidence, accuracy }) => [
        `${low.toFixed(3)} to ${high.toFixed(3)}`,
        count.toLocaleString('en'),
        share(confidence),
        share(accuracy),
      ]),
    },
    { label: `Calibration of ${label}` },
  );
}
