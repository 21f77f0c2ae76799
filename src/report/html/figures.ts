import { sheetRatio } from '../../rendering/activations/unit.ts';
import type { Caption, Figure, FigureContent, Inputs, Sheets } from '../document/document.ts';
import type { Mistake } from '../mistakes.ts';
import { dataUrl, html, type Markup } from './markup.ts';
import type { PageContent } from './page-content.ts';
import { choiceSwitch, figure, panel, tableOf, zoomButtons } from './parts.ts';

/** A figure as a reader can act on it; nothing where there is nothing to see. */
export function figureMarkup(page: PageContent, { caption, content, table }: Figure): Markup {
  if (content === null) return html``;
  const inside = contentMarkup(page, content);
  const kind = content.kind === 'chart' && content.form === 'curves' ? 'curves' : '';
  return figure(
    table === undefined ? inside : html`${inside}\n${tableOf(table)}`,
    caption.number,
    captionText(caption),
    kind,
  );
}

/** Captions that are the same in all media come without a full stop. */
function captionText({ text }: Caption): string {
  return typeof text === 'string' ? `${text}.` : text.page;
}

function contentMarkup(page: PageContent, content: FigureContent): Markup {
  switch (content.kind) {
    case 'chart':
      return content.form === 'curves' ? html`${page.chart(content)}${zoomButtons(content.id)}` : page.chart(content);
    case 'choice': {
      const { name, legend, options } = content;
      const panels = options.map(({ value, chart }) => panel({ of: name, value }, page.chart(chart)));
      return html`${choiceSwitch(name, legend, options)}${panels}`;
    }
    case 'samples':
      return html`<div class="rows samples">${content.rows.map(
        ({ name, pictures }) =>
          html`<div>${name}</div><div class="strip">${pictures.map((one) => page.picture(one))}</div>`,
      )}</div>`;
    case 'confusions':
      return html`<div class="rows">${content.rows.map(
        ({ truth, predicted, note, pictures }) =>
          html`<div>${truth} <span class="wrong">→ ${predicted}</span><br><span class="muted">${note}</span></div>
<div class="strip">${pictures.map((one) => page.picture(one))}</div>`,
      )}</div>`;
    case 'strips':
      return html`<div class="groups">${content.rows.map(
        ({ title, note, pictures }) => html`<div class="group"><div class="strip">${pictures.map(
          (one) => html`<div>${page.picture(one)}<span>${one.caption}</span></div>`,
        )}</div><div>${title} <span class="muted">${note}</span></div></div>
`,
      )}</div>`;
    case 'picture': {
      const [width, height] = sizeOf(content.png);
      return html`<img class="paper" src="${dataUrl(content.png)}" alt="${content.alternative}" width="${width}" height="${height}" decoding="async">`;
    }
    case 'gallery':
      return html`<ul class="gallery">${content.mistakes.map((mistake) => mistakeMarkup(page, mistake))}</ul>`;
    case 'sheets':
      return html`${content.sheets.map((sheet) => sheetMarkup(page, content.name, sheet))}`;
  }
}

function mistakeMarkup(page: PageContent, { index, truth, predicted, confidence }: Mistake): Markup {
  // Rounded down, so that only certainty is 100 %.
  const percent = (Math.floor(confidence * 1000) / 10).toFixed(1);
  return html`<li>${page.picture({ index, alternative: '' })}<div>${truth}</div><div class="wrong">→ ${predicted}</div><div class="muted">${percent} % · #${index}</div></li>`;
}

/** A sheet; where there are a light and a dark one, the style sheet shows that of the page's colours. */
function sheetMarkup(
  page: PageContent,
  name: string,
  { position, alternative, png, dark }: Sheets['sheets'][number],
): Markup {
  const [width, height] = sizeOf(png);
  const image = (source: Markup, kind: string) =>
    html`<img class="${kind}"${source} alt="${alternative}" width="${width}" height="${height}" decoding="async">`;
  const whole = (bytes: Buffer) => html` src="${dataUrl(bytes)}"`;
  const images =
    dark === undefined
      ? image(whole(png), '')
      : page.recolours(png, dark)
        ? html`${image(whole(png), 'on-light')}${image(html``, 'on-dark recoloured')}`
        : html`${image(whole(png), 'on-light')}${image(whole(dark), 'on-dark')}`;
  return panel({ of: name, value: String(position) }, html`<button type="button" class="sheet">${images}</button>`);
}

/** A PNG begins with its size: the page knows its own height before it has decoded any. */
function sizeOf(png: Buffer): readonly [width: number, height: number] {
  return [png.readUInt32BE(16) / sheetRatio, png.readUInt32BE(20) / sheetRatio];
}

/** The choice of the input image. */
export function inputsMarkup(page: PageContent, { name, legend, pictures }: Inputs): Markup {
  const options = pictures.map((picture) => ({ value: String(picture.position), label: page.picture(picture) }));
  return choiceSwitch(name, legend, options, 'pictures');
}
