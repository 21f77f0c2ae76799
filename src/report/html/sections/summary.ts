import { listed, score } from '../../../evaluation/comparison/words.ts';
import { published } from '../../../evaluation/published.ts';
import type { Report, ReportedRun } from '../../model.ts';
import { html, type Markup, prose } from '../markup.ts';
import { swatch } from '../page-context.ts';
import { statementList } from './claims.ts';

/** The page's title: what was trained, on what. Many runs are counted, not named. */
export function pageTitle({ runs }: Report): string {
  const labels = runs.map(({ label }) => label);
  const models = [...new Set(runs.map(({ title }) => title.split(',')[0] ?? title))];
  const subject = labels.length <= 2 ? listed(labels) : `${labels.length} runs of ${listed(models)}`;
  return `${subject} on Fashion-MNIST`;
}

/** The whole in a few lines: a card for each run, then what their comparison comes to. */
export function summary(report: Report): Markup {
  const { runs, dataset, comparison } = report;
  // The two models where there are both, else whatever comes first.
  const label = (model: string) => runs.find((run) => run.model === model)?.label;
  const pairs = comparison?.pairs ?? [];
  const pair = pairs.find((one) => one.first === label('m1') && one.second === label('m2')) ?? pairs[0];
  const images = `${dataset.count.toLocaleString('en')} ${dataset.split} images`;
  return html`<header class="top" id="summary">
<h1>${pageTitle(report).replaceAll(/Model (?=\d)/g, 'Model\u00a0')}</h1>
<p class="lead">${prose(leadOf(report))}</p>
${runs.map(({ label, lacking }) => (lacking === null ? null : html`<p class="warning"><b>${label} is not a whole run:</b> ${lacking}. Its numbers say nothing about the original report’s.</p>`))}
<div class="cards">${runs.map((run, index) => card(run, index, images))}</div>
${pair === undefined ? null : statementList(pair.statements.slice(0, 1))}
</header>`;
}

function leadOf({ runs, dataset }: Report): string {
  const images = `${dataset.count.toLocaleString('en')} ${dataset.split} images that no network was trained on`;
  const start = runs.length === 1 ? 'A convolutional network' : 'Convolutional networks';
  const end = "trained as a published course report describes, and held against that report's own numbers and claims";
  return dataset.split === 'test' ? `${start}, ${end}, on ${images}.` : `${start}, ${end}.`;
}

function card(run: ReportedRun, index: number, images: string): Markup {
  const { label, title, name, scores, model, summary: network, bestEpoch, history } = run;
  const { value, interval } = scores.accuracy;
  const description = title.split(', ').slice(1).join(', ');
  return html`<article class="card" style="--color: var(--run-${index % 7})">
<h2>${swatch(index)}${label}</h2>
<p class="meta">${description === '' ? name : `${description} · ${name}`}</p>
<div class="big">${(100 * value).toFixed(2)} % <small>right</small></div>
<dl>
${interval === null ? null : html`<dt>95 % interval</dt><dd>${(100 * interval.low).toFixed(2)} to ${(100 * interval.high).toFixed(2)} %</dd>`}
<dt>original report</dt><dd>${(100 * published[model].accuracy).toFixed(2)} %</dd>
<dt>macro F1</dt><dd>${score(scores.macroF1.value)}</dd>
<dt>parameters</dt><dd>${network.parameters.toLocaleString('en')}</dd>
${bestEpoch === null ? null : html`<dt>best epoch</dt><dd>${bestEpoch.epoch} of ${history.length}</dd>`}
<dt>evaluated on</dt><dd>${images}</dd>
</dl></article>`;
}
