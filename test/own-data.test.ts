/** From a folder of pictures to a trained, judged and resumed run. */
import { cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  activations,
  createContext,
  defineModel,
  evaluate,
  exportRun,
  layers,
  loadData,
  predict,
  report,
  train,
} from '../src/index.ts';
import { readRunConfig } from '../src/training/config/run-config.ts';
import { sha256, workFolder } from './cli/folders.ts';
import { plainPicture } from './data/own/picture-folder.ts';

const tiny = defineModel({
  name: 'tiny',
  title: 'one convolution',
  dropout: [],
  build: (input, classes) => ({
    name: 'tiny',
    input,
    classes,
    figureLayers: ['conv'],
    network: layers.sequential('tiny', [
      layers.conv2d('conv', input.channels, 4, 3),
      layers.relu('relu'),
      layers.globalAveragePool2d('pool'),
      layers.linear('fc', 4, classes),
    ]),
  }),
});
const context = createContext({ models: [tiny] });
const work = workFolder();
const photos = join(work, 'photos');
const run = join(work, 'run');
const recipe = { epochs: 2, batchSize: 8, optimizer: { lr: 0.05 } } as const;
const common = { model: tiny, context, threads: 1, device: 'cpu', target: 'portable' } as const;
const small = { imageSize: 8, cache: false } as const;

beforeAll(async () => {
  const { mkdirSync } = await import('node:fs');
  for (const [name, base] of [
    ['dark ones', 20],
    ['light <b>ones', 200],
  ] as const) {
    mkdirSync(join(photos, name), { recursive: true });
    for (let i = 0; i < 15; i++)
      writeFileSync(join(photos, name, `${i}.png`), await plainPicture(`rgb(${base + i}, ${base + i}, ${base + i})`));
  }
  await train({ ...common, data: photos, dataOptions: small, recipe, run });
});

describe('pictures of one’s own', () => {
  it('are recorded in the run with what was made of them', async () => {
    const { data, recipe: used } = await readRunConfig(run);
    expect(data).toMatchObject({
      name: 'photos',
      classes: ['dark ones', 'light <b>ones'],
      shape: { channels: 3, height: 8, width: 8 },
      images: { train: 22, validation: 4, test: 4 },
      origin: {
        kind: 'folder',
        path: photos,
        preparation: { resize: 'crop', background: '#ffffff' },
        validation: 0.1,
        test: 0.1,
        skipDamaged: false,
      },
    });
    expect(used.normalization.mean).toHaveLength(3);
    expect(data.look).toEqual({ light: expect.closeTo(0.5, 1), coloured: 0 });
    const { fingerprint } = await loadData(photos, { ...small, imageSize: '8x8' });
    expect(data.fingerprint).toBe(fingerprint);
  });

  it('are found by the run, and in another place where their content is the same', async () => {
    const { metrics } = await evaluate(run, { threads: 1, context });
    expect(metrics).toMatchObject({ split: 'test', count: 4, accuracy: 1 });
    const copy = join(work, 'copy');
    cpSync(photos, copy, { recursive: true });
    const again = await predict(run, [0, join(copy, 'dark ones/3.png')], { threads: 1, data: copy, context });
    expect(again.predictions.map(({ top }) => top[0]?.class)[1]).toBe('dark ones');
    writeFileSync(join(copy, 'dark ones/3.png'), await plainPicture('#000'));
    await expect(evaluate(run, { threads: 1, data: copy, context })).rejects.toThrow('has other content than the data');
  });

  it('are told from pictures on another ground or of other colours, and answered all the same', async () => {
    const notesOf = async (colour: string, invert = false) => {
      const path = join(work, 'one.png');
      writeFileSync(path, await plainPicture(colour));
      const { predictions } = await predict(run, [path], { threads: 1, context, invert });
      return predictions[0]?.notes?.join() ?? '';
    };
    // Half of the run's pictures are light, and none has colours.
    expect(await notesOf('#ffffff')).toBe('');
    expect(await notesOf('#ff4000')).toContain('has colours, while the model knows pictures without');
    const mostlyLight = { light: 0.99, coloured: 0 };
    const config = { ...(await readRunConfig(run)) };
    writeFileSync(join(run, 'config.json'), JSON.stringify({ ...config, data: { ...config.data, look: mostlyLight } }));
    expect(await notesOf('#101010')).toMatch(/has a dark ground, while .* light ones: give .*invert/);
    expect(await notesOf('#101010', true)).toBe('');
    writeFileSync(join(run, 'config.json'), JSON.stringify(config));
  });

  it('are asked for where they are gone or changed', async () => {
    const aside = join(work, 'aside');
    renameSync(photos, aside);
    await expect(evaluate(run, { threads: 1, context })).rejects.toThrow(
      'which is not there. Say where its data are now: data',
    );
    const [exported] = await exportRun(run, { out: join(work, 'exports'), threads: 1, context });
    expect(exported?.format).toBe('onnx');
    cpSync(aside, photos, { recursive: true });
    writeFileSync(join(photos, 'dark ones/more.png'), await plainPicture('#111'));
    await expect(evaluate(run, { threads: 1, context })).rejects.toThrow('has been changed since');
    const { rmSync } = await import('node:fs');
    rmSync(join(photos, 'dark ones/more.png'));
  });

  it('train on after an interruption to the same bytes', async () => {
    const cut = join(work, 'cut');
    await train({ ...common, data: photos, dataOptions: small, recipe, run: cut, maxSteps: 4 });
    await train({ ...common, run: cut, resume: true, maxSteps: null, dataOptions: { cache: false } });
    const [one, other] = [run, cut].map((folder) => sha256(join(folder, 'checkpoints/last.safetensors')));
    expect(one).toBe(other);
    const divided = train({
      ...common,
      run: cut,
      resume: true,
      dataOptions: { ...small, test: 0.3 },
      recipe: { epochs: 3 },
    });
    await expect(divided).rejects.toThrow('data.origin.test: 0.1 in the run, 0.3 requested');
  });

  it('are enough for a training: model and batches are chosen for them', async () => {
    const chosen = join(work, 'chosen');
    await train({ threads: 1, device: 'cpu', data: photos, dataOptions: small, recipe: { epochs: 1 }, run: chosen });
    const { model, recipe: used } = await readRunConfig(chosen);
    expect([model, used.batchSize]).toEqual(['m2', 8]);
    await expect(train({ threads: 1 })).rejects.toThrow('no model was named');
    // The run knows its model.
    const { epochs } = await train({ run: chosen, resume: true, threads: 1, device: 'cpu', recipe: { epochs: 2 } });
    expect(epochs).toBe(2);
  });

  it('are judged by those that validate, where none test', async () => {
    const untested = join(work, 'untested');
    await train({ ...common, data: photos, dataOptions: { ...small, test: 0 }, recipe, run: untested });
    const { metrics, directory } = await evaluate(untested, { threads: 1, context });
    expect([metrics.split, metrics.count]).toEqual(['validation', 4]);
    expect(directory).toBe(join(untested, 'evaluation/validation'));
    const { report: written, page } = await report([untested], { out: join(work, 'report'), threads: 1, context });
    expect(written.dataset.split).toBe('validation');
    // Validation images have other places in the folder than among themselves.
    const text = readFileSync(page, 'utf8');
    expect(text).toContain('name="run0-input"');
    expect(text).not.toContain('src=""');
  });

  it('are reported where fewer test than a report usually shows', async () => {
    const few = join(work, 'few');
    await train({ ...common, data: photos, dataOptions: { ...small, test: 0.05 }, recipe, run: few });
    const { report: written } = await report([few], { out: join(work, 'few-report'), threads: 1, context });
    expect([written.dataset.split, written.dataset.count]).toEqual(['test', 2]);
  });

  it('lend their weights to others of more classes, all but those of the last layer', async () => {
    const three = join(work, 'three');
    cpSync(photos, three, { recursive: true });
    const { mkdirSync } = await import('node:fs');
    mkdirSync(join(three, 'red'));
    for (let i = 0; i < 10; i++) writeFileSync(join(three, 'red', `${i}.png`), await plainPicture(`rgb(200, ${i}, 0)`));
    const out = join(work, 'weights');
    await exportRun(run, { out, formats: ['safetensors'], threads: 1, context });
    const initFrom = join(out, 'safetensors/tiny.safetensors');
    const start = join(work, 'start');
    const options = { ...common, data: three, dataOptions: small, recipe: { ...recipe, epochs: 1 } };
    await train({ ...options, initFrom, run: start });
    const { initTensors, initWeights } = await readRunConfig(start);
    expect(initTensors).toEqual({
      taken: 2,
      anew: [
        { name: 'fc.weight', shape: [3, 4], inFile: [2, 4] },
        { name: 'fc.bias', shape: [3], inFile: [2] },
      ],
      leftOut: [],
    });
    // Whatever the seed of the last layer, the file gave the same.
    const other = join(work, 'start-8');
    await train({ ...options, recipe: { ...options.recipe, seed: 8 }, initFrom, run: other });
    expect((await readRunConfig(other)).initWeights).toBe(initWeights);
  });

  it('are shown through a layer of more channels than a sheet has', async () => {
    const wide = defineModel(
      ({ input, classes }) =>
        layers.sequential('wide', [
          layers.conv2d('conv', input.channels, 520, 3, { stride: 4 }),
          layers.globalAveragePool2d('pool'),
          layers.linear('fc', 520, classes),
        ]),
      { name: 'wide' },
    );
    const place = join(work, 'wide');
    await train({ ...common, model: wide, data: photos, dataOptions: small, recipe: { epochs: 1 }, run: place });
    const { index } = await activations(place, { images: '0', threads: 1, context });
    expect(index.layers.map(({ name, channels }) => [name, channels.length])).toEqual([['conv', 512]]);
    await expect(activations(place, { layers: ['conv'], threads: 1, context })).rejects.toThrow(
      'layer conv has 520 channels, at most 512 can be drawn.',
    );
  });
});
