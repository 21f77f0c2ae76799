import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setImmediate as othersTurn } from 'node:timers/promises';
import { AtelierError } from '../../errors.ts';
import { builtModule } from '../../files/built-module.ts';
import { visible } from '../../text/printable.ts';
import type { Document } from '../document/document.ts';
import { worded } from '../document/wording.ts';
import { blocksMarkup } from './blocks.ts';
import { html, jsonScript, type Markup, verbatim } from './markup.ts';
import { type PageAssets, PageContent } from './page-content.ts';
import { choiceList, choiceSwitch, type PageSection, section } from './parts.ts';
import { pageStyle } from './style.ts';

/**
 * A document as one HTML file that needs no other and no network: pictures, charts and Vega are inside it. Others have their turn
 * between two sections.
 *
 * @param onSection is told how many sections of how many are written
 * @throws AtelierError where a chart or the Vega package is broken
 */
export async function documentPage(
  document: Document,
  assets: PageAssets,
  onSection: (done: number, total: number) => void = () => undefined,
): Promise<string> {
  const [vega, client] = await Promise.all([vegaBuild(), clientText()]);
  const page = new PageContent(document, assets);
  const { runs } = document;
  const title = document.title === null ? 'Report' : worded(document.title, 'page');
  const summary = blocksMarkup(page, document.summary);
  const sections: PageSection[] = [];
  for (const [done, { id, title: name, blocks }] of document.sections.entries()) {
    onSection(done, document.sections.length);
    await othersTurn();
    const content = blocksMarkup(page, blocks);
    if (content.length > 0) sections.push({ id, title: name === null ? '' : worded(name, 'page'), content });
  }
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
<a class="skip" href="#summary">Skip to the ${runs.length === 0 ? 'content' : 'report'}</a>
<div class="bar"><div><a class="name" href="#summary">${title}</a>${runSwitch(runs)}<button type="button" class="theme"></button></div></div>
<div class="page">
<nav class="contents" aria-label="Contents"><h2>Contents</h2><ol>${contents.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ol></nav>
<main>
<header class="top" id="summary">
<h1>${joined(title)}</h1>
${summary}
</header>
<noscript><p class="warning">Charts need JavaScript. The same pictures are in the folder figures beside this file, and all numbers are in the tables.</p></noscript>
${sections.map(section)}
<footer>Made with Atelier from ${sourcesText(runs.length)}. Charts are drawn by Vega (© University of Washington Interactive Data Lab and contributors, BSD 3-Clause).</footer>
</main>
</div>
<dialog aria-label="Enlarged picture"><form method="dialog"><button>Close</button></form></dialog>
<script type="application/json" id="charts">${jsonScript(page.charts)}</script>
<script type="application/json" id="recolouring">${jsonScript(page.recolouring)}</script>
<script>${verbatim(`/*\n${vega.license}*/\n${vega.script}`)}</script>
<script>${verbatim(`(${client})(vega, ...['charts', 'recolouring'].map((id) => JSON.parse(document.getElementById(id).textContent)));`)}</script>
</body>
</html>`}\n`;
}

/** What a page was made from. */
function sourcesText(runs: number): string {
  if (runs === 0) return 'a data set';
  return `the files of ${runs === 1 ? 'one run' : `${runs} runs`}`;
}

/** What the buttons of a few runs may take: the width of a small phone. Pixels; of a letter, of one of other scripts or a picture, of a button around its letters. */
const switchRoom = 285;
const letter = 7.5;
const wideLetter = 16;
const around = 27;

/** The choice among the runs: buttons where all fit beside each other on any screen. Nothing where there is only one. */
function runSwitch(runs: readonly string[]): Markup | null {
  if (runs.length < 2) return null;
  const options = runs.map((label, index) => ({ value: String(index), label }));
  const width = runs.reduce((total, label) => total + widthOf(label) + around, 0);
  return width > switchRoom
    ? choiceList('run', 'Model shown', options)
    : choiceSwitch('run', 'Model shown', options, 'runs');
}

/** About what a label takes at most, in pixels. */
function widthOf(label: string): number {
  return [...visible(label)].reduce((total, sign) => total + (/[ -~]/.test(sign) ? letter : wideLetter), 0);
}

/** A title whose numbers stay on the line of the word before them. */
function joined(title: string): string {
  return title.replaceAll(/(?<=[a-z]) (?=\d)/gi, '\u00a0');
}

/**
 * The text of the function that the page runs, as it was built. The compiler does not follow an import by a variable: the function is
 * written against the browser's types (tsconfig.browser.json), which would otherwise be known in all of Node's part.
 */
async function clientText(): Promise<string> {
  const { href } = builtModule('src/report/html/client');
  const client: unknown = await import(href);
  if (typeof client !== 'object' || client === null || !('runPage' in client) || typeof client.runPage !== 'function')
    throw new AtelierError(`internal: ${href} was expected to export the function runPage, which it does not`);
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
