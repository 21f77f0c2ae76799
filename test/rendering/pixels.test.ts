import { describe, expect, test } from 'vitest';
import { renderConfusedPairs } from '../../src/rendering/pixels/confused-pairs.ts';
import { renderMistakes } from '../../src/rendering/pixels/mistakes.ts';
import { renderClassSamples, renderSampleGrid } from '../../src/rendering/pixels/sample-grid.ts';
import { fitted } from '../../src/rendering/raster.ts';
import { darkTheme } from '../../src/rendering/theme.ts';
import { decode, expectPicture } from './pictures.ts';
import { colours, ramp } from './samples.ts';

const mistakes = [0, 60, 120].map((shift) => ({
  image: ramp(shift),
  index: 1000 + shift,
  truth: 'Shirt',
  predicted: 'T-shirt/top',
  confidence: 0.99999,
}));
const pair = { truth: 'Shirt', predicted: 'Coat', count: 12, share: 0.12, images: [ramp(), ramp(90), ramp(180)] };

describe('a sample grid', () => {
  test('enlarges pixels to squares, grey for grey', async () => {
    const samples = [ramp(), ramp(5)].map((image) => ({ image, label: 'Bag' }));
    const png = await renderSampleGrid(samples, { scale: 2, ratio: 2, columns: 1 });
    const pixels = await decode(png);
    // Margins of 14, images of 28 x 2 units, a line of 15 under each, 12 between the rows; twice as many pixels.
    expect([pixels.width, pixels.height]).toEqual([2 * (28 + 56), 2 * (28 + 2 * 56 + 2 * 15 + 12)]);
    const { pixels: greys } = ramp();
    for (const [row, column] of [
      [0, 0],
      [0, 1],
      [13, 27],
      [27, 5],
    ] as const) {
      const grey = greys[28 * row + column];
      for (const inside of [0, 3]) {
        expect(pixels.at(28 + 4 * column + inside, 28 + 4 * row + inside)).toEqual([grey, grey, grey]);
      }
    }
  });

  test('takes a theme and cuts labels that are too long', async () => {
    const samples = [{ image: ramp(), label: 'A label that is much too long for its image' }];
    const pixels = await decode(await renderSampleGrid(samples, { theme: darkTheme, ratio: 1 }));
    expect(pixels.at(0, 0)).toEqual([0x14, 0x18, 0x1d]);
    expect(pixels.width).toBe(28 + 84);
    for (let y = 0; y < pixels.height; y += 1) expect(pixels.at(pixels.width - 10, y)).toEqual([0x14, 0x18, 0x1d]);
  });

  test('refuses no image, images of two sizes, and a picture with too few pixels', async () => {
    const small = { channels: 1, width: 2, height: 2, pixels: new Uint8Array(4) };
    const grid = (...images: ReturnType<typeof ramp>[]) =>
      renderSampleGrid(images.map((image) => ({ image, label: '' })));
    await expect(grid()).rejects.toThrow('nothing to draw in the picture');
    await expect(grid(ramp(), small)).rejects.toThrow('image 1 of the picture has 2 x 2 pixels, expected 28 x 28');
    await expect(grid({ ...small, height: 3 })).rejects.toThrow('4 pixels, expected 2 x 3');
    await expect(grid({ ...small, channels: 3 })).rejects.toThrow('4 pixels, expected 3 x 2 x 2');
    await expect(grid({ ...small, channels: 2 })).rejects.toThrow('image 0 of the picture has 2 channels');
  });

  test('enlarges pixels of three channels to squares of their colours', async () => {
    const samples = [{ image: colours(), label: 'Sky' }];
    const pixels = await decode(await renderSampleGrid(samples, { scale: 2, ratio: 2 }));
    for (const [x, y] of [
      [0, 0],
      [11, 7],
      [5, 2],
    ] as const)
      for (const inside of [0, 3])
        expect(pixels.at(28 + 4 * x + inside, 28 + 4 * y + inside)).toEqual([20 * x, 30 * y, 40]);
  });
});

describe('samples by class', () => {
  const paper = [255, 255, 255];

  test('have a column for each class; a class with fewer images leaves places free', async () => {
    const white = { ...ramp(), pixels: new Uint8Array(784).fill(200) };
    const classes = [
      { name: 'a', images: [white, white] },
      { name: 'b', images: [white] },
      { name: 'c', images: [white, white] },
    ];
    const pixels = await decode(await renderClassSamples(classes, { ratio: 1 }));
    const [stepX, stepY] = [84 + 10, 84 + 15 + 12];
    expect(pixels.width).toBe(28 + 3 * stepX - 10);
    const at = (column: number, row: number) => pixels.at(14 + column * stepX + 40, 14 + row * stepY + 40);
    for (const [column, row] of [
      [0, 0],
      [1, 0],
      [2, 0],
      [0, 1],
      [2, 1],
    ] as const)
      expect(at(column, row)).toEqual([200, 200, 200]);
    expect(at(1, 1)).toEqual(paper);
  });

  test('of many classes go in bands of equal width', async () => {
    const classes = Array.from({ length: 37 }, (_, i) => ({ name: `class ${i}`, images: [ramp(i), ramp(2 * i)] }));
    const pixels = await decode(await renderClassSamples(classes, { ratio: 1, scale: 1 }));
    // 37 classes in three bands of 13, two rows each.
    expect(pixels.width).toBe(28 + 13 * (28 + 10) - 10);
    expect(pixels.height).toBe(28 + 6 * (28 + 15 + 12) - 12);
  });
});

test('mistakes look as they did', async () => {
  await expectPicture(await renderMistakes(mistakes, { title: 'Mistakes' }), 'mistakes');
});

describe('confused pairs', () => {
  test('look as they did', async () => {
    const pairs = [pair, { ...pair, predicted: 'Ankle boot', images: [ramp(30)] }];
    await expectPicture(await renderConfusedPairs(pairs, { title: 'Confused', columns: 3 }), 'confused-pairs');
  });

  test('show as many examples as there are columns', async () => {
    const width = async (columns: number) =>
      (await decode(await renderConfusedPairs([pair], { columns, ratio: 1 }))).width;
    expect((await width(3)) - (await width(2))).toBe(28 * 3 + 6);
    expect(await width(9)).toBe(await width(3));
  });

  test('refuse no pair and pairs without any image', async () => {
    await expect(renderConfusedPairs([])).rejects.toThrow('no pair to draw');
    await expect(renderConfusedPairs([{ ...pair, images: [] }])).rejects.toThrow('nothing to draw');
  });
});

test('a picture that is too large is reduced, each channel by itself', () => {
  const image = colours(77);
  expect(fitted(image, 12)).toBe(image);
  const reduced = fitted(image, 6);
  expect(reduced).toMatchObject({ channels: 3, width: 6, height: 4 });
  expect([...reduced.pixels.subarray(0, 6)]).toEqual([10, 50, 90, 130, 170, 210]);
  expect([...reduced.pixels.subarray(24, 30)]).toEqual([15, 15, 15, 15, 15, 15]);
  expect([...reduced.pixels.subarray(48)]).toEqual(Array.from({ length: 24 }, () => 77));
});
