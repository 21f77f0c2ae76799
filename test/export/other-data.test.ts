/** A model of one's own on data of one's own, 3 x 32 x 32 in 7 classes, from training to the exported page. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { imageSize } from '../../src/data/images.ts';
import { evaluateRun } from '../../src/evaluation/evaluate-run.ts';
import { predictImages } from '../../src/evaluation/predict-images.ts';
import { drawActivations } from '../../src/explanation/draw-activations.ts';
import { exportRun } from '../../src/export/export-run.ts';
import { exportFormats } from '../../src/export/formats.ts';
import { writeReport } from '../../src/report/write-report.ts';
import { type PageModel, pageFiles } from '../../src/web/page-model.ts';
import { workFolder } from '../cli/folders.ts';
import { decode } from '../rendering/pictures.ts';
import { cards, context, names, square, squares, train, wide } from './other-data.ts';

const work = workFolder();
const run = (name: string) => join(work, name);

beforeAll(async () => {
  await train('pooling', 'squares', run('squares'));
  await train('flat', 'cards', run('cards'));
});

const cases = [
  { name: 'squares', model: 'pooling', split: 'test', shape: square, classes: 7 },
  { name: 'cards', model: 'flat', split: 'validation', shape: wide, classes: 5 },
] as const;

describe.each(cases)(
  '$name: $classes classes, judged by their $split images',
  ({ name, model, split, shape, classes }) => {
    const card = (format: string) => readFileSync(join(work, 'exports', name, format, 'README.md'), 'utf8');

    it('is trained and evaluated', async () => {
      const { metrics } = await evaluateRun(run(name), { split, checkpoint: 'best', threads: 1 }, context);
      expect(metrics.classes.map((one) => one.name)).toEqual(names.slice(0, classes));
      expect(metrics.accuracy).toBeGreaterThan(0.9);
    });

    it('shows its inputs in their colours on activation sheets, of images and of channels', async () => {
      const options = { images: '0-2', raw: true, threads: 1 };
      const { index, out } = await drawActivations(run(name), options, context);
      expect(index).toMatchObject({ split, model });
      const [layer] = index.layers;
      expect(layer?.shape).toEqual([model === 'pooling' ? 8 : 6, shape.height, shape.width]);
      const sheet = await decode(readFileSync(join(out, layer?.name ?? '', 'image-00001.png')));
      const source = split === 'test' ? await squares.load('test') : await cards.load('validation');
      const pixels = await source.read(Uint32Array.of(1));
      const scale = Math.floor(280 / shape.width);
      const area = shape.width * shape.height;
      for (const at of [0, 17, area - 1]) {
        const [x, y] = [at % shape.width, Math.floor(at / shape.width)];
        const expected = [0, 1, 2].map((channel) => pixels[channel * area + at]);
        expect(sheet.at(28 + scale * x, 144 + scale * y)).toEqual(expected);
      }
      const channels = await drawActivations(
        run(name),
        { images: '0-4', sheets: 'channel', channels: '0-1', out: join(work, `${name}-channels`), threads: 1 },
        context,
      );
      expect(channels.index.files).toHaveLength(2 * index.layers.length);
    });

    it('answers for images of its data', async () => {
      const { predictions } = await predictImages(run(name), { images: [0, 3], top: 2, threads: 1 }, context);
      expect(predictions.map(({ image, truth }) => [image, truth])).toEqual([
        [`${split} image 0`, names[0]],
        [`${split} image 3`, names[3]],
      ]);
      expect(predictions[0]?.top).toHaveLength(2);
      const attempt = predictImages(run(name), { images: [9999], threads: 1 }, context);
      await expect(attempt).rejects.toThrow(`there is no ${split} image 9999`);
    });

    it('gives in every format what the run gives', async () => {
      const options = {
        formats: exportFormats,
        form: { input: 'bytes', output: 'both' },
        opset: 17,
        out: join(work, 'exports', name),
        checkpoint: 'best',
        verify: true,
        threads: 1,
      } as const;
      const exported = await exportRun(run(name), options, context);
      expect(exported.map(({ format }) => format)).toEqual(exportFormats);
      for (const { format, verification } of exported) {
        if (verification === null || typeof verification === 'string') throw new Error(`${format}: ${verification}`);
        const tolerance = { 'onnx-fp16': 0.1, 'onnx-int8': 2 }[format as string] ?? 1e-3;
        expect(verification.largestDifference, format).toBeLessThan(tolerance);
        expect(verification.images).toBe(split === 'test' ? 70 : 60);
        expect(verification.agreeing, format).toBeGreaterThanOrEqual(
          verification.images - (format === 'onnx-int8' ? 4 : 0),
        );
      }
      const normalised = {
        ...options,
        formats: ['onnx', 'tfjs'],
        form: { input: 'normalized', output: 'probabilities' },
      } as const;
      for (const { format, verification } of await exportRun(
        run(name),
        { ...normalised, out: join(work, 'normalised', name) },
        context,
      )) {
        if (verification === null || typeof verification === 'string') throw new Error(`${format}: ${verification}`);
        expect(verification.largestDifference, format).toBeLessThan(1e-4);
      }
    });

    it('says so on its model cards, and nothing that nobody knows', () => {
      const { height, width } = shape;
      const text = card('onnx');
      const known = name === 'squares';
      expect(text).toContain(
        `sorts ${height}x${width} colour images${known ? ' of squares' : ''} into ${classes} classes. Exported`,
      );
      expect(text).toContain(`uint8[batch,3,${height},${width}]`);
      expect(text).toContain(`[1, 3, ${height}, ${width}]`);
      expect(text).toContain(`float32[batch,${classes}]`);
      expect(text).toContain(`0 red, 1 green`);
      expect(text).toContain(`${split} images in onnxruntime-node`);
      expect(card('tfjs')).toContain(`tf.tensor4d(pixels, [1, ${height}, ${width}, 3])`);
      expect(text).toContain(
        known
          ? 'Coloured squares, split with seed 42: 270 training and 30 validation images of its 300; the 70 test images were held out.'
          : 'Cards: 200 training and 60 validation images of its 200 and 60; it has no test images.',
      );
      expect(text).toContain(
        known ? 'It knows seven kinds of squares, 32x32, colour.' : 'It knows five classes of images',
      );
      for (const format of exportFormats)
        expect(card(format), format).not.toMatch(
          /undefined|null|NaN|\[object|\b28\b|784|clothes|grey|Fashion|\.\.|10,000|60,000/,
        );
    });

    it('is a page that knows its images', () => {
      const folder = join(work, 'exports', name, 'web');
      const about: PageModel = JSON.parse(readFileSync(join(folder, pageFiles.about), 'utf8'));
      expect(about).toMatchObject({ shape, classes: names.slice(0, classes), sampleSplit: split, lightOnBlack: false });
      expect(about.things).toBe(name === 'squares' ? 'squares' : null);
      expect(about.sampleLabels).toHaveLength(split === 'test' ? 70 : 60);
      expect(readFileSync(join(folder, pageFiles.samples))).toHaveLength(about.sampleLabels.length * imageSize(shape));
    });
  },
);

it('is reported', async () => {
  const out = join(work, 'report');
  const { report, markdown } = await writeReport([run('squares')], { out, images: '0-1', threads: 1 }, context);
  expect(report.runs).toHaveLength(1);
  expect(readdirSync(join(out, 'figures')).length).toBeGreaterThan(8);
  const text = readFileSync(markdown, 'utf8');
  expect(text).toContain('Coloured squares');
  expect(text).not.toMatch(/Fashion|28 x 28|clothes|undefined|NaN/);
});
