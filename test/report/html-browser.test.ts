import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { loadRuns } from '../../src/evaluation/comparison/load-runs.ts';
import { reportDocument } from '../../src/report/document/report-document.ts';
import { documentPage } from '../../src/report/html/page.ts';
import { gatherReport } from '../../src/report/model.ts';
import { desktop, installed, launchOptions, phone, shots, skipWithoutChromium } from '../chromium.ts';
import { workFolder } from '../cli/folders.ts';
import { context } from '../models.ts';
import { fakeHistory, publishedLikeAnswers, writeFakeRun } from './fake-runs.ts';
import { pageOf, sampleReport, writeWholeRuns } from './html-sample.ts';

const work = workFolder();
const file = join(work, 'report.html');
const manyFile = join(work, 'many.html');

let browser: Browser | undefined;
/** What must not be: faults on the page, and requests beyond the file. */
let faults: string[] = [];

beforeAll(async () => {
  if (!installed) return;
  await writeFile(file, await pageOf(await sampleReport(await writeWholeRuns(work))));
  await writeFile(manyFile, await pageOfMany());
  browser = await chromium.launch(launchOptions);
}, 180_000);
afterAll(async () => browser?.close());
beforeEach((context: TestContext) => {
  faults = [];
  skipWithoutChromium(context);
});
afterEach(() => expect(faults).toEqual([]));

/** A page of twenty runs with such names as `train` gives. */
async function pageOfMany(): Promise<string> {
  const { m1, m2 } = publishedLikeAnswers(10);
  const paths = Array.from({ length: 20 }, (_, index) =>
    writeFakeRun(join(work, 'many', `m${1 + (index % 2)}-20261126-1900${String(index).padStart(2, '0')}`), {
      model: index % 2 === 0 ? 'm1' : 'm2',
      answers: index % 2 === 0 ? m1 : m2,
      recipe: { seed: index },
      history: fakeHistory([1e-3, 1e-3]),
    }),
  );
  const loaded = await loadRuns(paths, { split: 'test', checkpoint: 'best', threads: 1 }, context);
  const report = await gatherReport(loaded, context, { resamples: 50, pairs: 2, examples: 1, mistakes: 2 });
  const sources = { report, samples: [], sheets: new Map(), figures: {} };
  return documentPage(reportDocument(sources), { pictures: new Map(), shape: report.dataset.shape });
}

async function open(options: BrowserContextOptions, address = file): Promise<Page> {
  if (browser === undefined) throw new Error('the browser has not been started');
  const page = await browser.newPage(options);
  page.on('console', (message) => faults.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', ({ message }) => faults.push(message));
  page.on('request', (request) => {
    if (!/^(file|data|blob):/.test(request.url())) faults.push(`request: ${request.url()}`);
  });
  await page.goto(pathToFileURL(address).href);
  await page.waitForFunction(() =>
    [...document.querySelectorAll('.chart')].every((host) => host.clientWidth === 0 || host.querySelector('svg text')),
  );
  return page;
}

const panelsShown = (page: Page) =>
  page.$$eval('.panel[data-of="run"]:not([hidden])', (panels) =>
    panels.map((panel) => panel.getAttribute('data-value')),
  );
const chart = (id: string) => `[data-chart="${id}"]`;

describe.for([
  { name: 'desktop', options: desktop },
  { name: 'phone', options: phone },
])('at the width of a $name', ({ name, options }) => {
  it.for(['light', 'dark'] as const)('fits, with all charts drawn, in %s', async (colorScheme) => {
    const page = await open({ ...options, colorScheme });
    const { scroll, width, wide } = await page.evaluate(() => ({
      scroll: document.documentElement.scrollWidth,
      width: document.documentElement.clientWidth,
      wide: [...document.querySelectorAll('.chart')]
        .filter((host) => host.scrollWidth > host.clientWidth)
        .map((host) => host.getAttribute('data-chart')),
    }));
    expect(scroll).toBe(width);
    expect(wide).toEqual([]);
    const strips = await page.$$eval('.strip img', (images) =>
      images.map((image) => image.getBoundingClientRect().width).filter((side) => side > 0),
    );
    expect(strips.length).toBeGreaterThan(20);
    expect(Math.min(...strips)).toBeGreaterThan(55);
    // The diagonal of the calibration is one, however narrow the plot is.
    const [run = NaN, rise = NaN] = await page.$eval(`${chart('run0-calibration')} [stroke-dasharray]`, (line) => {
      const { width: across, height } = line.getBoundingClientRect();
      return [across, height];
    });
    expect(run).toBeGreaterThan(150);
    expect(Math.abs(run / rise - 1)).toBeLessThan(0.02);
    const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(paper).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(20, 24, 29)');
    const ink = await page.getAttribute(`${chart('run0-curves')} .role-axis-label text`, 'fill');
    expect(ink).toBe(colorScheme === 'light' ? '#1f2328' : '#e8ebee');
    if (shots !== undefined) await page.screenshot({ path: join(shots, `${name}-${colorScheme}.png`), fullPage: true });
    await page.close();
  });
});

describe('with a keyboard', () => {
  it('switches the model: in every section, and its charts are drawn', async () => {
    const page = await open(desktop);
    expect(new Set(await panelsShown(page))).toEqual(new Set(['0']));
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the report');
    await page.focus('.bar input:checked');
    const outline = await page.$eval('.bar input:checked + span', (label) => getComputedStyle(label).outlineStyle);
    expect(outline).toBe('solid');
    await page.keyboard.press('ArrowRight');
    const shown = await panelsShown(page);
    expect(new Set(shown)).toEqual(new Set(['1']));
    expect(shown.length).toBeGreaterThan(4);
    await page.waitForSelector(`${chart('run1-curves')} svg text`);
    expect(await page.isVisible(chart('run0-curves'))).toBe(false);
    await page.keyboard.press('ArrowLeft');
    expect(await page.isVisible(chart('run0-curves'))).toBe(true);
    await page.close();
  });

  it('zooms into the curves and shows all again', async () => {
    const page = await open(desktop);
    const epochs = () =>
      page.$$eval('[data-chart="run0-curves"] .role-axis-label', ([labels]) =>
        [...(labels?.querySelectorAll('text') ?? [])]
          .filter((label) => label.getAttribute('opacity') !== '0')
          .map((label) => Number(label.textContent))
          .sort((a, b) => a - b),
      );
    const before = await epochs();
    expect(before).toContain(12);
    await page.focus('[data-zooms="run0-curves"] [data-zoom="in"]');
    await page.keyboard.press('Enter');
    await expect.poll(epochs).not.toContain(12);
    await page.focus('[data-zooms="run0-curves"] [data-zoom="reset"]');
    await page.keyboard.press('Enter');
    await expect.poll(epochs).toEqual(before);
    await page.close();
  });

  it('chooses the numbers of the matrix and the input of the layers, and enlarges a sheet', async () => {
    const page = await open(desktop);
    await page.focus('input[name="run0-matrix"]');
    await page.keyboard.press('ArrowRight');
    await page.waitForSelector(`${chart('run0-confusion-counts')} svg`);
    expect(await page.isVisible(chart('run0-confusion-shares'))).toBe(false);
    await page.focus('input[name="run0-input"]');
    await page.keyboard.press('ArrowRight');
    const sheets = page.locator('.sheet img:visible');
    expect(await sheets.count()).toBe(2);
    expect(await sheets.first().getAttribute('alt')).toContain('test image 2:');
    await page.locator('.sheet:visible').first().press('Enter');
    expect(await page.getAttribute('dialog[open] img', 'alt')).toContain('Layer conv1');
    await page.keyboard.press('Escape');
    expect(await page.locator('dialog[open]').count()).toBe(0);
    await page.close();
  });

  it('changes to dark and back', async () => {
    const page = await open({ ...desktop, colorScheme: 'light' });
    const ink = () => page.getAttribute(`${chart('run0-curves')} .role-axis-label text`, 'fill');
    await page.focus('button.theme');
    await page.keyboard.press('Space');
    await expect.poll(ink).toBe('#e8ebee');
    await page.keyboard.press('Space');
    await expect.poll(ink).toBe('#1f2328');
    await page.close();
  });

  it('has a button that says what it does, and sheets in the colours of the page', async () => {
    const page = await open({ ...desktop, colorScheme: 'dark' });
    const offer = async () => {
      const button = page.locator('button.theme');
      return [await button.textContent(), await button.getAttribute('aria-label'), await button.getAttribute('title')];
    };
    /** The corner of the first sheet that is seen: its paper. */
    const paper = () =>
      page.evaluate(() => {
        const image = [...document.querySelectorAll<HTMLImageElement>('.sheet img')].find((one) => one.offsetParent);
        const context = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d');
        if (!image || !context) return [];
        context.drawImage(image, 0, 0);
        return [...context.getImageData(0, 0, 1, 1).data.subarray(0, 3)];
      });
    const [light, dark] = [
      [255, 255, 255],
      [20, 24, 29],
    ];
    await page.waitForFunction(() => [...document.images].every(({ complete }) => complete));
    expect(await paper()).toEqual(dark);
    expect(await offer()).toEqual(['Light', 'Show in light colours', 'Show in light colours']);
    await page.click('button.theme');
    await expect.poll(paper).toEqual(light);
    expect(await offer()).toEqual(['Dark', 'Show in dark colours', 'Show in dark colours']);
    await page.click('button.theme');
    await expect.poll(paper).toEqual(dark);
    expect(await offer()).toEqual(['As the system', 'Show as the system does', 'Show as the system does']);
    await page.click('button.theme');
    await page.emulateMedia({ colorScheme: 'light' });
    await expect.poll(paper).toEqual(light);
    // Twice as many pixels as it is wide: nothing is blurred on a screen of a phone.
    const density = await page.$eval('.sheet img', (image) =>
      image instanceof HTMLImageElement ? image.naturalWidth / Number(image.getAttribute('width')) : 0,
    );
    expect(density).toBe(2);
    await page.close();
  });
});

describe('with twenty runs', () => {
  it.for([320, 390, 768, 1440])('the choice of a run fits a window of %i pixels, and works', async (width) => {
    const page = await open({ viewport: { width, height: 800 } }, manyFile);
    const sideways = () =>
      page.evaluate(() =>
        [document.documentElement, ...document.querySelectorAll('.bar, .bar > div, .bar .switch, .bar select')]
          .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
          .map(({ tagName, className }) => `${tagName} ${className}`),
      );
    expect(await sideways()).toEqual([]);
    // The three most accurate stand at the top; all, in the table.
    expect(await page.locator('.card').count()).toBe(3);
    expect(await page.locator('#results .scroll').first().locator('tbody tr').count()).toBe(21);
    const list = page.locator('.bar select');
    expect(await list.locator('option').count()).toBe(20);
    expect(await list.getAttribute('aria-label')).toBe('Model shown');
    // The button of the colours stands at the right end, also where the title has no room.
    const toggle = await page.locator('button.theme').boundingBox();
    const bar = await page.locator('.bar > div').boundingBox();
    const end = (place: typeof bar) => (place?.x ?? 0) + (place?.width ?? 0);
    expect(end(bar) - end(toggle)).toBeLessThan(30);
    const box = await list.boundingBox();
    expect(box?.width).toBeGreaterThan(100);
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(width);
    expect(new Set(await panelsShown(page))).toEqual(new Set(['0']));
    await list.selectOption('12');
    expect(new Set(await panelsShown(page))).toEqual(new Set(['12']));
    await page.waitForSelector(`${chart('run12-curves')} svg text`);
    expect(await sideways()).toEqual([]);
    if (shots !== undefined) await page.screenshot({ path: join(shots, `twenty-${width}.png`) });
    await page.close();
  });
});

describe('with a pointer', () => {
  it('tells the numbers below it', async () => {
    const page = await open(desktop);
    const cell = page.locator(`${chart('run0-confusion-shares')} .mark-rect path`).nth(1);
    // Scrolling hides what a pointer was told, a frame later.
    await cell.scrollIntoViewIfNeeded();
    await page.evaluate(() => new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen))));
    await cell.hover({ force: true });
    await expect.poll(() => page.textContent('.tip')).toMatch(/true class.*predicted.*images/);
    expect(await page.isVisible('.tip')).toBe(true);
    await page.close();
  });
});

describe('on paper', () => {
  it('shows every model, in light colours', async () => {
    const page = await open({ ...desktop, colorScheme: 'dark' });
    const pdf = await page.pdf();
    expect(pdf.length).toBeGreaterThan(100_000);
    if (shots !== undefined) await writeFile(join(shots, 'paper.pdf'), pdf);
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    await page.emulateMedia({ media: 'print' });
    await page.waitForSelector(`${chart('run1-curves')} svg text`);
    expect(await page.getAttribute(`${chart('run0-curves')} .role-axis-label text`, 'fill')).toBe('#1f2328');
    expect(await page.locator('.sheet img.on-dark:visible').count()).toBe(0);
    expect(await page.locator('.sheet img.on-light:visible').count()).toBeGreaterThan(2);
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(255, 255, 255)');
    await page.close();
  });
});

describe('without a script', () => {
  it('shows every model and says what is missing', async () => {
    if (browser === undefined) throw new Error('the browser has not been started');
    const page = await browser.newPage({ ...desktop, javaScriptEnabled: false });
    await page.goto(pathToFileURL(file).href);
    expect(await page.locator('.panel:visible[data-of="run"]').count()).toBeGreaterThan(8);
    expect(await page.locator('noscript').innerText()).toContain('Charts need JavaScript');
    expect(await page.locator('.switch:visible').count()).toBe(0);
    await page.close();
  });
});
