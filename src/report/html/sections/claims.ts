import type { ClaimCheck, ClaimPart, Verdict } from '../../../evaluation/comparison/claims/claim.ts';
import type { Comparison } from '../../../evaluation/comparison/compare.ts';
import { capital } from '../../../evaluation/comparison/words.ts';
import { html, type Markup, prose } from '../markup.ts';

const looks: Readonly<Record<Verdict, string>> = {
  supported: 'yes',
  'partly supported': 'partly',
  'not supported': 'no',
  'cannot be told with these data': 'open',
};

/** What was found of a statement: sign, colour and words say the same. */
export function verdict(finding: Verdict): Markup {
  const words = finding === 'cannot be told with these data' ? 'cannot be told' : finding;
  return html`<span class="verdict ${looks[finding]}">${words}</span>`;
}

/** Sentences with what was found of each. */
export function statementList(statements: readonly { readonly finding: Verdict; readonly text: string }[]): Markup {
  return html`<ul class="verdicts">${statements.map(({ finding, text }) => html`<li>${verdict(finding)} ${prose(capital(text))}.</li>`)}</ul>`;
}

/** The original report's claims, each with the figures that support or contradict it. */
export function claimsContent({ claims }: Comparison): Markup {
  return html`<p>${prose(claims.basis)}</p><ol class="claims">${claims.checks.map(claim)}</ol>`;
}

function claim({ number, claim: text, verdict: found, parts, note }: ClaimCheck): Markup {
  return html`<li id="claim-${number}"><h3><span>${number}.</span> ${prose(text)}</h3>${verdict(found)}
${parts.map((one) => claimPart(one, parts.length > 1))}
${note === null ? null : html`<p class="note">${prose(note)}</p>`}</li>`;
}

function claimPart({ statement, published, runs }: ClaimPart, several: boolean): Markup {
  const agreement = published.agrees === null ? '' : published.agrees ? 'agree: ' : 'disagree: ';
  return html`<div class="part"><p>${several ? html`${verdict(runs.finding)} ` : null}${prose(capital(statement))}.</p>
<dl><dt>these runs</dt><dd>${prose(runs.text)}</dd><dt>the report’s own numbers</dt><dd>${agreement}${prose(published.text)}</dd></dl></div>`;
}
