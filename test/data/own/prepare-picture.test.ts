import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Preparation } from '../../../src/data/own/origin.ts';
import { preparePicture } from '../../../src/data/own/prepare-picture.ts';

const white: Preparation = { resize: 'crop', background: '#ffffff' };

/** A PNG of pixels by their places: red, green, blue and opacity. */
async function png(width: number, height: number, at: (x: number, y: number) => readonly number[]): Promise<Buffer> {
  const pixels = Array.from({ length: width * height }, (_, i) => at(i % width, Math.floor(i / width))).flat();
  const channels = pixels.length / (width * height) === 4 ? 4 : 3;
  return sharp(Uint8Array.from(pixels), { raw: { width, height, channels } }).png().toBuffer();
}

/** Prepared at a size in colour, each pixel as [red, green, blue]. */
async function prepared(bytes: Buffer, side: number, preparation: Partial<Preparation> = {}, invert = false) {
  const shape = { channels: 3, height: side, width: side };
  const image = await preparePicture(bytes, 'a picture', { shape, preparation: { ...white, ...preparation }, invert });
  const area = side * side;
  return Array.from({ length: area }, (_, i) => [image[i], image[area + i], image[2 * area + i]]);
}

const [red, green, blue] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
] as const;

describe('preparePicture', () => {
  // A quarter red, half green, a quarter blue; twice as wide as high.
  const stripes = png(80, 40, (x) => (x < 20 ? red : x < 60 ? green : blue));

  it('cuts the middle out of the short side, squashes or pads', async () => {
    const cut = await prepared(await stripes, 20);
    // Its outermost columns are blended with what lies beyond the cut, as torchvision's are.
    expect(cut.filter((_, i) => i % 20 > 0 && i % 20 < 19).every((pixel) => pixel.join() === green.join())).toBe(true);
    const squashed = (await prepared(await stripes, 20, { resize: 'squash' })).slice(0, 20);
    expect([squashed[1], squashed[9], squashed[18]]).toEqual([red, green, blue]);
    const padded = await prepared(await stripes, 20, { resize: 'pad', background: '#102030' });
    const ground = [0x10, 0x20, 0x30];
    expect([padded[10], padded[200], padded[205 + 5], padded[219], padded[390]]).toEqual([
      ground,
      red,
      green,
      blue,
      ground,
    ]);
  });

  it('leaves a picture of that size as it is', async () => {
    const picture = await png(8, 8, (x, y) => [31 * x, 31 * y, 255 - 4 * x * y]);
    expect(await prepared(picture, 8)).toEqual(
      Array.from({ length: 64 }, (_, i) => [
        31 * (i % 8),
        31 * Math.floor(i / 8),
        255 - 4 * (i % 8) * Math.floor(i / 8),
      ]),
    );
  });

  it('lays what is transparent on the background, inverted or not', async () => {
    const glass = await png(4, 4, (x) => (x < 2 ? [200, 100, 0, 0] : [200, 100, 0, 255]));
    const ends = async (background: string, invert: boolean) => {
      const pixels = await prepared(glass, 4, { background }, invert);
      return [pixels[0], pixels[3]];
    };
    const thing = [200, 100, 0];
    expect(await ends('#ffffff', false)).toEqual([[255, 255, 255], thing]);
    expect(await ends('#010203', false)).toEqual([[1, 2, 3], thing]);
    expect(await ends('#010203', true)).toEqual([
      [1, 2, 3],
      [55, 155, 255],
    ]);
  });

  it('makes grey as PIL does, also of grey files of 16 bits', async () => {
    const grey = { channels: 1, height: 1, width: 3 };
    const form = { shape: grey, preparation: white };
    const primaries = await png(3, 1, (x) => [red, green, blue][x] ?? red);
    expect([...(await preparePicture(primaries, 'p', form))]).toEqual([76, 150, 29]);
    const deep = await sharp(Uint16Array.of(0, 128 * 256, 65535), { raw: { width: 3, height: 1, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect([...(await preparePicture(deep, 'p', form))]).toEqual([0, 128, 255]);
  });

  it('reads CMYK, and turns a picture as its camera says', async () => {
    const cmyk = await sharp(await stripes)
      .toColourspace('cmyk')
      .jpeg({ quality: 100 })
      .toBuffer();
    expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
    const [, middle = 0] = (await prepared(cmyk, 20))[200] ?? [];
    expect(middle).toBeGreaterThan(130);
    const lying = await sharp(await stripes)
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100 })
      .toBuffer();
    const turned = await prepared(lying, 20, { resize: 'squash' });
    const channel = (at: number) => turned[at]?.map((level) => Math.round((level ?? 0) / 255));
    expect([channel(30), channel(200), channel(370)]).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
  });

  it('draws a drawing at the size that is asked for', async () => {
    const svg = (side: number) =>
      Buffer.from(
        `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}" viewBox="0 0 2 2"><rect width="1" height="2" fill="red"/></svg>`,
      );
    for (const side of [2, 1_000_000]) {
      const drawn = await prepared(svg(side), 32);
      // Enlarged from two pixels its edge would be blurred.
      expect([drawn[14], drawn[17]]).toEqual([red, [255, 255, 255]]);
    }
  });

  it.each([
    ['a text', Buffer.from('no picture'), 'is no picture of a kind that is read'],
    ['nothing', Buffer.alloc(0), 'is empty'],
    [
      'a JPEG that breaks off',
      readFileSync('test/fixtures/pictures/cut.jpg'),
      'is a JPEG that is cut short or damaged',
    ],
    ['a broken SVG', Buffer.from('<svg width="9" height="9"'), 'is an SVG that is cut short or damaged'],
  ])('refuses %s', async (_, bytes, reason) => {
    await expect(prepared(bytes, 8)).rejects.toThrow(reason);
  });

  it('refuses a picture of more pixels than may be decoded, and decodes large ones one by one', async () => {
    const plain = (side: number) => sharp({ create: { width: side, height: 4, channels: 3, background: '#204060' } });
    const bomb = await plain(4).png().toBuffer();
    // IHDR: width and height, then its checksum.
    for (const at of [16, 20]) bomb.writeUInt32BE(11_000, at);
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    await expect(prepared(bomb, 8)).rejects.toThrow('11000 x 11000 pixels, 121 million; at most 120 million');
    const large = await plain(4_100_000).tiff({ compression: 'deflate' }).toBuffer();
    const both = await Promise.all([prepared(large, 4), prepared(large, 4)]);
    for (const image of both) expect(image[0]).toEqual([0x20, 0x40, 0x60]);
  });
});
