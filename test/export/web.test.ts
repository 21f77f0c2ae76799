/** What the exported page consists of; that it works is for web-browser.test.ts. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { distinctLayers } from '../../graphs/export/distinct-layers.ts';
import { deserializeModel } from '../../graphs/ir/serialize.ts';
import { staticShape } from '../../graphs/ir/types.ts';
import { makeTrial } from '../../src/export/trial.ts';
import { verify } from '../../src/export/verify.ts';
import { mapColor } from '../../src/rendering/activations/color-map.ts';
import { type PageModel, pageFiles } from '../../src/web/page-model.ts';
import { modelOf } from '../graphs/export/support.ts';
import { labelledSet, untrained } from './support.ts';
import { writePage } from './web-support.ts';

const work = mkdtempSync(join(tmpdir(), 'atelier-web-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));
const samples = labelledSet(8, 0, 9, 4);

describe.each(['m1', 'm2'] as const)('%s', (model) => {
  const folder = join(work, model);
  const read = (name: string) => readFileSync(join(folder, name));
  let files: readonly string[];
  let about: PageModel;
  beforeAll(async () => {
    files = await writePage(await untrained(work, model), samples, folder);
    about = JSON.parse(read(pageFiles.about).toString());
  });

  it('holds the page, the runtime, the model, what is known of it, and samples, and nothing else', () => {
    const expected = [...Object.values(pageFiles), 'assets/index.css', 'assets/page.js'];
    expect(files.toSorted()).toEqual(expected.toSorted());
    const bytes = files.reduce((sum, name) => sum + read(name).length, 0);
    expect(bytes).toBeLessThan(10e6);
  });

  it('holds the runtime of the installed package', () => {
    const name = 'ort-wasm-simd-threaded.wasm';
    const installed = readFileSync(join('node_modules', 'onnxruntime-web', 'dist', name));
    expect(gunzipSync(read(pageFiles.runtime)).equals(installed)).toBe(true);
  });

  it('refers to nothing but its own files, and forbids everything else', () => {
    const html = read(pageFiles.page).toString();
    const references = [...html.matchAll(/\b(?:src|href)="([^"]*)"/g)].map(([, reference]) => reference);
    expect(references.toSorted()).toEqual([
      './assets/index.css',
      './assets/page.js',
      'README.md',
      'data:,',
      'http://localhost:8000', // where the help says that the page will be
    ]);
    expect(html).toMatch(
      /Content-Security-Policy"\s+content="default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/,
    );
    expect(html).not.toMatch(/<style|style=|onclick=|<script(?![^>]*\ssrc=)/);
    expect(read('assets/index.css').toString()).not.toMatch(/url\(|@import/);
  });

  it('its model takes any number of raw images and returns every layer', () => {
    const { graph, opset } = deserializeModel(read(pageFiles.model));
    expect(opset).toBe(17);
    expect(graph.inputs).toEqual([{ name: 'images', dtype: 'uint8', shape: ['batch', 1, 28, 28] }]);
    const outputs = new Map(graph.outputs.map(({ name, shape }) => [name, shape]));
    const layers = about.layers.map(({ output }) => output);
    expect([...outputs.keys()].toSorted()).toEqual([...new Set(['logits', 'probabilities', ...layers])].toSorted());
    for (const { output, shape } of about.layers) {
      const [count = 0, height = 1, width = 1] = staticShape((outputs.get(output) ?? []).slice(1), output);
      expect([count, height, width], output).toEqual(shape);
    }
  });

  it('says what the page must know', () => {
    expect(about).toMatchObject({ model, run: `run-${model}`, checkpoint: 'best', epoch: 3, metrics: [] });
    expect(about.shape).toEqual({ channels: 1, height: 28, width: 28 });
    expect(about).toMatchObject({ things: 'clothes', sampleSplit: 'test' });
    expect(about.classes).toHaveLength(10);
    expect(about.sampleLabels).toEqual([0, 9, 4]);
    expect(read(pageFiles.samples).equals(Buffer.from(samples.images))).toBe(true);
    expect(about.layers.map(({ name }) => name)).toContain(about.firstLayer);
    expect(about.colors).toHaveLength(128 * 6);
    expect(about.colors.slice(-6)).toBe(Buffer.from(mapColor(1)).toString('hex'));
  });

  it('is verified in its own runtime, and a damaged model is named', async () => {
    const subject = await untrained(join(work, 'verified'), model);
    const trial = await makeTrial(subject, labelledSet(3, ...new Uint8Array(130)));
    const form = { input: 'bytes', output: 'both' } as const;
    const found = await verify('web', folder, pageFiles.page, subject, form, trial);
    expect(found).toMatchObject({ images: 130, agreeing: 130, compared: 'logits' });
    expect(found).toHaveProperty('runtime', expect.stringContaining('onnxruntime-web 1.'));
    const torn = join(work, 'torn');
    await writePage(subject, samples, torn);
    writeFileSync(join(torn, pageFiles.model), 'no model');
    const attempt = verify('web', torn, pageFiles.page, subject, form, trial);
    await expect(attempt).rejects.toThrow(`onnxruntime-web refuses '${join(torn, pageFiles.model)}'`);
  });
});

describe('layers with values of their own', () => {
  const layersOf = (name: 'm1' | 'm2') => distinctLayers(modelOf(name).model);

  it('of Model 1: no dropout, no flattening, and the last are the logits', () => {
    expect(layersOf('m1').map(({ name, output, shape }) => `${name} ${output} ${shape}`)).toEqual([
      'conv1 conv1 32,26,26',
      'relu1 relu1 32,26,26',
      'conv2 conv2 64,24,24',
      'relu2 relu2 64,24,24',
      'pool pool 64,12,12',
      'fc1 fc1 128,1,1',
      'relu3 relu3 128,1,1',
      'fc2 logits 10,1,1',
    ]);
  });

  it('of Model 2: stages and blocks under both their names', () => {
    const layers = layersOf('m2');
    expect(layers).toHaveLength(24);
    const named = layers.flatMap(({ name, alias }) => (alias === null ? [] : [`${name} ${alias}`]));
    expect(named).toEqual([
      'stages.0.2 stage1.0',
      'stages.0.5 stage1.1',
      'stages.0.6 stage1',
      'stages.1.2 stage2.0',
      'stages.1.5 stage2.1',
      'stages.1.6 stage2',
      'stages.2.2 stage3.0',
      'stages.2.5 stage3.1',
    ]);
  });
});
