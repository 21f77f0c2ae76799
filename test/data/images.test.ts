import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ImageShape,
  imageShapeText,
  imageSize,
  imagesInFile,
  imagesInMemory,
  labelsAt,
  sameImageShape,
} from '../../src/data/images.ts';
import { AtelierError } from '../../src/errors.ts';
import { scratchFolder } from '../files/scratch.ts';
import { numbers } from '../graphs/ir/fixtures.ts';
import { loadReal } from './real-images.ts';
import { idxFile } from './support.ts';

const shape: ImageShape = { channels: 3, height: 4, width: 5 };
const count = 9;
const labels = Uint32Array.of(4, 0, 6, 1, 999, 3, 2, 5, 70_000);
const pixels = Uint8Array.from(numbers(count * imageSize(shape), 3), (number) => (number + 0.5) * 255);

/** The same images in memory and in a file behind a header. */
function both(header: Uint8Array) {
  const path = join(scratchFolder(), 'images');
  writeFileSync(path, Buffer.concat([header, pixels]));
  return {
    memory: imagesInMemory(shape, pixels, labels),
    file: imagesInFile({ path, offset: header.length }, shape, labels),
  };
}

describe('images in a file', () => {
  it.each([0, 16, 37])('are those in memory, whichever are asked for, behind %i bytes', async (offset) => {
    const { memory, file } = both(new Uint8Array(offset).fill(255));
    expect([file.shape, file.count, file.labels]).toEqual([memory.shape, memory.count, memory.labels]);
    // Runs of neighbours among others: they are read together.
    const runs = fc.array(fc.record({ first: fc.nat(count - 1), length: fc.integer({ min: 1, max: 4 }) }), {
      maxLength: 5,
    });
    const asked = runs.map((parts) =>
      Uint32Array.from(
        parts.flatMap(({ first, length }) =>
          Array.from({ length: Math.min(length, count - first) }, (_, i) => first + i),
        ),
      ),
    );
    await fc.assert(
      fc.asyncProperty(asked, async (indices) => {
        const found = await file.read(indices);
        expect(found).toEqual(await memory.read(indices));
        expect([...found]).toEqual([...indices].flatMap((index) => [...pixels.subarray(index * 60, (index + 1) * 60)]));
      }),
      { numRuns: 60 },
    );
  });

  it('may be an unpacked IDX file', async () => {
    const path = join(scratchFolder(), 'train-images-idx3-ubyte');
    const { images } = await loadReal('test');
    const chosen = Uint32Array.of(17, 18, 9999, 0);
    const bytes = await images.read(chosen);
    writeFileSync(path, idxFile([4, 28, 28], bytes));
    const file = imagesInFile({ path, offset: 16 }, images.shape, labelsAt(images, chosen));
    expect(await file.read(Uint32Array.of(2, 0, 1))).toEqual(await images.read(Uint32Array.of(9999, 17, 18)));
    expect([...file.labels]).toEqual([...chosen].map((index) => images.labels[index]));
  });

  it('that is cut short, is missing or is a folder are named', async () => {
    const folder = scratchFolder();
    const path = join(folder, 'images');
    writeFileSync(path, pixels.subarray(0, 5 * 60 + 59));
    const torn = imagesInFile({ path, offset: 0 }, shape, labels);
    expect(await torn.read(Uint32Array.of(4))).toEqual(pixels.slice(240, 300));
    const refusal = torn.read(Uint32Array.of(1, 4, 5, 6));
    await expect(refusal).rejects.toThrow(AtelierError);
    await expect(refusal).rejects.toThrow(`'${path}' is cut short: images 4 to 6 were expected in it`);
    mkdirSync(join(folder, 'inner'));
    for (const [name, problem] of [
      ['none', /cannot read the images '.*none': it does not exist/],
      ['inner', /inner'/],
    ] as const)
      await expect(
        imagesInFile({ path: join(folder, name), offset: 0 }, shape, labels).read(Uint32Array.of(0)),
      ).rejects.toThrow(problem);
  });
});

describe('images wherever they lie', () => {
  it('are copies: whoever reads them may write on them', async () => {
    for (const images of Object.values(both(new Uint8Array(16)))) {
      const read = await images.read(Uint32Array.of(3, 3));
      read.fill(0);
      expect(await images.read(Uint32Array.of(3))).toEqual(pixels.slice(180, 240));
    }
  });

  it('refuse an index beyond them', async () => {
    for (const images of Object.values(both(new Uint8Array(0))))
      await expect(images.read(Uint32Array.of(0, 9))).rejects.toThrow('there is no image 9 in a set of 9');
  });

  it('have labels of any number of classes', () => {
    expect([...labelsAt(both(new Uint8Array(0)).file, Uint32Array.of(8, 0))]).toEqual([70_000, 4]);
  });
});

it('images and labels of different numbers are refused', () => {
  expect(() => imagesInMemory(shape, pixels, labels.subarray(1))).toThrow('540 bytes of images, expected 8 times');
});

it('sizes are compared by each number, and told with channels where there are several', () => {
  expect(sameImageShape(shape, { ...shape })).toBe(true);
  for (const key of ['channels', 'height', 'width'] as const)
    expect(sameImageShape(shape, { ...shape, [key]: 8 })).toBe(false);
  expect([imageShapeText({ ...shape, channels: 1 }), imageShapeText(shape)]).toEqual(['4 x 5', '3 x 4 x 5']);
});
