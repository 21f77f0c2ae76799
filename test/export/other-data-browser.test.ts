/** The page of a model of three channels in headless Chromium: colours in, colours shown, grey drawings, pictures. */
import { join } from 'node:path';
import { createCanvas } from 'canvas';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, type TestContext } from 'vitest';
import { imageAt } from '../../src/data/images.ts';
import { decodePicture } from '../../src/data/pictures.ts';
import { openTrainedModel, type TrainedModel } from '../../src/evaluation/trained-model.ts';
import { exportRun } from '../../src/export/export-run.ts';
import { desktop, installed, launchOptions, phone, shots, skipWithoutChromium } from '../chromium.ts';
import { workFolder } from '../cli/folders.ts';
import { cards, context, names, train, wide } from './other-data.ts';
import { type StaticServer, serve } from './web-support.ts';

const work = workFolder();
let browser: Browser | undefined;
let server: StaticServer | undefined;
let model: TrainedModel | undefined;
let samples: Uint8Array = new Uint8Array();
/** What must not be: faults on the page. */
let faults: string[] = [];

beforeAll(async () => {
  if (!installed) return;
  const run = join(work, 'run');
  await train('flat', 'cards', run);
  const options = {
    formats: ['web'],
    form: { input: 'bytes', output: 'both' },
    opset: 17,
    out: join(work, 'exports'),
    checkpoint: 'best',
    verify: false,
    threads: 1,
  } as const;
  await exportRun(run, options, context);
  model = await openTrainedModel(run, { checkpoint: 'best', threads: 1 }, context);
  const images = await cards.load('validation');
  samples = await images.read(Uint32Array.from({ length: images.count }, (_, i) => i));
  server = await serve({ '/page/': join(work, 'exports', 'web') });
  browser = await chromium.launch(launchOptions);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  server?.close();
  await model?.release();
});
beforeEach((test: TestContext) => {
  faults = [];
  skipWithoutChromium(test);
});
afterEach(() => expect(faults).toEqual([]));

async function open(options: Parameters<Browser['newPage']>[0] = desktop): Promise<Page> {
  if (!browser || !server) throw new Error('the browser has not been started');
  const page = await browser.newPage(options);
  page.on('console', (message) => faults.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', ({ message }) => faults.push(message));
  await page.goto(`${server.origin}/page/`);
  await page.waitForSelector('#bars tr.top');
  return page;
}

/** Waits until the page shows what our own runtime says about an image. */
async function expectAnswer(page: Page, pixels: Uint8Array): Promise<void> {
  const answers = await model?.predict(pixels, 1);
  const expected = [...(answers?.probabilities ?? [])];
  expect(expected).toHaveLength(5);
  const difference = async () => {
    const rows = await page.$$eval('#bars tr', (found) => found.map((row) => row.getAttribute('data-probability')));
    return Math.max(...expected.map((value, i) => Math.abs(value - Number(rows[i] ?? Number.NaN))));
  };
  await expect.poll(difference).toBeLessThan(1e-4);
}

/** Red, green and blue of a canvas's pixel. */
const colourAt = (page: Page, selector: string, x: number, y: number) =>
  page.$eval(
    selector,
    (canvas, [column = 0, row = 0]) => {
      if (!(canvas instanceof HTMLCanvasElement)) return [];
      return [...(canvas.getContext('2d')?.getImageData(column, row, 1, 1).data ?? [])].slice(0, 3);
    },
    [x, y],
  );

const area = wide.height * wide.width;
const levelsAt = (pixels: Uint8Array, x: number, y: number) =>
  [0, 1, 2].map((channel) => pixels[channel * area + y * wide.width + x]);

it('shows and classifies validation images in their colours', async () => {
  const page = await open();
  expect(await page.textContent('#tab-samples')).toBe('Validation images');
  expect(await page.textContent('#samples-hint')).toContain('The first 60 validation images of Cards');
  expect(await page.$$eval('#bars th', (heads) => heads.map(({ textContent }) => textContent))).toEqual(
    names.slice(0, 5),
  );
  for (const index of [0, 8, 59]) {
    const pixels = imageAt(samples, wide, index);
    await page.click(`#samples button >> nth=${index}`);
    await expectAnswer(page, pixels);
    expect(await page.getAttribute('#input', 'aria-label')).toBe(`The model's input: validation image ${index}`);
    for (const [x, y] of [
      [0, 0],
      [29, 19],
      [13, 7],
    ] as const) {
      expect(await colourAt(page, '#input', x, y)).toEqual(levelsAt(pixels, x, y));
      expect(await colourAt(page, `#samples canvas >> nth=${index}`, x, y)).toEqual(levelsAt(pixels, x, y));
    }
  }
  await page.close();
});

it('takes a drawing in grey, and one that starts from an image in colour', async () => {
  const page = await open();
  await page.click('#tab-sketch');
  await page.click('#clear');
  await expectAnswer(page, new Uint8Array(3 * area));
  await page.click('#tab-samples');
  await page.click('#samples button >> nth=4');
  const pixels = imageAt(samples, wide, 4);
  await expectAnswer(page, pixels);
  await page.click('#tab-sketch');
  await page.click('#take');
  await expect.poll(() => page.textContent('#truth')).toContain('your drawing');
  await expectAnswer(page, pixels);
  await page.click('#sketch');
  await expect.poll(() => colourAt(page, '#input', 15, 10)).toEqual([220, 220, 220]);
  await page.close();
});

it('takes a picture as predict does, and inverts none by itself: its images are not light on black', async () => {
  const canvas = createCanvas(64, 40);
  const drawing = canvas.getContext('2d');
  drawing.fillStyle = '#fff';
  drawing.fillRect(0, 0, 64, 40);
  drawing.fillStyle = '#20c040';
  drawing.fillRect(20, 8, 25, 25);
  const bytes = canvas.toBuffer('image/png');
  const page = await open();
  await page.setInputFiles('#file', { name: 'card.png', mimeType: 'image/png', buffer: bytes });
  const as = async (invert: boolean) => (await decodePicture(bytes, 'card.png', { shape: wide, invert })).pixels;
  await expectAnswer(page, await as(false));
  expect(await page.isChecked('#invert')).toBe(false);
  expect(await page.textContent('#picture-hint')).not.toMatch(/clothes|inverted|grey/);
  await page.check('#invert');
  await expectAnswer(page, await as(true));
  await page.close();
});

it.for([
  { name: 'desktop', options: desktop },
  { name: 'phone', options: phone },
])('fits the width of a $name', async ({ name, options }) => {
  const page = await open(options);
  for (const tab of ['samples', 'sketch', 'picture']) {
    await page.click(`#tab-${tab}`);
    const [scrolled, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(scrolled).toBe(width);
    if (shots !== undefined) await page.screenshot({ path: join(shots, `other-${tab}-${name}.png`), fullPage: true });
  }
  await page.close();
});
