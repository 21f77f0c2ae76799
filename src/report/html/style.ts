import { darkTheme, lightTheme, type Theme } from '../../rendering/theme.ts';

/** Of tables, buttons and charts. The condensed DejaVu is what Debian has where there is nothing else. */
export const pageFont =
  "'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans Condensed', 'DejaVu Sans', Arial, sans-serif";
/** Of running text. */
const bookFont =
  "Charter, 'Bitstream Charter', 'Iowan Old Style', 'Palatino Linotype', Palatino, 'DejaVu Serif Condensed', Georgia, serif";

/** The page's style sheet. All colours are the theme's, each with its light and its dark value. */
export function pageStyle(): string {
  const both = (pick: (theme: Theme) => string) => `light-dark(${pick(lightTheme)}, ${pick(darkTheme)})`;
  const categories = lightTheme.categories.map(
    (_, index) => `--run-${index}: ${both((theme) => theme.categories[index] ?? theme.ink)};`,
  );
  return `:root {
  color-scheme: light dark;
  --paper: ${both(({ paper }) => paper)};
  --raised: light-dark(#f6f7f8, #1b2026);
  --ink: ${both(({ ink }) => ink)};
  --muted: ${both(({ muted }) => muted)};
  --line: ${both(({ line }) => line)};
  --hair: light-dark(#d8dce0, #363d45);
  --accent: ${both(({ right }) => right)};
  --right: ${both(({ right }) => right)};
  --wrong: ${both(({ wrong }) => wrong)};
  ${categories.join('\n  ')}
  --ui: ${pageFont};
  --book: ${bookFont};
}
${sheet}`;
}

const sheet = `:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
* { box-sizing: border-box; }
html { scroll-padding-top: 4.5rem; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.6 var(--book); overflow-wrap: break-word; }
a { color: var(--accent); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
h1, h2, h3, h4 { line-height: 1.2; text-wrap: balance; font-weight: 600; }
h1 { font-size: clamp(1.8rem, 1.2rem + 2.5vw, 2.75rem); margin: 0 0 1rem; letter-spacing: -.015em; }
h2 { font-size: 1.7rem; margin: 0 0 1.1rem; letter-spacing: -.01em; }
h3 { font: 600 1.0625rem/1.35 var(--ui); margin: 2.25rem 0 .75rem; }
h4 { font: 600 .9375rem/1.4 var(--ui); margin: 1.5rem 0 .5rem; }
p { margin: 0 0 1rem; max-width: 68ch; }
ul.plain { margin: 0 0 1rem; padding-left: 1.15em; max-width: 72ch; }
ul.plain li { margin-bottom: .35rem; }
code, pre { font: .8125rem/1.6 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; }
pre { background: var(--raised); border: 1px solid var(--hair); border-radius: 6px; padding: .8rem 1rem; overflow-x: auto; margin: .5rem 0 1.25rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: .5rem; top: -4rem; z-index: 20; background: var(--paper); padding: .5rem 1rem; font-family: var(--ui); }
.skip:focus { top: .5rem; }

.bar { position: sticky; top: 0; z-index: 10; background: var(--paper); border-bottom: 1px solid var(--hair); font: .875rem/1.3 var(--ui); }
.bar > div { display: flex; align-items: center; gap: .5rem 1rem; max-width: 78rem; margin: 0 auto; padding: .5rem 1.5rem; }
.bar .name { font-weight: 600; color: inherit; text-decoration: none; white-space: nowrap; margin-right: auto; flex: 0 1 auto; min-width: 8rem; overflow: hidden; text-overflow: ellipsis; }
.bar .switch { margin: 0; flex: 0 1 auto; min-width: 0; padding: 3px; }
.bar button { flex: none; }
.page { display: grid; grid-template-columns: 12.5rem minmax(0, 1fr); gap: 3.5rem; max-width: 78rem; margin: 0 auto; padding: 0 1.5rem 4rem; }
.contents { position: sticky; top: 3.5rem; align-self: start; max-height: calc(100vh - 3.5rem); overflow-y: auto; padding: 2.75rem 0 2rem; font: .875rem/1.4 var(--ui); }
.contents h2 { font: 600 .75rem/1.4 var(--ui); letter-spacing: .06em; text-transform: uppercase; color: var(--muted); margin: 0 0 .6rem; }
.contents ol { list-style: none; margin: 0; padding: 0; }
.contents a { display: block; padding: .3rem .75rem; color: var(--muted); text-decoration: none; border-left: 2px solid var(--hair); }
.contents a:hover { color: var(--ink); }
.contents a[aria-current] { color: var(--ink); font-weight: 600; border-left-color: var(--accent); }
main { min-width: 0; }
header.top { padding: 2.75rem 0 1rem; }
section { padding: 2.5rem 0 1rem; border-top: 1px solid var(--hair); margin-top: 2rem; }
.lead { font-size: 1.1875rem; line-height: 1.55; }
.meta { font: .875rem/1.5 var(--ui); color: var(--muted); }
.warning { font: .9375rem/1.5 var(--ui); border-left: 4px solid var(--wrong); background: var(--raised); padding: .7rem 1rem; margin: 0 0 1rem; max-width: 72ch; }

.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(15.5rem, 1fr)); gap: 1rem; margin: 1.5rem 0; }
.card { overflow-wrap: anywhere; border: 1px solid var(--hair); border-top: 4px solid var(--color, var(--line)); border-radius: 6px; padding: 1rem 1.2rem 1.1rem; font-family: var(--ui); background: var(--raised); }
.card h2 { font: 600 1.0625rem/1.35 var(--ui); letter-spacing: 0; margin: 0 0 .15rem; }
.card .meta { margin: 0 0 .6rem; font-size: .8125rem; }
.card .big { font-size: 2.4rem; line-height: 1.15; font-weight: 600; letter-spacing: -.02em; font-variant-numeric: tabular-nums; }
.card .big small { font-size: .875rem; font-weight: 400; letter-spacing: 0; color: var(--muted); }
.card dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .15rem 1rem; margin: .7rem 0 0; font-size: .875rem; line-height: 1.45; }
.card dt { color: var(--muted); }
.card dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
.swatch { display: inline-block; width: .7em; height: .7em; border-radius: 2px; background: var(--color); margin-right: .5em; }

.scroll { overflow-x: auto; margin: 0 0 1.25rem; scrollbar-width: thin; scrollbar-color: var(--line) transparent;
  background: linear-gradient(90deg, var(--paper) 40%, transparent) 0 0, linear-gradient(270deg, var(--paper) 40%, transparent) 100% 0,
    linear-gradient(90deg, var(--line), transparent) 0 0, linear-gradient(270deg, var(--line), transparent) 100% 0;
  background-repeat: no-repeat; background-size: 2.5rem 100%, 2.5rem 100%, .8rem 100%, .8rem 100%;
  background-attachment: local, local, scroll, scroll; }
table { border-collapse: collapse; font: .875rem/1.4 var(--ui); font-variant-numeric: tabular-nums; }
.caption { font: .875rem/1.5 var(--ui); color: var(--muted); margin: 1.75rem 0 .5rem; max-width: 72ch; }
.caption b { color: var(--ink); }
th, td { padding: .32rem .9rem .32rem 0; text-align: left; vertical-align: top; }
th:last-child, td:last-child { padding-right: .2rem; }
th.number, td.number { text-align: right; white-space: nowrap; }
tbody th, tfoot th { font-weight: 400; white-space: nowrap; }
thead th { font-weight: 600; border-bottom: 1.5px solid var(--line); vertical-align: bottom; }
tbody tr + tr > * { border-top: 1px solid var(--hair); }
tfoot tr:first-child > * { border-top: 1.5px solid var(--line); }
tbody tr:hover { background: var(--raised); }

figure { margin: 1.5rem 0 1.75rem; }
figcaption { font: .875rem/1.5 var(--ui); color: var(--muted); margin-top: .6rem; max-width: 72ch; }
figcaption b { color: var(--ink); }
.chart { overflow-x: auto; overflow-y: hidden; max-width: 100%; min-height: 1rem; }
.chart svg { display: block; }
.chart + .scroll { margin-top: 1.25rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 0 2.5rem; align-items: start; }
.tip { position: fixed; z-index: 30; pointer-events: none; background: var(--paper); color: var(--ink); border: 1px solid var(--line); border-radius: 5px; box-shadow: 0 4px 16px rgb(0 0 0 / .22); padding: .45rem .65rem; font: .8125rem/1.45 var(--ui); }
.tip table { font-size: inherit; }
.tip th, .tip td { padding: 0 .8rem 0 0; border: 0; background: none; }
.tip th { color: var(--muted); font-weight: 400; }
.tip td { padding-right: 0; text-align: right; }

button { font: inherit; font-family: var(--ui); color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 5px; padding: .3rem .7rem; cursor: pointer; }
button:hover { background: var(--raised); }
.zoom { display: none; flex-wrap: wrap; align-items: center; gap: .35rem; font: .8125rem/1.3 var(--ui); margin-top: .35rem; }
.zoom button { min-width: 2.1rem; }
.zoom .hint { color: var(--muted); margin-left: .4rem; }
.script .zoom { display: flex; }
.switch { display: inline-flex; border: 0; margin: 0 0 .75rem; padding: 0; min-inline-size: 0; font: .875rem/1.3 var(--ui); }
.switch legend { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.switch label { position: relative; cursor: pointer; }
.switch input { position: absolute; opacity: 0; inset: 0; margin: 0; cursor: pointer; }
.switch span { display: block; padding: .32rem .8rem; border: 1px solid var(--line); white-space: nowrap; }
.switch label + label span { border-left: 0; }
.switch label:nth-of-type(1) span { border-radius: 5px 0 0 5px; }
.switch label:last-of-type span { border-radius: 0 5px 5px 0; }
.switch input:checked + span { background: var(--ink); color: var(--paper); border-color: var(--ink); }
.switch input:not(:checked) + span:hover { background: var(--raised); }
.switch input:focus-visible + span { outline: 3px solid var(--accent); outline-offset: 2px; position: relative; z-index: 1; }
.switch select { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 5px; padding: .3rem .5rem; width: 100%; min-width: 0; text-overflow: ellipsis; cursor: pointer; }
.switch select:hover { background: var(--raised); }
.switch.pictures { flex-wrap: wrap; gap: .5rem; }
.switch.pictures span { padding: 3px; border: 2px solid var(--hair); border-radius: 5px; background: none; }
.switch.pictures input:checked + span { border-color: var(--accent); background: none; }
.switch.pictures img { display: block; width: 3.5rem; height: 3.5rem; object-fit: contain; }
:root:not(.script) .switch, :root:not(.script) .theme { display: none; }
.tag { display: inline-flex; align-items: center; font: .8125rem/1.4 var(--ui); color: var(--muted); }

img.pixels { image-rendering: pixelated; background: #000; border-radius: 2px; }
.sheet { display: block; width: 100%; padding: 0; border: 1px solid var(--hair); border-radius: 6px; background: var(--paper); overflow: hidden; cursor: zoom-in; }
.sheet:hover { background: var(--paper); }
.sheet img { display: block; width: 100%; height: auto; }
.panel:not([hidden]) ~ .panel > .sheet { margin-top: 1rem; }
dialog { border: 1px solid var(--line); border-radius: 8px; padding: 0; max-width: 96vw; max-height: 94vh; background: var(--paper); color: var(--ink); overflow: auto; }
dialog::backdrop { background: rgb(0 0 0 / .6); }
dialog img { display: block; max-width: none; }
img.on-dark, :root[data-theme="dark"] img.on-light { display: none; }
:root[data-theme="dark"] img.on-dark { display: block; }
@media (prefers-color-scheme: dark) {
  :root:not([data-theme]) img.on-light { display: none; }
  :root:not([data-theme]) img.on-dark { display: block; }
}
:root:not(.script) img.on-light:has(+ .recoloured) { display: block; }
:root:not(.script) img.recoloured { display: none; }
dialog form { position: sticky; top: 0; left: 0; width: fit-content; padding: .5rem; }
.rows { display: grid; grid-template-columns: fit-content(30%) minmax(0, 1fr); gap: .45rem 1.25rem; align-items: center; font: .875rem/1.35 var(--ui); overflow-wrap: anywhere; }
.rows .strip { display: grid; grid-template-columns: repeat(8, minmax(0, 5.25rem)); gap: .35rem; }
.rows.samples .strip { grid-template-columns: repeat(10, minmax(0, 5.25rem)); }
.rows img { width: 100%; height: auto; display: block; }
.groups { display: flex; flex-wrap: wrap; gap: 1.25rem 2rem; font: .8125rem/1.35 var(--ui); overflow-wrap: anywhere; }
.group { max-width: 100%; }
.group .strip { display: flex; flex-wrap: wrap; gap: .5rem; }
.group .strip > div { width: 6.25rem; }
.group .strip + div { max-width: 13rem; margin-top: .3rem; }
.group img { width: 100%; height: auto; display: block; }
.group .strip span { display: block; margin-top: .25rem; font-size: .75rem; line-height: 1.3; }
.group .muted { color: var(--muted); }
img.paper { display: block; max-width: 100%; height: auto; border-radius: 4px; }
.rows .muted, .gallery .muted { color: var(--muted); }
.wrong { color: var(--wrong); }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); gap: 1rem .9rem; margin: 0; padding: 0; list-style: none; font: .8125rem/1.4 var(--ui); overflow-wrap: anywhere; }
.gallery img { width: 100%; height: auto; max-width: 12rem; display: block; margin-bottom: .3rem; }
.gallery div { font-variant-numeric: tabular-nums; }

.verdicts { list-style: none; margin: 0 0 1.25rem; padding: 0; }
.verdicts > li { margin: 0 0 .6rem; padding-left: 9.5rem; position: relative; max-width: 78ch; font-size: 1rem; line-height: 1.5; }
.verdicts > li > .verdict { position: absolute; left: 0; top: .15rem; }
.verdict { display: inline-block; font: 600 .8125rem/1.35 var(--ui); color: var(--muted); }
.verdict::before { display: inline-block; width: 1.4em; text-align: center; margin-right: .35em; }
.verdict.yes { color: var(--right); } .verdict.yes::before { content: '✓'; }
.verdict.no { color: var(--wrong); } .verdict.no::before { content: '✗'; }
.verdict.partly { color: var(--ink); } .verdict.partly::before { content: '◐'; }
.verdict.open::before { content: '?'; }
.claims { list-style: none; margin: 0; padding: 0; counter-reset: claim; }
.claims > li { border: 1px solid var(--hair); border-radius: 6px; padding: 1.1rem 1.3rem .9rem; margin: 0 0 1rem; }
.claims h3 { font: 600 1.125rem/1.4 var(--book); margin: 0 0 .4rem; }
.claims h3 span { color: var(--muted); font-weight: 400; }
.claims .part { margin: .9rem 0 0; padding-top: .8rem; border-top: 1px solid var(--hair); font: .9375rem/1.5 var(--ui); }
.claims .part p { margin: 0 0 .4rem; max-width: none; }
.claims dl { display: grid; grid-template-columns: 11.5rem minmax(0, 1fr); gap: .25rem 1rem; margin: 0; font-size: .875rem; }
.claims dt { color: var(--muted); }
.claims dd { margin: 0; }
.claims .note { margin: .9rem 0 0; font: .875rem/1.5 var(--ui); color: var(--muted); }
details { margin: 0 0 1rem; }
summary { cursor: pointer; font: .9375rem/1.6 var(--ui); color: var(--accent); padding: .2rem 0; width: fit-content; }
details[open] > summary { margin-bottom: .6rem; }
footer { border-top: 1px solid var(--hair); margin-top: 3rem; padding-top: 1rem; font: .8125rem/1.5 var(--ui); color: var(--muted); }

@media (max-width: 62rem) {
  .page { display: block; }
  .contents { position: static; max-height: none; padding: 1rem 0 0; }
  .contents ol { columns: 2; column-gap: 1.5rem; }
  .contents li { break-inside: avoid; }
}
@media (max-width: 38rem) {
  body { font-size: 1rem; }
  .bar > div { padding: .45rem 1rem; gap: .5rem; }
  .bar .name { display: none; }
  .bar > div { flex-wrap: wrap; }
  .bar .switch { margin-right: auto; }
  .bar button { margin-left: auto; }
  .bar .switch.list { flex: 1 1 8rem; }
  .page { padding: 0 1rem 3rem; }
  header.top { padding-top: 1.75rem; }
  h2 { font-size: 1.45rem; }
  .lead { font-size: 1.0625rem; }
  section { padding-top: 1.75rem; }
  .rows { grid-template-columns: minmax(0, 1fr); gap: .2rem; }
  .rows .strip { grid-template-columns: repeat(4, minmax(0, 5.25rem)); margin-bottom: .6rem; }
  .rows.samples .strip { grid-template-columns: repeat(5, minmax(0, 5.25rem)); }
  .verdicts > li { padding-left: 0; }
  .verdicts > li > .verdict { position: static; display: block; }
  .claims > li { padding: .9rem 1rem; }
  .claims dl { grid-template-columns: minmax(0, 1fr); gap: .1rem; }
  .claims dd + dt { margin-top: .4rem; }
  .zoom .hint { display: none; }
  .gallery { grid-template-columns: repeat(3, minmax(0, 1fr)); }
  .scroll tbody th, .scroll thead th:first-child, .scroll tfoot th { position: sticky; left: 0; background: var(--paper); }
  table { font-size: .8125rem; }
}
@media print {
  :root { color-scheme: light !important; }
  body { font-size: 10pt; }
  .bar, .contents, .zoom, .switch, .skip { display: none !important; }
  .page { display: block; padding: 0; max-width: none; }
  .panel[hidden] { display: block !important; }
  figure, .card, .claims > li, tr { break-inside: avoid; }
  h2, h3, h4 { break-after: avoid; }
  .scroll, .chart { overflow: visible; }
  .sheet { border: 0; }
  :root img.on-light { display: block !important; }
  :root img.on-dark { display: none !important; }
}
`;
