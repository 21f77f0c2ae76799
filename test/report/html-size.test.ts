/** What a page leaves out because it can be made of what is there: dark sheets, dark and narrow charts. */
import { describe, expect, it } from 'vitest';
import { imagesInMemory } from '../../src/data/images.ts';
import { sheetPalette } from '../../src/rendering/activations/color-map.ts';
import { encodeSheet } from '../../src/rendering/activations/sheet-png.ts';
import { calibrationChart } from '../../src/rendering/charts/calibration.ts';
import { classScoresChart } from '../../src/rendering/charts/class-scores.ts';
import { confusionChart } from '../../src/rendering/charts/confusion.ts';
import { compileChart } from '../../src/rendering/charts/render.ts';
import { darkTheme, lightTheme } from '../../src/rendering/theme.ts';
import { encodeImages } from '../../src/report/drawing/encode-images.ts';
import { pageChart } from '../../src/report/html/page-charts.ts';
import { difference, type Patch } from '../../src/report/html/patch.ts';
import { recolouring } from '../../src/report/html/recolouring.ts';
import { decode } from '../rendering/pictures.ts';
import { classes, classNames, confusion } from '../rendering/samples.ts';

/** What a page's script does with a patch. */
function patched(value: unknown, patch: Patch): unknown {
  if (patch === null) return value;
  if ('to' in patch) return patch.to;
  const copy: object = Array.isArray(value) ? [...value] : Object.assign({}, value);
  for (const [name, part] of Object.entries(patch.in)) Reflect.set(copy, name, patched(Reflect.get(copy, name), part));
  return copy;
}

describe('a patch', () => {
  it.each([
    [
      { a: [1, { b: 'x', c: 1 }] },
      { a: [1, { b: 'y', c: 1 }] },
      { in: { a: { in: { 1: { in: { b: { to: 'y' } } } } } } },
    ],
    [{ a: [1, 2] }, { a: [1] }, { in: { a: { to: [1] } } }],
    [{ a: 1 }, { b: 1 }, { to: { b: 1 } }],
    [[1], { 0: 1 }, { to: { 0: 1 } }],
    [{ a: null }, { a: {} }, { in: { a: { to: {} } } }],
    [{ same: [0] }, { same: [0] }, null],
  ])('of %j and %j is what differs', (from, to, patch) => {
    const before = structuredClone(from);
    expect(difference(from, to)).toEqual(patch);
    expect(patched(from, difference(from, to))).toEqual(to);
    expect(from).toEqual(before);
  });
});

describe('a chart on a page', () => {
  const bins = [0, 1].map((index) => ({
    low: index / 2,
    high: (index + 1) / 2,
    count: 10,
    confidence: 0.25 + index / 2,
    accuracy: 0.5,
  }));
  it.each([
    ['matrix', confusionChart(confusion, classNames, { title: 'm1', numbers: 'shares' })],
    ['classes', classScoresChart([{ name: 'm1', classes }], { title: 'm1' })],
    ['calibration', calibrationChart({ error: 0.25, bins }, { title: 'm1' })],
  ] as const)('of the form %s is there once, and dark and narrow by what differs', (form, spec) => {
    const chart = pageChart(spec, form);
    // Four forms whole were four times as much.
    const size = (value: unknown) => JSON.stringify(value).length;
    expect(size(chart)).toBeLessThan(2.4 * size(chart.wide));
    const dark = JSON.stringify(patched(chart.wide.spec, chart.dark.wide));
    const light = JSON.stringify(chart.wide.spec);
    // Whatever has the theme's ink in one has it in the other.
    const count = (text: string, part: string) => text.split(part).length - 1;
    expect(count(dark, darkTheme.ink)).toBe(count(light, lightTheme.ink));
    expect(count(dark, darkTheme.ink)).toBeGreaterThan(3);
    expect(count(dark, lightTheme.ink)).toBe(0);
    const values = compileChart(spec, darkTheme).data?.[0];
    expect(JSON.parse(dark).data[0]).toEqual(JSON.parse(JSON.stringify(values)));
    expect(chart.narrow === null).toBe(chart.dark.narrow === null);
    if (chart.narrow === null) return;
    const narrow = JSON.stringify(patched(chart.wide.spec, chart.narrow.patch));
    expect(narrow).not.toBe(light);
    expect(count(narrow, lightTheme.ink)).toBe(
      count(JSON.stringify(patched(JSON.parse(narrow), chart.dark.narrow)), darkTheme.ink),
    );
  });
});

describe('a dark sheet', () => {
  const indices = Buffer.from(Uint8Array.from({ length: 400 }, (_, at) => at % 256));
  const picture = { width: 20, height: 20, indices, overlays: [] };

  it('is the light one with another palette', async () => {
    const [light, dark] = [
      await encodeSheet(picture, sheetPalette(lightTheme)),
      await encodeSheet(picture, sheetPalette(darkTheme)),
    ];
    const { at = 0, chunk = '' } = recolouring(light, dark) ?? {};
    const made = Buffer.from(light);
    made.set(Buffer.from(chunk, 'base64'), at);
    expect(made.equals(dark)).toBe(true);
  });

  it('is a picture of its own where they differ in more', async () => {
    const light = await encodeSheet(picture, sheetPalette(lightTheme));
    const other = { ...picture, indices: Buffer.from(indices).reverse() };
    expect(recolouring(light, await encodeSheet(other, sheetPalette(darkTheme)))).toBeUndefined();
    const image = { channels: 3, width: 2, height: 2, pixels: new Uint8Array(12).fill(200) };
    const coloured = await encodeSheet(
      { ...picture, overlays: [{ x: 1, y: 1, scale: 2, image }] },
      sheetPalette(lightTheme),
    );
    expect(recolouring(coloured, coloured)).toBeUndefined();
  });
});

describe('images of the data set', () => {
  it.each([1, 3])('of %i channels keep every pixel', async (channels) => {
    const shape = { channels, height: 3, width: 4 };
    const pixels = Uint8Array.from({ length: channels * 12 }, (_, at) => 7 * at);
    const images = imagesInMemory(shape, pixels, [0]);
    const encoded = await encodeImages({ images, classes: ['a', 'b'], indices: Uint32Array.of(0) }, [0]);
    const png = Buffer.from((encoded.get(0) ?? '').replace('data:image/png;base64,', ''), 'base64');
    // The colour type: grey, or with colours.
    expect(png[25] === 0).toBe(channels === 1);
    const read = await decode(png);
    expect([read.width, read.height]).toEqual([4, 3]);
    for (let at = 0; at < 12; at += 1)
      expect(read.at(at % 4, Math.floor(at / 4))).toEqual(
        [0, 1, 2].map((channel) => pixels[(channels === 1 ? 0 : 12 * channel) + at]),
      );
  });
});
