import { isDeepStrictEqual } from 'node:util';
import type { Chart, Document, Picture } from '../document/document.ts';
import { html, type Markup } from './markup.ts';
import { type PageChart, pageChart } from './page-charts.ts';
import { chart } from './parts.ts';
import { type Recolouring, recolouring } from './recolouring.ts';

/** What a page shows beside its document. */
export interface PageAssets {
  /** Addresses of the images that the document names, by their position in the data set file. */
  readonly pictures: ReadonlyMap<number, string>;
  /** Of every such image, in pixels. */
  readonly shape: { readonly width: number; readonly height: number };
}

/** What a page's parts share while they are written: the document, its images, and the charts used so far. */
export class PageContent {
  readonly document: Document;
  readonly charts: Record<string, PageChart> = {};
  /** How the page makes dark sheets of light ones; null where it need not. */
  recolouring: Recolouring | null = null;
  readonly #assets: PageAssets;

  constructor(document: Document, assets: PageAssets) {
    this.document = document;
    this.#assets = assets;
  }

  /** The place of a chart. */
  chart({ id, spec, form, alternative, run }: Chart): Markup {
    this.charts[id] = pageChart(spec, form, run);
    return chart(id, alternative);
  }

  /** Whether the page can make the dark one of two sheets: they differ in the palette only, and as the others before them. */
  recolours(light: Buffer, dark: Buffer): boolean {
    const found = recolouring(light, dark);
    if (found === undefined) return false;
    this.recolouring ??= found;
    return isDeepStrictEqual(found, this.recolouring);
  }

  /** An image of the data set; its pixels stay squares. */
  picture({ index, alternative }: Picture): Markup {
    const { pictures, shape } = this.#assets;
    return html`<img class="pixels" src="${pictures.get(index)}" alt="${alternative}" width="${shape.width}" height="${shape.height}">`;
  }
}
