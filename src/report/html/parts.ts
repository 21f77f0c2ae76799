import { lightTheme } from '../../rendering/theme.ts';
import type { TableBlock } from '../document/document.ts';
import { worded } from '../document/wording.ts';
import { type Child, html, type Markup, prose } from './markup.ts';

/** One of several contents of the same place, of which the reader chooses. */
export interface Choice {
  /** The switch that decides: `run`. */
  readonly of: string;
  readonly value: string;
}

/** A table that scrolls by itself where it is wider than the page. */
export function tableOf({
  table: { header, rows },
  caption,
  label,
  textColumns = 1,
  footRows = 0,
}: TableBlock): Markup {
  const kind = (column: number) => (column < textColumns ? 'text' : 'number');
  const body = (some: TableBlock['table']['rows']) =>
    some.map(
      (row) =>
        html`<tr>${row.map((cell, column) =>
          column === 0
            ? html`<th scope="row" class="text">${prose(cell)}</th>`
            : html`<td class="${kind(column)}">${prose(cell)}</td>`,
        )}</tr>`,
    );
  const end = rows.length - footRows;
  return html`${caption === undefined ? null : html`<p class="caption"><b>${caption.number}.</b> ${worded(caption.text, 'page')}</p>`}<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table aria-label="${label}">
<thead><tr>${header.map((cell, column) => html`<th scope="col" class="${kind(column)}">${cell}</th>`)}</tr></thead>
<tbody>${body(rows.slice(0, end))}</tbody>
${footRows === 0 ? null : html`<tfoot>${body(rows.slice(end))}</tfoot>`}
</table></div>`;
}

/** A figure with its number and caption; the content comes first. */
export function figure(content: Child, number: string, caption: Child, kind = ''): Markup {
  return html`<figure class="${kind}">${content}<figcaption><b>${number}.</b> ${caption}</figcaption></figure>`;
}

/** Where the page's script draws a chart. */
export function chart(id: string, label: string): Markup {
  return html`<div class="chart" data-chart="${id}" role="img" aria-label="${label}"></div>`;
}

/** Buttons that change what a chart of curves shows: the same as dragging and the wheel, for a keyboard. */
export function zoomButtons(id: string): Markup {
  const button = (action: string, label: string, sign: string) =>
    html`<button type="button" data-zoom="${action}" aria-label="${label}" title="${label}">${sign}</button>`;
  return html`<div class="zoom" role="group" aria-label="Epochs shown" data-zooms="${id}">
${button('in', 'Zoom in', '+')}${button('out', 'Zoom out', '−')}${button('left', 'Earlier epochs', '←')}${button('right', 'Later epochs', '→')}${button('reset', 'Show all', 'All')}
<span class="hint">drag to move, Ctrl and wheel to zoom</span></div>`;
}

export interface SwitchOption {
  readonly value: string;
  readonly label: Child;
}

/** Radio buttons as a switch: the arrow keys move between its options. The first is chosen. */
export function choiceSwitch(name: string, legend: string, options: readonly SwitchOption[], kind = ''): Markup {
  return html`<fieldset class="switch ${kind}" data-switch="${name}"><legend>${legend}</legend>${options.map(
    ({ value, label }, index) =>
      html`<label><input type="radio" name="${name}" value="${value}"${index === 0 ? html` checked` : null}><span>${label}</span></label>`,
  )}</fieldset>`;
}

/** The same as a list to open: it takes the room of one option, however many there are. */
export function choiceList(name: string, legend: string, options: readonly SwitchOption[]): Markup {
  return html`<div class="switch list" data-switch="${name}"><select name="${name}" aria-label="${legend}">${options.map(
    ({ value, label }) => html`<option value="${value}">${label}</option>`,
  )}</select></div>`;
}

/** Content that shows only while its choice is made; all of it without a script and on paper. */
export function panel({ of, value }: Choice, content: Child): Markup {
  return html`<div class="panel" data-of="${of}" data-value="${value}">${content}</div>`;
}

/** Something that the reader may open. */
export function details(summary: Child, content: Child): Markup {
  return html`<details><summary>${summary}</summary>${content}</details>`;
}

/** A run's colour in the charts. */
export function swatch(index: number): Markup {
  return html`<span class="swatch" style="--color: var(--run-${index % lightTheme.categories.length})"></span>`;
}

/** A part of the page. */
export interface PageSection {
  readonly id: string;
  readonly title: string;
  readonly content: Child;
}

export function section({ id, title, content }: PageSection): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${content}</section>`;
}
