import type { ClaimCheck, ClaimPart, Verdict } from '../../evaluation/comparison/claim.ts';
import type { Statement } from '../../evaluation/comparison/conclusions.ts';
import { capital } from '../../evaluation/comparison/words.ts';
import { lightTheme } from '../../rendering/theme.ts';
import type { Block, Cards, PerRun } from '../document/document.ts';
import { worded } from '../document/wording.ts';
import { figureMarkup, inputsMarkup } from './figures.ts';
import { type Child, html, type Markup, prose } from './markup.ts';
import type { PageContent } from './page-content.ts';
import { details, panel, swatch, tableOf } from './parts.ts';

/** Blocks one below the other. What is said of each run, also in several blocks on end, stands in one panel a run. */
export function blocksMarkup(page: PageContent, blocks: readonly Block[]): readonly Markup[] {
  const shown = blocks.flatMap(unwrapped);
  const markup: Markup[] = [];
  let at = 0;
  while (at < shown.length) {
    const perRun: PerRun[] = [];
    for (let block = shown[at]; block?.kind === 'per-run'; block = shown[at + perRun.length]) perRun.push(block);
    const block = shown[at];
    if (perRun.length > 0) markup.push(...panels(page, perRun));
    else if (block !== undefined) markup.push(blockMarkup(page, block));
    at += Math.max(1, perRun.length);
  }
  return markup;
}

/** The blocks that a page shows. */
function unwrapped(block: Block): readonly Block[] {
  if (block.kind !== 'only') return [block];
  return block.medium === 'page' ? block.blocks.flatMap(unwrapped) : [];
}

/** A panel for each run, of which the reader sees one. */
function panels(page: PageContent, perRun: readonly PerRun[]): readonly Markup[] {
  return page.document.runs.map((label, index) => {
    const content = perRun.flatMap(({ runs }) => blocksMarkup(page, runs[index] ?? []));
    return panel(
      { of: 'run', value: String(index) },
      html`<h3 class="run">${swatch(index)}${label}</h3>${lines(content)}`,
    );
  });
}

function blockMarkup(page: PageContent, block: Block): Markup {
  switch (block.kind) {
    case 'paragraph':
      return html`<p${block.lead ? html` class="lead"` : null}>${prose(worded(block.text, 'page'))}</p>`;
    case 'heading':
      return html`<h3>${block.text}</h3>`;
    case 'list':
      return html`<ul class="plain">${block.items.map(
        ({ lead, text }) => html`<li>${lead === undefined ? null : html`<b>${prose(lead)}</b>: `}${prose(text)}</li>`,
      )}</ul>`;
    case 'table':
      return tableOf(block);
    case 'figure':
      return figureMarkup(page, block);
    case 'code':
      return html`<pre tabindex="0"><code>${block.lines.join('\n')}</code></pre>`;
    case 'warning':
      return html`<p class="warning">${block.lead === undefined ? null : html`<b>${block.lead}</b> `}${block.text}</p>`;
    case 'findings':
      return findingsMarkup(block.statements);
    case 'claims':
      return html`<ol class="claims">${block.checks.map(claimMarkup)}</ol>`;
    case 'fold':
      return details(block.summary, blocksMarkup(page, block.blocks));
    case 'inputs':
      return inputsMarkup(page, block);
    case 'cards':
      return html`<div class="cards">${block.cards.map(cardMarkup)}</div>`;
    case 'side-by-side':
      return html`<div class="pair">${blocksMarkup(page, block.blocks)}</div>`;
    case 'per-run':
    case 'only':
      return html`${blocksMarkup(page, [block])}`;
  }
}

function lines(content: readonly Markup[]): Child {
  return content.map((one) => html`${one}\n`);
}

function cardMarkup({ run, title, subtitle, value, unit, facts }: Cards['cards'][number]): Markup {
  return html`<article class="card" style="--color: var(--run-${run % lightTheme.categories.length})">
<h2>${swatch(run)}${title}</h2>
<p class="meta">${subtitle}</p>
<div class="big">${value} <small>${unit}</small></div>
<dl>
${facts.map(([name, fact]) => html`<dt>${name}</dt><dd>${fact}</dd>\n`)}</dl></article>`;
}

const looks: Readonly<Record<Verdict, string>> = {
  supported: 'yes',
  'partly supported': 'partly',
  'not supported': 'no',
  'cannot be told with these data': 'open',
};

/** What was found of a statement: sign, colour and words say the same. */
function verdict(finding: Verdict): Markup {
  const words = finding === 'cannot be told with these data' ? 'cannot be told' : finding;
  return html`<span class="verdict ${looks[finding]}">${words}</span>`;
}

function findingsMarkup(statements: readonly Statement[]): Markup {
  return html`<ul class="verdicts">${statements.map(({ finding, text }) => html`<li>${verdict(finding)} ${prose(capital(text))}.</li>`)}</ul>`;
}

function claimMarkup({ number, claim, verdict: found, parts, note }: ClaimCheck): Markup {
  return html`<li id="claim-${number}"><h3><span>${number}.</span> ${prose(claim)}</h3>${verdict(found)}
${parts.map((one) => claimPart(one, parts.length > 1))}
${note === null ? null : html`<p class="note">${prose(note)}</p>`}</li>`;
}

function claimPart({ statement, published, runs }: ClaimPart, several: boolean): Markup {
  const agreement = published.agrees === null ? '' : published.agrees ? 'agree: ' : 'disagree: ';
  return html`<div class="part"><p>${several ? html`${verdict(runs.finding)} ` : null}${prose(capital(statement))}.</p>
<dl><dt>these runs</dt><dd>${prose(runs.text)}</dd><dt>the report’s own numbers</dt><dd>${agreement}${prose(published.text)}</dd></dl></div>`;
}
