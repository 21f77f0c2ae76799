import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadImage } from 'canvas';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openTrainedModel } from '../../src/evaluation/trained-model.ts';
import { readJson } from '../../src/files/json.ts';
import { loadReal } from '../data/real-images.ts';
import { writeRun } from '../evaluation/trained-model-run.ts';
import { context } from '../models.ts';
import { contentOf, workFolder } from './folders.ts';
import { atelier, expectRefusal, succeed } from './program.ts';

const work = workFolder();
const sheets = join(work, 'run', 'figures', 'activations');

const listSchema = z.object({
  layers: z.array(z.object({ name: z.string(), shape: z.array(z.number()), channels: z.array(z.number()) })),
  images: z.array(z.object({ position: z.number(), index: z.number(), truth: z.string(), predicted: z.string() })),
  files: z.array(z.string()),
});

beforeAll(async () => {
  await writeRun(join(work, 'run'), 'm1');
  await writeRun(join(work, 'deep'), 'm2');
});

async function activations(...args: readonly string[]): Promise<string> {
  return (await succeed(['activations', ...args, '--threads', '1'], work)).stdout;
}

/** Every file below a folder, by its path there. */
function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** Shape and values of a .npy file of float32. */
function readNpy(path: string): { readonly shape: readonly number[]; readonly values: Float32Array } {
  const bytes = readFileSync(path);
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, start);
  const shape = (/'shape': \(([\d, ]+)\)/.exec(header)?.[1] ?? '').split(',').map(Number);
  expect(header).toContain("'descr': '<f4', 'fortran_order': False");
  return {
    shape,
    values: Float32Array.from({ length: (bytes.length - start) / 4 }, (_, i) => bytes.readFloatLE(start + 4 * i)),
  };
}

describe('activations', () => {
  it("draws a sheet for each image and each of the report's layers, into the run folder", async () => {
    const text = await activations('run', '--images', '0-1,9999');
    expect(text).toMatch(
      /^6 files of 3 test images, layers conv1, conv2, in .* images\/s\), written to run\/figures\/activations\n$/,
    );
    const names = ['image-00000.png', 'image-00001.png', 'image-09999.png'];
    expect(filesIn(sheets)).toEqual([
      'activations.json',
      ...names.map((name) => `conv1/${name}`),
      ...names.map((name) => `conv2/${name}`),
    ]);
    const list = await readJson(join(sheets, 'activations.json'), (value) => listSchema.parse(value));
    expect(list.images.map(({ position, index }) => [position, index])).toEqual([
      [0, 0],
      [1, 1],
      [9999, 9999],
    ]);
    expect(list.images[0]?.truth).toBe('Ankle boot');
    expect([...list.files].sort()).toEqual(filesIn(sheets).slice(1));
    const sheet = await loadImage(join(sheets, 'conv2', 'image-00001.png'));
    expect(sheet.width).toBeGreaterThan(500);
  });

  it('draws the same again, whichever images are computed together', async () => {
    await activations('run', '--images', '0,9999,1', '--out', 'again');
    for (const layer of ['conv1', 'conv2'])
      expect(Object.values(contentOf(join(work, 'again', layer)))).toEqual(
        Object.values(contentOf(join(sheets, layer))),
      );
  });

  it('writes the numbers of chosen channels as .npy', async () => {
    await activations(
      'run',
      '--images',
      '3,5',
      '--layers',
      'conv2,fc1',
      '--channels',
      '7,0-1',
      '--raw',
      '--out',
      'raw',
    );
    const { shape, values } = readNpy(join(work, 'raw', 'conv2', 'images-00003-00005.npy'));
    expect(shape).toEqual([2, 3, 24, 24]);
    expect(readNpy(join(work, 'raw', 'fc1', 'images-00003-00005.npy')).shape).toEqual([2, 3, 1, 1]);
    const model = await openTrainedModel(join(work, 'run'), { checkpoint: 'best', threads: 1 }, context);
    const pixels = await (await loadReal('test')).images.read(Uint32Array.of(5));
    const inspector = await model.inspector(['conv2']);
    const { activations: layers } = await inspector.inspect(pixels, 1);
    const conv2 = layers.get('conv2') ?? new Float32Array();
    const expected = [7, 0, 1].flatMap((channel) => [...conv2.subarray(channel * 576, (channel + 1) * 576)]);
    const found = values.subarray(3 * 576);
    expect(found.findIndex((value, i) => !(Math.abs(value - (expected[i] ?? Number.NaN)) < 1e-5))).toBe(-1);
    await model.release();
  });

  it('draws one channel over many images, on several sheets where there are many', async () => {
    const options = ['--layers', 'stage1,stage3', '--channels', '2,9', '--sheets', 'channel', '--scale', 'layer'];
    await activations('deep', ...options, '--images', '0-6', '--out', 'few');
    expect(filesIn(join(work, 'few'))).toEqual([
      'activations.json',
      'stage1/channel-002.png',
      'stage1/channel-009.png',
      'stage3/channel-002.png',
      'stage3/channel-009.png',
    ]);
    await activations(
      'deep',
      '--layers',
      'stage3',
      '--channels',
      '2',
      '--sheets',
      'channel',
      '--images',
      '0-60',
      '--out',
      'many',
    );
    expect(filesIn(join(work, 'many', 'stage3'))).toEqual([
      'channel-002-images-00000-00059.png',
      'channel-002-images-00060-00060.png',
    ]);
  });

  it('answers in JSON', async () => {
    const stdout = await activations('deep', '--images', '2', '--split', 'validation', '--out', 'json', '--json');
    const { layers, files } = listSchema.parse(JSON.parse(stdout));
    expect(layers.map(({ name, shape }) => [name, ...shape])).toEqual([
      ['stage1.0', 32, 28, 28],
      ['stage1', 32, 14, 14],
      ['stage3', 128, 7, 7],
    ]);
    for (const file of files) expect(existsSync(join(work, 'json', file)), file).toBe(true);
  });
});

describe('activations refuses', () => {
  it.each([
    [
      ['--layers', 'conv1,conv3'],
      2,
      "model m1 has no layer 'conv3'; it has: conv1, relu1, conv2, relu2, pool, flatten",
    ],
    [['--images', '5-10000'], 2, '--images: there is no image 10000 in the test split; there are 10,000: 0 to 9999'],
    [['--images', 'all'], 2, "--images: 'all' is neither a number nor a range"],
    [['--channels', '0-40'], 2, '--channels: there is no channel 40 in conv1; there are 32: 0 to 31'],
    [['--layers', 'flatten'], 2, 'layer flatten has 9,216 channels, at most 512 can be drawn'],
    [['--out', '/proc/atelier'], 1, "cannot create the folder '/proc/atelier"],
    [['--checkpoint', 'last'], 1, 'has no last checkpoint'],
  ] as const)('%j', async (args, code, message) => {
    expectRefusal(await atelier(['activations', 'run', ...args], work), code, message);
  });

  it('a folder with the sheets of another run, or with what is no list of any', async () => {
    const args = ['activations', 'deep', '--images', '2', '--out', 'one'];
    await activations('run', '--images', '1', '--out', 'one');
    const list = join(work, 'one', 'activations.json');
    const before = contentOf(join(work, 'one'));
    expectRefusal(await atelier(args, work), 2, "'one' holds sheets of another run: 'run'", '--out');
    expect(contentOf(join(work, 'one'))).toEqual(before);
    const text = readFileSync(list, 'utf8');
    writeFileSync(list, text.replace('2026-01-01', '2026-02-02'));
    expectRefusal(await atelier(['activations', 'run', '--out', 'one'], work), 2, 'sheets of another run');
    // As older versions wrote it.
    writeFileSync(list, text.replace(/"created": .*/, ''));
    await activations('run', '--images', '1', '--out', 'one');
    writeFileSync(list, '{}');
    expectRefusal(await atelier(args, work), 2, 'an activations.json that is no list of sheets');
  });
});
