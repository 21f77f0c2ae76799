import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { arraysDataset } from '../../../src/data/own/arrays-dataset.ts';
import { zipEntries } from '../../../src/data/own/zip.ts';
import { splitSizes } from '../../../src/data/splits.ts';
import { AtelierError } from '../../../src/errors.ts';
import { naturalOrder } from '../../../src/random/sampling.ts';
import { scratchFolder } from '../../files/scratch.ts';

const fixture = (name: string) => `test/fixtures/arrays/${name}.npz`;

type Elements = Uint8Array | Int16Array | Float32Array;

/** An array as NumPy writes it. */
function npy(data: Elements, shape: readonly number[], descr: string, order = 'False'): Buffer {
  const text = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape.join(', ')},), }`;
  const header = Buffer.from(`${text.padEnd(117)}\n`, 'latin1');
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
    length,
    header,
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  ]);
}

/** An archive of these files; `size` lies about the size of each. */
function zip(files: Readonly<Record<string, Buffer>>, size?: number): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const packed = deflateRawSync(content);
    const head = Buffer.alloc(30);
    head.writeUInt32LE(0x04034b50, 0);
    head.writeUInt16LE(8, 8);
    head.writeUInt32LE(crc32(content), 14);
    head.writeUInt32LE(packed.length, 18);
    head.writeUInt32LE(content.length, 22);
    head.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    head.copy(entry, 6, 4, 30);
    if (size !== undefined) entry.writeUInt32LE(size, 24);
    entry.writeUInt32LE(offset, 42);
    parts.push(head, Buffer.from(name), packed);
    directory.push(entry, Buffer.from(name));
    offset += 30 + name.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

async function opened(arrays: Readonly<Record<string, Buffer>>, options = {}) {
  const path = join(scratchFolder(), 'data.npz');
  writeFileSync(path, zip(Object.fromEntries(Object.entries(arrays).map(([name, array]) => [`${name}.npy`, array]))));
  return arraysDataset(path, options);
}

/** Grey images of one pixel, and their labels. */
const pixels = (...levels: number[]) => npy(Uint8Array.from(levels), [levels.length, 1, 1], '|u1');
const labels = (...numbers: number[]) => npy(Int16Array.from(numbers), [numbers.length], '<i2');
const sound = { x_train: pixels(1, 2, 3, 4, 5, 6), y_train: labels(0, 1, 0, 1, 0, 1) };

describe('arrays in an .npz file', () => {
  it('are read as NumPy compresses them, with names of the classes', async () => {
    const dataset = await arraysDataset(fixture('compressed'), {});
    expect(dataset).toMatchObject({ classes: ['öl', 'b', 'ccc'], shape: { channels: 1, height: 2, width: 3 } });
    const images = await dataset.load('train');
    expect([...images.labels]).toEqual([0, 1, 2, 0, 1, 2]);
    expect([...(await images.read(naturalOrder(6)))]).toEqual(Array.from({ length: 36 }, (_, i) => 7 * i));
  });

  it('are read as NumPy stores them, in colour, from 0 to 1, with a test part', async () => {
    const dataset = await arraysDataset(fixture('stored'), { validation: 0.5 });
    expect(dataset).toMatchObject({ classes: ['0', '1'], shape: { channels: 3, height: 2, width: 2 } });
    expect(splitSizes(dataset)).toEqual({ train: 2, validation: 2, test: 2 });
    const [red, green] = [0, 1].map((channel) =>
      [0, 1, 2, 3].map((pixel) => Math.round((255 * (3 * pixel + channel)) / 48)),
    );
    const first = await (await dataset.load('test')).read(Uint32Array.of(0));
    expect([...first.subarray(0, 8)]).toEqual([...(red ?? []), ...(green ?? [])]);
  });

  it('of Python objects are refused: reading them would run a program', async () => {
    await expect(arraysDataset(fixture('objects'), {})).rejects.toThrow(
      /'x_train' in .* holds Python objects \(pickled\)/,
    );
  });

  it.each([
    ['no labels', { x_train: pixels(1, 2) }, "'x_train' has no 'y_train' beside it"],
    ['other names', { images: pixels(1, 2) }, 'expected the arrays x_train and y_train, found images'],
    [
      'labels below 0',
      { ...sound, y_train: labels(0, -1, 0, 1, 0, 1) },
      'label 1 is -1, expected a class number from 0 on',
    ],
    [
      'labels with gaps',
      { ...sound, y_train: labels(0, 7, 0, 7, 0, 7) },
      'label 7 is out of range: 2 different labels',
    ],
    [
      'names as labels',
      { ...sound, y_train: npy(Buffer.from('abcabc'), [6], '|S1') },
      'numpy.unique(y, return_inverse=True)',
    ],
    [
      'rows as labels',
      {
        ...sound,
        y_train: npy(
          Float32Array.from({ length: 12 }, (_, i) => i % 2),
          [6, 2],
          '<f4',
        ),
      },
      'numpy.argmax(y, 1)',
    ],
    ['too few labels', { ...sound, y_train: labels(0, 1) }, '2 labels for 6 images'],
    ['untrained classes', { ...sound, x_test: pixels(1), y_test: labels(2) }, 'no image of x_train has the label 2'],
    ['one class', { ...sound, y_train: labels(0, 0, 0, 0, 0, 0) }, 'images of one class'],
    [
      'levels below 0',
      { ...sound, x_train: npy(Float32Array.of(0, 1, 0, -1, 0, 0), [6, 1, 1], '<f4') },
      'found -1 at element 3',
    ],
    [
      'no numbers',
      { ...sound, x_train: npy(Float32Array.of(0, Number.NaN, 0, 1, 0, 0), [6, 1, 1], '<f4') },
      'found NaN',
    ],
    ['channels first', { ...sound, x_train: npy(new Uint8Array(6 * 3 * 64), [6, 3, 8, 8], '|u1') }, 'up to 4 channels'],
    ['columns first', { ...sound, x_train: npy(new Uint8Array(6), [6, 1, 1], '|u1', 'True') }, 'ascontiguousarray'],
    ['complex numbers', { ...sound, x_train: npy(new Uint8Array(48), [6, 1, 1], '<c8') }, 'its elements are <c8'],
    [
      'too few elements',
      { ...sound, x_train: npy(new Uint8Array(5), [6, 1, 1], '|u1') },
      'has 5 bytes of elements, expected 6',
    ],
    [
      'images of two sizes',
      { ...sound, x_test: npy(new Uint8Array(2), [1, 2, 1], '|u1'), y_test: labels(0) },
      'another size',
    ],
  ])('with %s are refused by the array', async (_, arrays, reason) => {
    const refused = opened(arrays);
    await expect(refused).rejects.toThrow(AtelierError);
    await expect(refused).rejects.toThrow(reason);
  });

  it('whose bytes are not those that were written are refused', async () => {
    const bytes = readFileSync(fixture('stored'));
    const path = join(scratchFolder(), 'flipped.npz');
    // Behind the header of the first array, where its elements are.
    const at = bytes.indexOf('NUMPY') + 140;
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    writeFileSync(path, bytes);
    await expect(arraysDataset(path, {})).rejects.toThrow(/the checksum of '\w+\.npy' is wrong/);
  });

  it('that break off anywhere, or are larger than they say, are refused', async () => {
    const bytes = readFileSync(fixture('compressed'));
    const path = join(scratchFolder(), 'cut.npz');
    for (const length of [0, 10, 300, bytes.length - 30, bytes.length - 1]) {
      writeFileSync(path, bytes.subarray(0, length));
      await expect(arraysDataset(path, {})).rejects.toThrow("cut.npz' is no ZIP archive that can be read");
    }
    const bomb = { 'x_train.npy': Buffer.alloc(100_000) };
    expect(() => zipEntries(zip(bomb), 'bomb', 1000)).toThrow('it unpacks to 100000 bytes, at most 1000');
    await expect(zipEntries(zip(bomb, 500), 'bomb', 1000)[0]?.read()).rejects.toThrow('has more than 500 bytes');
  });
});
