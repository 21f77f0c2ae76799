import { expect, it } from 'vitest';
import { type ImageShape, imageSize, imagesInMemory } from '../../src/data/images.ts';
import { splitIndices } from '../../src/data/split.ts';
import { channelStatistics } from '../../src/data/statistics.ts';
import { numbers } from '../graphs/ir/fixtures.ts';
import { loadReal } from './real-images.ts';

/** By the definition, in two passes: the mean first, then the mean square of what differs from it. */
function byDefinition(shape: ImageShape, pixels: Uint8Array, chosen: readonly number[]) {
  const area = shape.height * shape.width;
  const values = (channel: number) =>
    chosen.flatMap((image) => {
      const start = image * imageSize(shape) + channel * area;
      return Array.from(pixels.subarray(start, start + area), (pixel) => pixel / 255);
    });
  const meanOf = (of: readonly number[]) => of.reduce((sum, value) => sum + value, 0) / of.length;
  return Array.from({ length: shape.channels }, (_, channel) => {
    const mean = meanOf(values(channel));
    return { mean, std: Math.sqrt(meanOf(values(channel).map((value) => (value - mean) ** 2))) };
  });
}

it.each([
  // The last two are read in more than one go.
  [{ channels: 1, height: 5, width: 3 }, 7],
  [{ channels: 3, height: 3, width: 4 }, 1500],
  [{ channels: 4, height: 2, width: 1 }, 2049],
])('mean and standard deviation of each channel, by definition: %o, %i images', async (shape, count) => {
  const size = imageSize(shape);
  const area = shape.height * shape.width;
  // Each channel darker than the one before.
  const pixels = Uint8Array.from(
    numbers(count * size, 9),
    (number, at) => ((number + 0.5) * 255) / (1 + (Math.floor(at / area) % shape.channels)),
  );
  const images = imagesInMemory(shape, pixels, new Uint8Array(count));
  const everyOther = Array.from({ length: Math.floor(count / 2) }, (_, i) => 2 * i + 1);
  for (const chosen of [undefined, everyOther]) {
    const { mean, std } = await channelStatistics(images, chosen && Uint32Array.from(chosen));
    const expected = byDefinition(shape, pixels, chosen ?? Array.from({ length: count }, (_, i) => i));
    expect(mean).toHaveLength(shape.channels);
    for (const [channel, wanted] of expected.entries()) {
      expect(mean[channel]).toBeCloseTo(wanted.mean, 12);
      expect(std[channel]).toBeCloseTo(wanted.std, 12);
    }
  }
});

it('one level everywhere deviates by exactly nothing', async () => {
  const shape = { channels: 2, height: 3, width: 3 };
  const images = imagesInMemory(shape, new Uint8Array(10 * 18).fill(77), new Uint8Array(10));
  const { mean, std } = await channelStatistics(images);
  expect(mean.map((value) => value * 255)).toEqual([expect.closeTo(77, 12), expect.closeTo(77, 12)]);
  for (const value of std) expect(value).toBeLessThan(1e-8);
});

it("Fashion-MNIST's training images have the mean and deviation that are known of them", async () => {
  const { images } = await loadReal('train');
  for (const indices of [undefined, splitIndices(images.count, 42).train]) {
    const { mean, std } = await channelStatistics(images, indices);
    expect([mean, std].map((values) => values.map((value) => value.toFixed(3)))).toEqual([['0.286'], ['0.353']]);
  }
});
