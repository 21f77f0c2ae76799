import type { Comparison } from '../../../evaluation/comparison/compare.ts';
import { spreadText } from '../../../evaluation/comparison/seed-spread.ts';
import {
  classTable,
  pairTable,
  publishedClassTable,
  publishedScoreTable,
  publishedSentence,
} from '../../../evaluation/comparison/tables.ts';
import { comparisonCharts } from '../../drawing/charts.ts';
import { type Child, html, prose } from '../markup.ts';
import type { PageContext } from '../page-context.ts';
import { details, figure, table } from '../parts.ts';
import { statementList } from './claims.ts';

/** The runs against each other; undefined with a single one. */
export function comparison(page: PageContext): Child {
  const found = page.report.comparison;
  const charts = comparisonCharts(page.report);
  if (found === null || charts === undefined) return undefined;
  const [pair, ...others] = found.pairs;
  if (pair === undefined) return undefined;
  const names = `${pair.second} less ${pair.first}`;
  const scores = page.chart(
    'scores',
    charts.scores,
    'bars',
    'Accuracy and F1 of all runs with 95 % intervals; the numbers are in the table under Results',
  );
  const classes = page.chart(
    'class-scores',
    charts.classScores,
    'classes',
    'Precision, recall and F1 of each class, runs side by side; the numbers are in the classification reports',
  );
  const differences = (measure: 'recall' | 'f1', name: string) =>
    figure(
      page.chart(
        `${measure}-differences`,
        measure === 'recall' ? charts.recallDifferences : charts.f1Differences,
        'bars',
        `${name} of each class, ${names}, with 95 % intervals; the numbers are in the table below`,
      ),
      page.numbering.figure(),
      `${name} of each class, ${names}, with 95 % intervals. Coloured where an interval leaves out zero.`,
    );
  return html`<h3>What these numbers say</h3>${statementList(pair.statements)}
${figure(scores, page.numbering.figure(), 'Accuracy and F1 of the runs, with 95 % intervals.')}
${figure(classes, page.numbering.figure(), 'Precision, recall and F1 of each class.')}
<div class="pair">${differences('recall', 'Recall')}${differences('f1', 'F1')}</div>
<h3>${names}</h3>${pairTables(pair)}
${others.map((other) => details(`${other.second} less ${other.first}`, [statementList(other.statements), pairTables(other)]))}
${found.seedSpreads.length === 0 ? null : html`<h3>From seed to seed</h3><ul class="plain">${found.seedSpreads.map((spread) => html`<li>${prose(spreadText(spread))}.</li>`)}</ul>`}
<h3>How to read this</h3><ul class="plain">${found.caveats.map((caveat) => html`<li>${prose(caveat)}</li>`)}</ul>`;
}

type Pair = Comparison['pairs'][number];

function pairTables(pair: Pair): Child {
  const names = `${pair.second} less ${pair.first}`;
  return [
    table(pairTable(pair), { label: `Tests of ${names}` }),
    table(classTable(pair), { label: `Classes, ${names}` }),
  ];
}

/** The runs against the original report's numbers. */
export function againstOriginal(page: PageContext): Child {
  const found = page.report.comparison;
  if (found === null) return undefined;
  if (found.publishedOmitted !== null) return html`<p>${found.publishedOmitted}</p>`;
  return page.forEachRun((run) => {
    const one = found.published.find(({ label }) => label === run.label);
    if (one === undefined) return html`<p>There is nothing to hold ${run.label} against.</p>`;
    return html`<p>${prose(publishedSentence(one))}</p>
${table(publishedScoreTable(one), { label: `${run.label} and the original report` })}
${table(publishedClassTable(one), { label: `Classes of ${run.label} and the original report` })}`;
  });
}
