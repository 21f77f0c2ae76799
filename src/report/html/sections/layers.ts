import type { LayerSheets } from '../../drawing/sheets.ts';
import type { ReportedRun } from '../../model.ts';
import { type Child, dataUrl, html, type Markup } from '../markup.ts';
import type { PageContext } from '../page-context.ts';
import { choiceSwitch, figure, panel } from '../parts.ts';

/** What the original shows of each model, figure by figure. */
const figuresOf = {
  m1: [{ taps: ['conv1', 'conv2'], what: 'the first and second convolution' }],
  m2: [
    { taps: ['stage1.0'], what: 'the first Conv-BatchNorm-ReLU block' },
    { taps: ['stage1'], what: 'stage 1, after its pooling' },
    { taps: ['stage3'], what: 'stage 3, the last one' },
  ],
} as const;

/** What the layers make of a few images; undefined where no run has its weights. */
export function layers(page: PageContext): Child {
  const { sheets } = page.sources;
  const each = page.forEachRun((run, key) => {
    // Figures that are missing keep their numbers, so that the others are those of the original.
    const figures = figuresOf[run.model].map((one) => ({ ...one, number: page.numbering.figure() }));
    const found = sheets.get(run.name);
    if (found === undefined) {
      return html`<p class="warning">The checkpoint of ${run.label} is gone, so its layers cannot be shown.</p>`;
    }
    return [pictureSwitch(page, found, key), figures.map((one) => layerFigure(run, found, key, one))];
  });
  if (sheets.size === 0) return undefined;
  return html`<p>Each sheet shows one input image and what every channel of a layer makes of it: dark is the lowest value of a map, yellow its highest. Choose the input below; press a sheet to enlarge it.</p>${each}`;
}

function pictureSwitch(page: PageContext, found: readonly LayerSheets[], key: string): Markup | null {
  const inputs = found[0]?.sheets ?? [];
  if (inputs.length < 2) return null;
  const options = inputs.map(({ position, title }) => ({
    value: String(position),
    label: page.picture(position, title),
  }));
  return choiceSwitch(`${key}-input`, 'Input image', options, 'pictures');
}

function layerFigure(
  { label }: ReportedRun,
  found: readonly LayerSheets[],
  key: string,
  { taps, what, number }: { readonly taps: readonly string[]; readonly what: string; readonly number: string },
): Markup {
  const pictures = found
    .filter(({ layer }) => taps.includes(layer))
    .flatMap(({ layer, sheets, shape }) =>
      sheets.map(({ position, title, png }) => {
        const alternative = `Layer ${layer}, ${shape[0]} maps of ${shape[1]} × ${shape[2]}: ${title}`;
        // A PNG begins with its size: the page knows its own height before it has decoded any.
        const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
        return panel(
          { of: `${key}-input`, value: String(position) },
          html`<button type="button" class="sheet"><img src="${dataUrl(png)}" alt="${alternative}" width="${width}" height="${height}" decoding="async"></button>`,
        );
      }),
    );
  return figure(pictures, number, `Activation maps of ${label}: ${what} (${taps.join(', ')}).`);
}
