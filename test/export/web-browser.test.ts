/** The exported page in headless Chromium, served from a folder below the root by a server that knows nothing of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createCanvas, ImageData } from 'canvas';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { decodePicture } from '../../src/data/pictures.ts';
import type { Subject } from '../../src/export/subject.ts';
import { pageFiles } from '../../src/web/page-model.ts';
import { desktop, installed, launchOptions, phone, shots, skipWithoutChromium } from '../chromium.ts';
import { imageShape } from '../models.ts';
import { labelledSet, untrained } from './support.ts';
import { type StaticServer, serve, writePage } from './web-support.ts';

const work = mkdtempSync(join(tmpdir(), 'atelier-browser-'));
const samples = labelledSet(8, ...Array.from({ length: 12 }, (_, i) => i % 10));
const sampleOf = (index: number) => samples.images.slice(index * 784, (index + 1) * 784);
const base = '/some/path/';

let browser: Browser | undefined;
let server: StaticServer;
const subjects: Partial<Record<'m1' | 'm2', Subject>> = {};
/** What must not be: faults on the page, and requests beyond its server. */
let faults: string[] = [];

beforeAll(async () => {
  if (!installed) return;
  for (const model of ['m1', 'm2'] as const) {
    subjects[model] = await untrained(work, model);
    await writePage(subjects[model], samples, join(work, model));
  }
  server = await serve({ [`${base}m1/`]: join(work, 'm1'), [`${base}m2/`]: join(work, 'm2') });
  browser = await chromium.launch(launchOptions);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  server?.close();
  rmSync(work, { recursive: true, force: true });
});
beforeEach((context: TestContext) => {
  faults = [];
  skipWithoutChromium(context);
});
afterEach(() => expect(faults).toEqual([]));

async function blank(options: BrowserContextOptions): Promise<Page> {
  if (browser === undefined) throw new Error('the browser has not been started');
  const page = await browser.newPage(options);
  page.on('console', (message) => faults.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', ({ message }) => faults.push(message));
  await page.route('**', async (route) => {
    const url = route.request().url();
    if (url.startsWith(`${server.origin}${base}`)) return route.continue();
    faults.push(`request: ${url}`);
    return route.abort();
  });
  return page;
}

async function open(model: 'm1' | 'm2', options: BrowserContextOptions = desktop): Promise<Page> {
  const page = await blank(options);
  await page.goto(`${server.origin}${base}${model}/`);
  await page.waitForSelector('#bars tr.top');
  return page;
}

/** The probabilities that the page shows, unrounded. */
const shown = (page: Page) =>
  page.$$eval('#bars tr', (rows) => rows.map((row) => Number(row.getAttribute('data-probability'))));

/** What our own runtime says about an image. */
async function expected(model: 'm1' | 'm2', pixels: Uint8Array): Promise<readonly number[]> {
  const answers = await subjects[model]?.reference.predict(pixels, 1);
  return [...(answers?.probabilities ?? [])];
}

async function expectShown(page: Page, probabilities: readonly number[]) {
  const difference = async () => {
    const found = await shown(page);
    return Math.max(...probabilities.map((value, i) => Math.abs(value - (found[i] ?? Number.NaN))));
  };
  await expect.poll(difference, { timeout: 10_000 }).toBeLessThan(1e-4);
}

/** All pixels of a canvas as one text. */
const pixelsOf = (page: Page, selector: string) =>
  page.$eval(selector, (canvas) => (canvas instanceof HTMLCanvasElement ? canvas.toDataURL() : ''));

/** Pixels by which the page is wider than its window. */
const sidewaysRoom = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** The boxes of elements, in pixels. */
const boxes = (page: Page, selector: string) =>
  page.$$eval(selector, (found) =>
    found.map((element) => {
      const { width, height } = element.getBoundingClientRect();
      return { width, height };
    }),
  );

/** What can be pressed and is less than 40 pixels wide or high; a box to tick is as large as its line. */
const smallTargets = (page: Page) =>
  page.$$eval('button, select, input, footer a', (controls) =>
    controls.flatMap((control) => {
      const { width, height } = (control.closest('label') ?? control).getBoundingClientRect();
      const own = control.getBoundingClientRect();
      const slider = control.getAttribute('type') === 'range' && own.height < 40;
      return width > 0 && (width < 40 || height < 40 || slider) ? [`${control.outerHTML} ${width} x ${height}`] : [];
    }),
  );

/** Texts that are wider than the box that shows them, or reach out of the window. */
const cutTexts = (page: Page) =>
  page.$$eval('h1, h2, p, th, td, button, figcaption, label, legend, .legend', (elements) =>
    elements.flatMap((element) => {
      if (!(element instanceof HTMLElement) || element.clientWidth === 0 || element.closest('.unseen')) return [];
      const { left, right } = element.getBoundingClientRect();
      const inside = left >= 0 && right <= document.documentElement.clientWidth + 0.5;
      return inside && element.scrollWidth <= element.clientWidth + 1 ? [] : [element.outerHTML];
    }),
  );

function png(pixels: Uint8Array, side: number): Buffer {
  const canvas = createCanvas(side, side);
  const data = Uint8ClampedArray.from({ length: 4 * side * side }, (_, at) =>
    at % 4 === 3 ? 255 : (pixels[Math.floor(at / 4)] ?? 0),
  );
  canvas.getContext('2d').putImageData(new ImageData(data, side, side), 0, 0);
  return canvas.toBuffer('image/png');
}

describe.for(['m1', 'm2'] as const)('%s', (model) => {
  it('classifies test images as the run does, asking its own folder only', async () => {
    server.requests.length = 0;
    const page = await open(model);
    const names = [pageFiles.about, pageFiles.model, pageFiles.samples, pageFiles.runtime];
    const files = ['', 'assets/index.css', 'assets/page.js', ...names];
    expect(server.requests.toSorted()).toEqual(files.map((name) => `${base}${model}/${name}`).toSorted());
    for (const index of [0, 7, 11]) {
      await page.click(`#samples button >> nth=${index}`);
      await expectShown(page, await expected(model, sampleOf(index)));
      const [name] = ((await page.textContent('#verdict')) ?? '').split(/\d/);
      expect(await page.textContent('#bars tr.top th')).toBe(name);
      expect(await page.getAttribute('#input', 'aria-label')).toBe(`The model's input: test image ${index}`);
    }
    expect(server.requests).toHaveLength(files.length);
    await page.close();
  });

  it('shows the activations of every layer', async () => {
    const page = await open(model);
    const layers = await page.$$eval('#layer option', (options) =>
      options.map((option) => option.getAttribute('value')),
    );
    expect(layers.length).toBe(model === 'm1' ? 8 : 24);
    const [seen, names] = [new Set<string>(), new Set<string>()];
    for (const layer of layers) {
      await page.selectOption('#layer', layer);
      const count = Number(
        / (\d+)(?: ×|$| \()/.exec((await page.textContent(`#layer option[value="${layer}"]`)) ?? '')?.[1],
      );
      // A layer may have as many channels as the one before: the text says whose maps are shown.
      const shown = async () => (await page.textContent('#chosen-text'))?.split(',')[0] ?? '';
      await expect.poll(async () => names.has(await shown())).toBe(false);
      names.add(await shown());
      expect(await page.locator('#maps canvas').count()).toBe(count);
      const name = await page.textContent('#chosen-text');
      seen.add(`${name} ${await pixelsOf(page, '#maps canvas >> nth=1')}`);
    }
    expect(seen.size).toBe(layers.length);
    await page.close();
  });
});

describe('activation maps', () => {
  it('follow the image, the channel and what colours span', async () => {
    const page = await open('m1');
    const map = () => pixelsOf(page, '#maps canvas >> nth=3');
    const large = () => pixelsOf(page, '#chosen');
    const first = await map();
    await page.click('#samples button >> nth=4');
    await expect.poll(map).not.toBe(first);
    const [each, channel] = [await map(), await large()];
    await page.click('#maps button >> nth=3');
    await expect.poll(large).not.toBe(channel);
    expect(await large()).toBe(each);
    expect(await page.textContent('#chosen-text')).toMatch(/^conv1, channel 3: −?[\d.]+ to /);
    await page.check('[name=scaling][value=layer]');
    await expect.poll(map).not.toBe(each);
    expect(await page.textContent('#high')).toMatch(/^[\d.]+$/);
    await page.close();
  });
});

describe('a drawing', () => {
  it('by mouse is classified while it grows; undo and clear take it back', async () => {
    const page = await open('m1');
    await page.click('#tab-sketch');
    await page.click('#clear');
    const empty = await expected('m1', new Uint8Array(784));
    await expectShown(page, empty);
    const box = await page.locator('#sketch').boundingBox();
    if (!box) throw new Error('no drawing area');
    await page.mouse.move(box.x + 90, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + 90, box.y + 200, { steps: 5 });
    await expect.poll(() => shown(page)).not.toEqual(empty);
    const half = await shown(page);
    await page.mouse.move(box.x + 200, box.y + 200, { steps: 5 });
    await page.mouse.up();
    await expect.poll(() => shown(page)).not.toEqual(half);
    expect(await page.textContent('#truth')).toContain('your drawing');
    await page.click('#undo');
    await expectShown(page, empty);
    await page.close();
  });

  it('by touch', async () => {
    const page = await open('m1', phone);
    await page.tap('#tab-sketch');
    await page.tap('#clear');
    const empty = await expected('m1', new Uint8Array(784));
    await expectShown(page, empty);
    await page.tap('#sketch');
    await expect.poll(() => shown(page)).not.toEqual(empty);
    await page.close();
  });

  it('by keyboard alone, from the tab on', async () => {
    const page = await open('m1');
    await page.focus('#tab-samples');
    await page.keyboard.press('ArrowRight');
    expect(await page.isVisible('#sketch')).toBe(true);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('sketch');
    await page.keyboard.press('Space');
    for (let i = 0; i < 5; i += 1) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await expect.poll(() => page.textContent('#truth')).toContain('your drawing');
    const drawn = await pixelsOf(page, '#sketch');
    await page.keyboard.press('ArrowRight');
    expect(await pixelsOf(page, '#sketch')).toBe(drawn);
    await page.keyboard.press('Space');
    expect(await pixelsOf(page, '#sketch')).not.toBe(drawn);
    await page.close();
  });

  it('may start from a test image', async () => {
    const page = await open('m2');
    await page.click('#samples button >> nth=5');
    await expectShown(page, await expected('m2', sampleOf(5)));
    await page.click('#tab-sketch');
    await page.click('#take');
    await expect.poll(() => page.textContent('#truth')).toContain('your drawing');
    await expectShown(page, await expected('m2', sampleOf(5)));
    await page.close();
  });
});

describe('a picture', () => {
  const drop = (page: Page, content: Buffer, name: string, type: string) =>
    page.evaluate(
      ([base64 = '', fileName = '', mime = '']) => {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([bytes], fileName, { type: mime }));
        document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
      },
      [content.toString('base64'), name, type],
    );

  it('that is dropped is classified as atelier predict does', async () => {
    const page = await open('m1');
    await drop(page, png(sampleOf(3), 28), 'three.png', 'image/png');
    await expectShown(page, await expected('m1', sampleOf(3)));
    expect(await page.isVisible('#panel-picture')).toBe(true);
    expect(await page.textContent('#picture-status')).toContain('three.png, 28 × 28');
    expect(await page.isChecked('#invert')).toBe(false);
    await page.close();
  });

  it('with a light ground is inverted, until the box says otherwise', async () => {
    const page = await open('m1');
    const size = 45;
    const dark = Uint8Array.from({ length: size * size }, (_, at) => {
      const [x, y] = [at % size, Math.floor(at / size)];
      return x > 10 && x < 30 && y > 5 && y < 40 ? 40 + x : 250;
    });
    const bytes = png(dark, size);
    await page.setInputFiles('#file', { name: 'dress.png', mimeType: 'image/png', buffer: bytes });
    const as = async (invert: boolean) =>
      expected('m1', (await decodePicture(bytes, 'dress.png', { shape: imageShape, invert })).pixels);
    await expectShown(page, await as(true));
    expect(await page.isChecked('#invert')).toBe(true);
    await page.uncheck('#invert');
    await expectShown(page, await as(false));
    await page.close();
  });

  it('that is none is refused by name', async () => {
    const page = await open('m1');
    await drop(page, Buffer.from('Dear Sir'), 'letter.txt', 'text/plain');
    const said = () => page.textContent('#picture-status');
    await expect
      .poll(said)
      .toBe("'letter.txt' (text/plain) is no picture that this browser can read. Try PNG or JPEG.");
    await page.close();
  });
});

describe.for([
  { name: 'desktop', options: desktop },
  { name: 'phone', options: phone },
])('at the width of a $name', ({ name, options }) => {
  it.for(['light', 'dark'] as const)('fits, in %s', async (colorScheme) => {
    const page = await open('m2', { ...options, colorScheme });
    for (const tab of ['samples', 'sketch', 'picture']) {
      await page.click(`#tab-${tab}`);
      const [scroll, width] = await page.evaluate(() => [
        document.documentElement.scrollWidth,
        document.documentElement.clientWidth,
      ]);
      expect(scroll, tab).toBe(width);
      if (shots) await page.screenshot({ path: join(shots, `web-${name}-${colorScheme}-${tab}.png`), fullPage: true });
    }
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const papers = { light: 'rgb(255, 255, 255)', dark: 'rgb(20, 24, 29)' };
    expect(await paper()).toBe(papers[colorScheme]);
    const other = colorScheme === 'light' ? 'dark' : 'light';
    const offers = async () => [await page.textContent('#theme'), await page.getAttribute('#theme', 'aria-label')];
    const said = { light: ['Light', 'Show in light colours'], dark: ['Dark', 'Show in dark colours'] };
    expect(await offers()).toEqual(said[other]);
    await page.click('#theme');
    expect(await paper()).toBe(papers[other]);
    expect(await offers()).toEqual(said[colorScheme]);
    await page.click('#theme');
    expect(await paper()).toBe(papers[colorScheme]);
    expect(await offers()).toEqual(['As the system', 'Show as the system does']);
    await page.click('#theme');
    await page.emulateMedia({ colorScheme: other });
    expect(await paper()).toBe(papers[other]);
    await page.close();
  });
});

describe.for([320, 390, 768, 1440])('at %d pixels', (width) => {
  const viewport = { viewport: { width, height: 844 }, isMobile: width < 700, hasTouch: width < 1000 };

  it('nothing is squeezed, cut off or too small for a finger; images are square, and large enough to be seen', async () => {
    const page = await open('m2', viewport);
    for (const tab of ['samples', 'sketch', 'picture']) {
      await page.click(`#tab-${tab}`);
      if (tab === 'picture') {
        await page.setInputFiles('#file', { name: 'a.png', mimeType: 'image/png', buffer: png(sampleOf(3), 28) });
        await page.waitForSelector('#invert');
      }
      expect(await sidewaysRoom(page), tab).toBe(0);
      expect(await smallTargets(page), tab).toEqual([]);
      expect(await cutTexts(page), tab).toEqual([]);
    }
    // Other data has longer names, also of one word.
    await page.$$eval('#bars th', ([first, second]) => {
      if (first) first.textContent = 'golden retriever, a dog of Scotland, sitting on grass';
      if (second) second.textContent = 'Donaudampfschifffahrtsgesellschaftskapitänsmütze';
    });
    expect(await cutTexts(page)).toEqual([]);
    expect(await sidewaysRoom(page)).toBe(0);
    for (const { width: bar } of await boxes(page, '#bars .track')) expect(bar).toBeGreaterThan(60);
    await page.click('#tab-samples');
    // As many as an export brings along: they do not fit the gallery's height.
    await page.$eval('#samples', (gallery) => {
      for (const button of [...gallery.children])
        for (let copy = 0; copy < 7; copy += 1) gallery.append(button.cloneNode(true));
    });
    const gallery = await boxes(page, '#samples button');
    expect(gallery).toHaveLength(8 * samples.count);
    for (const box of gallery) {
      expect(Math.abs(box.height - box.width)).toBeLessThan(1);
      expect(box.width).toBeGreaterThanOrEqual(40);
      expect(box.width).toBeLessThanOrEqual(80);
    }
    const [input] = await boxes(page, '#input');
    expect(input).toMatchObject({ width: 140, height: 140 });
    for (const map of await boxes(page, '#maps canvas')) {
      expect(map.height).toBeCloseTo(map.width, 0);
      expect(map.width).toBeGreaterThanOrEqual(60);
    }
    await page.click('#tab-sketch');
    const [sketch] = await boxes(page, '#sketch');
    expect(sketch?.height).toBeCloseTo(sketch?.width ?? 0, 0);
    expect(sketch?.width).toBeGreaterThanOrEqual(Math.min(width, 400) - 48);
    await page.close();
  });
});

describe('a browser that is too old', () => {
  it.for([
    {
      lacks: 'WebAssembly',
      script: 'delete globalThis.WebAssembly',
      said: /needs WebAssembly, which .* from version 57 on, Edge from 16, Firefox from 52, Safari from 11\. Open .* newer browser/,
    },
    {
      lacks: 'SIMD',
      script: 'WebAssembly.validate = () => false',
      said: /needs WebAssembly's vector instructions \(SIMD\), .* version 91 on, Edge from 91, Firefox from 89, Safari from 16\.4/,
    },
    {
      lacks: 'DecompressionStream',
      script: 'delete globalThis.DecompressionStream',
      said: /needs DecompressionStream, .* from version 80 on, Edge from 80, Firefox from 113, Safari from 16\.4/,
    },
  ])('without $lacks says so, and loads nothing', async ({ script, said }) => {
    const page = await blank({ ...phone, viewport: { width: 320, height: 700 } });
    await page.addInitScript(script);
    server.requests.length = 0;
    await page.goto(`${server.origin}${base}m1/`);
    await expect.poll(() => page.textContent('#start-status')).toMatch(said);
    expect(await page.textContent('#start-title')).toBe('This browser cannot run the model');
    expect(await page.isVisible('#start-help')).toBe(false);
    expect(await page.isVisible('#start-progress')).toBe(false);
    expect(await sidewaysRoom(page)).toBe(0);
    await expect.poll(() => page.$eval('#start', (start) => getComputedStyle(start).opacity)).toBe('1');
    if (shots) await page.screenshot({ path: join(shots, 'web-too-old.png') });
    expect(server.requests.filter((path) => /model|samples|wasm/.test(path))).toEqual([]);
    await page.close();
  });

  it('without the points between two events draws all the same', async () => {
    const page = await blank(desktop);
    await page.addInitScript('delete PointerEvent.prototype.getCoalescedEvents');
    await page.goto(`${server.origin}${base}m1/`);
    await page.waitForSelector('#bars tr.top');
    await page.click('#tab-sketch');
    const before = await pixelsOf(page, '#sketch');
    const box = await page.locator('#sketch').boundingBox();
    if (!box) throw new Error('no drawing area');
    await page.mouse.move(box.x + 90, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + 200, box.y + 60, { steps: 3 });
    await page.mouse.up();
    await expect.poll(() => pixelsOf(page, '#sketch')).not.toBe(before);
    await page.close();
  });
});

describe('with a keyboard', () => {
  it('the gallery is one stop, and arrow keys choose', async () => {
    const page = await open('m1');
    await page.focus('#samples button[aria-pressed=true]');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    await expectShown(page, await expected('m1', sampleOf(11)));
    expect(await page.getAttribute('#samples button:focus', 'aria-label')).toBe('Test image 11: Trouser');
    expect(await page.locator('#samples button[tabindex="0"]').count()).toBe(1);
    await page.close();
  });

  it('everything that is seen has a name', async () => {
    const page = await open('m1');
    const nameless = await page.evaluate(() =>
      [...document.querySelectorAll('canvas:not([aria-hidden]), button, input, select')]
        .filter(
          (element) =>
            !element.getAttribute('aria-label') &&
            !element.closest('label')?.textContent &&
            !element.textContent?.trim(),
        )
        .map(({ outerHTML }) => outerHTML),
    );
    expect(nameless).toEqual([]);
    await page.close();
  });
});

describe('where things are missing', () => {
  it('a server that announces the runtime as compressed changes nothing', async () => {
    server.announcing = true;
    const page = await open('m1');
    await expectShown(page, await expected('m1', sampleOf(0)));
    await page.close();
    server.announcing = false;
  });

  it('opened as a file it tells how to serve it', async () => {
    const page = await blank(desktop);
    await page.unroute('**');
    const refused = page.waitForEvent('console');
    await page.goto(pathToFileURL(join(work, 'm1', 'index.html')).href);
    await refused;
    await expect.poll(() => page.$eval('#start', (start) => getComputedStyle(start).opacity)).toBe('1');
    expect(await page.innerText('#start')).toContain('python3 -m http.server 8000');
    faults = faults.filter((fault) => !/page\.js|ERR_FAILED/.test(fault));
    await page.close();
  });

  it('a file that was not copied is named', async () => {
    await writePage(subjects.m1 ?? (await untrained(work, 'm1')), samples, join(work, 'partial'));
    rmSync(join(work, 'partial', pageFiles.samples));
    await writeFile(join(work, 'partial', 'note'), '');
    const other = await serve({ [`${base}partial/`]: join(work, 'partial') });
    const page = await blank(desktop);
    await page.unroute('**');
    await page.goto(`${other.origin}${base}partial/`);
    const said = () => page.textContent('#start');
    await expect
      .poll(said)
      .toContain("'samples.bin' could not be loaded: the server answered 404. Copy the whole folder.");
    faults = faults.filter((fault) => !/404|samples\.bin/.test(fault));
    await page.close();
    other.close();
  });
});
