import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { resizings } from '../../../src/data/own/origin.ts';
import { preparePicture } from '../../../src/data/own/prepare-picture.ts';
import { prepareRgba } from '../../../src/data/own/prepare-rgba.ts';

/** Waves in three colours, transparent towards one corner. */
function waves(width: number, height: number) {
  const data = Uint8Array.from({ length: width * height * 4 }, (_, i) => {
    const [pixel, channel] = [Math.floor(i / 4), i % 4];
    const [x, y] = [(pixel % width) / width, Math.floor(pixel / width) / height];
    return channel === 3
      ? 255 * Math.min(1, 2 * (x + y))
      : 128 + 110 * Math.sin(9 * x + channel) * Math.cos(7 * y - channel);
  });
  return { width, height, data };
}

describe('a picture in a browser becomes what it becomes in a training', () => {
  it.each(
    resizings.flatMap((resize) =>
      [
        [300, 200, 1, false],
        [120, 260, 3, true],
        [64, 64, 3, false],
      ].map(([width = 0, height = 0, channels = 3, invert = false]) => ({ resize, width, height, channels, invert })),
    ),
  )('$resize of $width x $height, $channels channels', async ({ resize, width, height, channels, invert }) => {
    const picture = waves(Number(width), Number(height));
    const png = await sharp(picture.data, { raw: { width: picture.width, height: picture.height, channels: 4 } })
      .png()
      .toBuffer();
    const shape = { channels: Number(channels), height: 48, width: 64 };
    const preparation = { resize, background: '#3050f0' };
    const expected = await preparePicture(png, 'p', { shape, preparation, invert: invert === true });
    const got = prepareRgba(picture, shape, preparation, invert === true);
    const differences = Array.from(expected, (level, at) => Math.abs(level - (got[at] ?? 0)));
    expect(differences.reduce((sum, one) => sum + one, 0) / differences.length).toBeLessThan(1.5);
  });
});
