import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AugmentationDraw, augment, checkAugmentation, drawAugmentation } from '../../src/data/augmentation.ts';
import { type ImageShape, imageSize } from '../../src/data/images.ts';
import { UsageError } from '../../src/errors.ts';
import { stream } from '../../src/random/streams.ts';
import { imageShape } from '../models.ts';

const usual = { cropPadding: 4, flipProbability: 0.5 };

/** Three images of bytes of which none is 0, so that padding can be told from image. */
const imagesOf = (shape: ImageShape) => Uint8Array.from({ length: 3 * imageSize(shape) }, (_, i) => 1 + (i % 251));

const draws = (padding: number) =>
  fc.record({ top: fc.nat(2 * padding), left: fc.nat(2 * padding), flip: fc.boolean() });

describe.each<[ImageShape]>([
  [imageShape],
  [{ channels: 3, height: 32, width: 32 }],
  [{ channels: 3, height: 5, width: 9 }],
  [{ channels: 2, height: 7, width: 4 }],
])('augment of %o', (shape) => {
  const { channels, height, width } = shape;
  const size = imageSize(shape);
  const source = imagesOf(shape);
  const pixel = (index: number, channel: number, row: number, column: number) =>
    row < 0 || row >= height || column < 0 || column >= width
      ? 0
      : (source[((index * channels + channel) * height + row) * width + column] ?? 0);

  it('is crop, then flip, by definition', () => {
    const cases = fc
      .nat(Math.min(height, width))
      .chain((padding) => fc.tuple(fc.constant(padding), draws(padding), fc.nat(2)));
    fc.assert(
      fc.property(cases, ([padding, draw, index]) => {
        const target = new Uint8Array(10 + size + 10).fill(255);
        augment(source, index, target, 10, shape, draw, padding);
        const expected = Uint8Array.from({ length: size }, (_, i) => {
          const [channel, row, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
          const column = draw.flip ? width - 1 - x : x;
          return pixel(index, channel, row + draw.top - padding, column + draw.left - padding);
        });
        expect(target.subarray(10, 10 + size)).toEqual(expected);
        expect([...target.subarray(0, 10), ...target.subarray(10 + size)].every((byte) => byte === 255)).toBe(true);
      }),
    );
  });

  it('leaves the image as it is in the middle without a flip', () => {
    const target = new Uint8Array(size);
    augment(source, 1, target, 0, shape, { top: 4, left: 4, flip: false }, 4);
    expect(target).toEqual(source.subarray(size, 2 * size));
  });
});

describe('drawAugmentation', () => {
  const at = (position: number, epoch = 0): AugmentationDraw => {
    const draw = { top: -1, left: -1, flip: false };
    drawAugmentation(draw, usual, stream(42, 'augmentation', epoch), position);
    return draw;
  };

  it('is a function of epoch and position', () => {
    expect(at(17)).toEqual(at(17));
    const draws = (epoch: number) => Array.from({ length: 20 }, (_, i) => at(i, epoch));
    expect(draws(0)).not.toEqual(draws(1));
  });

  it('spreads evenly over the 81 places and both sides', () => {
    const counts = new Map<string, number>();
    const n = 32_400;
    for (let i = 0; i < n; i++) {
      const { top, left, flip } = at(i);
      const key = `${top} ${left} ${flip}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(162);
    // 161 degrees of freedom: mean 161, standard deviation 18.
    expect([...counts.values()].reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0)).toBeLessThan(161 + 5 * 18);
  });
});

it('refuses impossible settings', () => {
  expect(() => checkAugmentation({ cropPadding: -1, flipProbability: 0.5 }, imageShape)).toThrow(UsageError);
  expect(() => checkAugmentation({ cropPadding: 4, flipProbability: 1.5 }, imageShape)).toThrow('got 1.5');
  checkAugmentation(usual, imageShape);
  // The shorter side is the most that can be padded.
  const wide = { channels: 3, height: 6, width: 20 };
  checkAugmentation({ ...usual, cropPadding: 6 }, wide);
  expect(() => checkAugmentation({ ...usual, cropPadding: 7 }, wide)).toThrow('pixels from 0 to 6, got 7');
});
