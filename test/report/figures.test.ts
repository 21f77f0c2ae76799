import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { imagesInMemory } from '../../src/data/images.ts';
import { reportDocument } from '../../src/report/document/report-document.ts';
import { drawFigures } from '../../src/report/drawing/draw-figures.ts';
import { encodeImages } from '../../src/report/drawing/encode-images.ts';
import { imagesAt, samplesByClass } from '../../src/report/drawing/images.ts';
import { picturePrefixes } from '../../src/report/drawing/names.ts';
import { drawSheets } from '../../src/report/drawing/sheets.ts';
import { markdownText } from '../../src/report/printers/markdown.ts';
import { openFigureFolder } from '../../src/report/report-folder.ts';
import { scratchFolder } from '../files/scratch.ts';
import { context } from '../models.ts';
import { decode } from '../rendering/pictures.ts';
import { fakes, sampleReport, testImages, writeWholeRuns } from './html-sample.ts';

describe('drawFigures', () => {
  it('draws every figure of the report, and the Markdown finds them all', async () => {
    const folder = scratchFolder();
    const sample = await sampleReport(await writeWholeRuns(folder));
    const out = join(folder, 'report');
    const told: (readonly [number, number])[] = [];
    const folderOfFigures = await openFigureFolder(out);
    const { figures, files } = await drawFigures(sample, folderOfFigures, (...counts) => told.push(counts));
    expect(told).toEqual(Array.from({ length: files.length + 1 }, (_, done) => [done, files.length]));
    const written = readdirSync(join(out, 'figures')).filter((name) => name !== 'figures.json');
    expect(files.map((file) => file.slice('figures/'.length)).sort()).toEqual(written.sort());
    const ofRun = ['calibration', 'classification-report', 'confident-mistakes', 'confused-pairs', 'confusion'];
    for (const model of ['m1', 'm2']) {
      for (const name of [...ofRun, 'confusion-counts', 'curves']) {
        expect(files).toContain(`figures/${model}-${name}.png`);
      }
    }
    expect(figures.runs?.['deep']?.activations).toEqual({
      'stage1.0': 'figures/m2-stage1.0-image-00000.png',
      stage1: 'figures/m2-stage1-image-00000.png',
      stage3: 'figures/m2-stage3-image-00000.png',
    });
    for (const file of files) {
      const { width, height } = await decode(readFileSync(join(out, file)));
      expect(width, file).toBeGreaterThan(300);
      expect(height, file).toBeGreaterThan(150);
    }

    const text = markdownText(reportDocument({ ...sample, figures }));
    const shown = [...text.matchAll(/!\[[^\]]*\]\(<([^>]*)>\)/g)].map(([, path = '']) => path);
    for (const path of shown) expect(existsSync(join(out, path)), path).toBe(true);
    for (const number of Array.from({ length: 21 }, (_, index) => index + 1)) {
      expect(text, `Fig. ${number}`).toContain(`![Fig. ${number}. `);
    }
    // All that is not shown: the second image's sheets.
    expect(files.filter((file) => !shown.includes(file))).toEqual(files.filter((file) => file.includes('image-00002')));
  });
});

describe('drawSheets', () => {
  it('says that the checkpoint is gone, and draws nothing', async () => {
    const base = fakes['base'];
    if (base === undefined) throw new Error('no such run');
    const [path = ''] = await writeWholeRuns(scratchFolder(), { base });
    rmSync(join(path, 'checkpoints'), { recursive: true });
    const lines: string[] = [];
    const logger = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) });
    const split = await testImages();
    const options = { checkpoint: 'best', threads: 1, images: [0], layers: ['conv1'] } as const;
    expect(
      await drawSheets({ path, label: 'Model 1', metrics: {} }, split, options, { ...context, logger }),
    ).toBeUndefined();
    expect(lines.join('')).toContain('Model 1 has no best checkpoint any more: no activation maps are drawn');
  });
});

describe('picturePrefixes', () => {
  it('are models where one run has it, else the names, made safe and unlike', () => {
    const run = (name: string, model: 'm1' | 'm2') => ({ name, model });
    expect([...picturePrefixes([run('a', 'm1'), run('b', 'm2')])]).toEqual([
      ['a', 'm1'],
      ['b', 'm2'],
    ]);
    expect([...picturePrefixes([run('é/x', 'm1'), run('è/x', 'm1'), run('m1', 'm1')]).values()]).toEqual([
      '-x',
      '-x-2',
      'm1',
    ]);
  });
});

describe('images', () => {
  const source = {
    images: imagesInMemory(
      { channels: 1, height: 2, width: 3 },
      Uint8Array.from({ length: 4 * 6 }, (_, at) => Math.floor(at / 6)),
      [1, 0, 1, 1],
    ),
    classes: ['shoe', 'hat'],
    indices: Uint32Array.of(0, 1, 2, 3),
  };

  it('samples the first of each class', async () => {
    const samples = await samplesByClass(source, 2);
    expect(samples.map((found) => found.map(({ index }) => index))).toEqual([[1], [0, 2]]);
    const picture = { channels: 1, width: 3, height: 2, pixels: new Uint8Array(6).fill(2) };
    expect(samples[1]?.[1]?.image).toEqual(picture);
    const held = await samplesByClass({ ...source, indices: Uint32Array.of(3, 2) }, 2);
    expect(held.map((found) => found.map(({ index }) => index))).toEqual([[], [3, 2]]);
    expect(await imagesAt(source, [3, 2])).toMatchObject([{ pixels: new Uint8Array(6).fill(3) }, picture]);
  });

  it('are encoded in their colours', async () => {
    // Red, then green, of one row of two pixels.
    const pixels = Uint8Array.of(255, 0, 0, 255, 0, 0);
    const images = imagesInMemory({ channels: 3, height: 1, width: 2 }, pixels, [0]);
    const encoded = await encodeImages({ images, classes: ['flag'], indices: Uint32Array.of(0) }, [0, 0]);
    expect([...encoded.keys()]).toEqual([0]);
    const png = Buffer.from(encoded.get(0)?.replace(/^data:image\/png;base64,/, '') ?? '', 'base64');
    const { width, height, at } = await decode(png);
    expect([width, height, at(0, 0), at(1, 0)]).toEqual([2, 1, [255, 0, 0], [0, 255, 0]]);
  });

  it('refuses an image that the data set does not have', async () => {
    await expect(imagesAt(source, [0, 4])).rejects.toThrow(/name image 4, but the data set has 4 images: 0 to 3/);
  });
});
