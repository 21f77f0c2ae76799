import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { AtelierError } from '../../errors.ts';
import { html, jsonScript, verbatim } from './markup.ts';
import { PageContext, type PageSources } from './page-context.ts';
import { type Section, section } from './parts.ts';
import { claimsContent } from './sections/claims.ts';
import { againstOriginal, comparison } from './sections/comparison.ts';
import { data } from './sections/data.ts';
import { layers } from './sections/layers.ts';
import { mistakes } from './sections/mistakes.ts';
import { environment, reproduction } from './sections/reproduction.ts';
import { results } from './sections/results.ts';
import { pageTitle, summary } from './sections/summary.ts';
import { training } from './sections/training.ts';
import { pageStyle } from './style.ts';

/**
 * The report as one HTML file that needs no other and no network: pictures, charts and Vega are inside it.
 *
 * @throws AtelierError where a chart or the Vega package is broken
 */
export async function reportPage(sources: PageSources): Promise<string> {
  const [vega, client] = await Promise.all([vegaBuild(), clientText()]);
  const page = new PageContext(sources);
  const sections = sectionsOf(page);
  const title = pageTitle(page.report);
  const contents = [{ id: 'summary', title: 'Summary' }, ...sections];
  return `<!doctype html>\n${html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${verbatim(pageStyle())}</style>
</head>
<body>
<a class="skip" href="#summary">Skip to the report</a>
<div class="bar"><div><a class="name" href="#summary">${title}</a>${page.runSwitch()}<button type="button" class="theme" aria-pressed="false">Dark</button></div></div>
<div class="page">
<nav class="contents" aria-label="Contents"><h2>Contents</h2><ol>${contents.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ol></nav>
<main>
${summary(page.report)}
<noscript><p class="warning">Charts need JavaScript. The same pictures are in the folder figures beside this file, and all numbers are in the tables.</p></noscript>
${sections.map(section)}
<footer>Made with Atelier from the files of ${page.runs.length === 1 ? 'one run' : `${page.runs.length} runs`}. Charts are drawn by Vega (© University of Washington Interactive Data Lab and contributors, BSD 3-Clause).</footer>
</main>
</div>
<dialog aria-label="Enlarged picture"><form method="dialog"><button>Close</button></form></dialog>
<script type="application/json" id="charts">${jsonScript(page.charts)}</script>
<script>${verbatim(`/*\n${vega.license}*/\n${vega.script}`)}</script>
<script>${verbatim(`(${client})(vega, JSON.parse(document.getElementById('charts').textContent));`)}</script>
</body>
</html>`}\n`;
}

/** In the order of the original, whose figures and tables they number likewise. */
function sectionsOf(page: PageContext): readonly Section[] {
  const claims = page.report.comparison;
  const all: readonly Section[] = [
    { id: 'data', title: 'Data', content: data(page) },
    { id: 'training', title: 'Training', content: training(page) },
    { id: 'results', title: 'Results', content: results(page) },
    { id: 'layers', title: 'What the layers see', content: layers(page) },
    { id: 'mistakes', title: 'Mistakes and confidence', content: mistakes(page) },
    { id: 'comparison', title: 'Comparison', content: comparison(page) },
    { id: 'original', title: 'Against the original', content: againstOriginal(page) },
    { id: 'claims', title: 'The original’s claims', content: claims === null ? undefined : claimsContent(claims) },
    { id: 'environment', title: 'Environment', content: environment(page) },
    { id: 'reproduce', title: 'How to reproduce', content: reproduction(page) },
  ];
  return all.filter(({ content }) => content !== undefined);
}

/**
 * The text of the function that the page runs. The compiler does not follow an import by a variable: the function is
 * written against the browser's types (tsconfig.browser.json), which would otherwise be known in all of Node's part.
 */
async function clientText(): Promise<string> {
  const path: string = './client.ts';
  const client: unknown = await import(path);
  if (typeof client !== 'object' || client === null || !('runPage' in client) || typeof client.runPage !== 'function')
    throw new AtelierError(`internal: ${path} was expected to export the function runPage, which it does not`);
  return client.runPage.toString();
}

/** Vega's build for browsers, with its licence, from the installed package. */
async function vegaBuild(): Promise<{ readonly script: string; readonly license: string }> {
  const build = dirname(createRequire(import.meta.url).resolve('vega'));
  const [script, license] = await Promise.all([
    readFile(join(build, 'vega.min.js'), 'utf8'),
    readFile(join(build, '..', 'LICENSE'), 'utf8'),
  ]);
  // Nothing in it may end the script element; Vega 6 has no such text, and a later one may not bring it unseen.
  return { script: script.replaceAll('</script', '<\\/script').replace(/\/\/# sourceMappingURL=.*$/m, ''), license };
}
