/** Pages in a browser that lets nothing out, and what is seen of them. */
import type { Browser, Page } from 'playwright-core';

/** A made-up place from which pages are served; whatever else is asked for is noted and refused. */
export const origin = 'https://page.invalid';

/** The widths at which a page must fit. */
const widths = [1280, 375];

export interface Served {
  /** By path: `/index.html`. */
  readonly files: ReadonlyMap<string, Uint8Array | string>;
  readonly start: string;
  /** What is there once the page has done its work. */
  readonly ready: string;
}

/** What a page looks like. */
export interface Seen {
  /** What must not be: scripts that ran, requests, messages, dialogs, widths that overflow. */
  readonly faults: readonly string[];
  /** How often elements and attributes occur that can run or fetch something. */
  readonly active: Readonly<Record<string, number>>;
  /** All text, as a person could copy it, without scripts and styles. */
  readonly text: string;
  /** The texts of blocks of code. */
  readonly code: readonly string[];
}

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css',
  js: 'text/javascript',
  json: 'application/json',
};

/** Opens a page, waits for it, and looks at it at all widths. */
export async function look(browser: Browser, { files, start, ready }: Served): Promise<Seen> {
  const page = await browser.newPage();
  const faults: string[] = [];
  try {
    page.on('console', (message) => faults.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', ({ message }) => faults.push(`an error: ${message}`));
    page.on('dialog', (dialog) => {
      faults.push(`a dialog: ${dialog.message()}`);
      dialog.dismiss().catch(() => undefined);
    });
    await page.route('**', async (route) => {
      const { origin: from, pathname } = new URL(route.request().url());
      const body = from === origin ? files.get(pathname) : undefined;
      if (body === undefined) {
        faults.push(`a request: ${route.request().url().slice(0, 200)}`);
        return route.abort();
      }
      const contentType = types[pathname.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
      return route.fulfill({ body: typeof body === 'string' ? body : Buffer.from(body), contentType });
    });
    await page.goto(`${origin}${start}`);
    await page.waitForSelector(ready, { state: 'attached', timeout: 60_000 });
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      const over = await overflow(page);
      if (over !== undefined) faults.push(`at ${width} pixels: ${over}`);
    }
    return { faults, ...(await contentOf(page)) };
  } finally {
    await page.close();
  }
}

/** By how much the page is wider than its window, and which element reaches out first; undefined where all fits. */
async function overflow(page: Page): Promise<string | undefined> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return undefined;
    const out = [...document.querySelectorAll('body *')].find(
      (element) => element.getBoundingClientRect().right > clientWidth + 1 && element.children.length === 0,
    );
    return `${scrollWidth - clientWidth} pixels too wide: ${out?.outerHTML.slice(0, 200)}`;
  });
}

async function contentOf(page: Page): Promise<Omit<Seen, 'faults'> & { readonly faults?: never }> {
  return page.evaluate(() => {
    const active: Record<string, number> = {};
    const count = (name: string) => {
      active[name] = (active[name] ?? 0) + 1;
    };
    const addresses = ['href', 'src', 'action', 'formaction', 'xlink:href', 'srcdoc', 'data'];
    for (const element of document.querySelectorAll('*')) {
      const name = element.tagName.toLowerCase();
      if (['script', 'style', 'iframe', 'object', 'embed', 'link', 'base', 'form', 'meta', 'template'].includes(name))
        count(`<${name}>`);
      for (const { name: attribute, value } of element.attributes) {
        if (attribute.startsWith('on')) count(attribute);
        // A place on the page itself, or what is inside it.
        if (addresses.includes(attribute) && !/^(#|data:)/.test(value)) count(`${attribute} of <${name}>`);
      }
    }
    if (Reflect.get(globalThis, 'hacked') !== undefined) count('a script that ran');
    const copy = document.body.cloneNode(true);
    if (!(copy instanceof Element)) throw new Error('a page without a body');
    for (const element of copy.querySelectorAll('script, style, noscript')) element.remove();
    return {
      active,
      text: copy.textContent ?? '',
      code: [...document.querySelectorAll('pre code')].map((element) => element.textContent ?? ''),
    };
  });
}
