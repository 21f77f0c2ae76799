/** Pictures as cameras, phones and other programs write them: test/fixtures/pictures, and what sharp makes here. */
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePicture, type PictureImage, readPicture } from '../../src/data/pictures.ts';
import { areDark, hasLightGround } from '../../src/data/pictures-ground.ts';
import { areaAverage } from '../../src/data/pictures-resize.ts';
import { imageShape } from '../models.ts';
import { loadReal } from './real-images.ts';

const grey = { shape: imageShape, invert: false };

async function fixture(name: string, invert = false): Promise<PictureImage> {
  return readPicture(join(import.meta.dirname, '../fixtures/pictures', name), { ...grey, invert });
}

/** The boot that all fixtures show: the first test image of Fashion-MNIST. */
async function boot(): Promise<Uint8Array> {
  const { images } = await loadReal('test');
  return images.read(Uint32Array.of(0));
}

/** How far two images are apart at most, and on average. */
function distance(a: Uint8Array, b: Uint8Array): { readonly most: number; readonly mean: number } {
  expect(a).toHaveLength(b.length);
  const apart = Array.from(a, (level, at) => Math.abs(level - (b[at] ?? Number.NaN)));
  return { most: Math.max(...apart), mean: apart.reduce((sum, one) => sum + one, 0) / apart.length };
}

describe('pictures from the field', () => {
  it('a PNG of the size of images is the image, to the bit', async () => {
    expect(await fixture('boot.png')).toEqual({ pixels: await boot(), frames: 1, lightGround: false });
  });

  it('a large JPEG of the same is hardly another', async () => {
    expect(distance((await fixture('boot.jpg')).pixels, await boot()).mean).toBeLessThan(1);
  });

  it('orientation is followed wherever its segment stands', async () => {
    const { pixels } = await fixture('exif_first.jpg');
    expect((await fixture('xmp_then_exif.jpg')).pixels).toEqual(pixels);
    expect(distance(pixels, await boot()).mean).toBeLessThan(1);
  });

  it.each([
    ['cut.jpg', 'premature end of JPEG image'],
    ['cut_with_end.jpg', 'premature end of data segment'],
  ])('%s is refused as damaged, with the reason', async (name, reason) => {
    await expect(fixture(name)).rejects.toThrow(
      new RegExp(`${name}' is a JPEG that is cut short or damaged \\(.*${reason}\\). Save it anew\\.$`),
    );
  });

  it('zeros in the middle of a JPEG are not seen: it is answered, as docs/pictures.md says', async () => {
    const { pixels } = await fixture('zero_block.jpg');
    expect(distance(pixels, await boot()).mean).toBeGreaterThan(1);
  });

  it('40,000 pixels in a row are read', async () => {
    const { pixels } = await fixture('wide.png');
    const lit = Array.from(pixels.keys()).filter((at) => pixels[at] !== 0);
    // 28 / 40 of a row's height lies in each of the two in the middle, 0.35 in either.
    expect(new Set(lit.map((at) => Math.floor(at / 28)))).toEqual(new Set([13, 14]));
    expect(lit).toHaveLength(2 * 28);
  });

  it('dark on white is noticed, and gives the image once it is inverted', async () => {
    expect((await fixture('white_ground.png')).lightGround).toBe(true);
    const inverted = await fixture('white_ground.png', true);
    expect(inverted.lightGround).toBe(true);
    expect(distance(inverted.pixels, await boot()).mean).toBeLessThan(1);
  });
});

/** Slow waves, another in each channel: what a lossy kind keeps. */
function waves(width: number, height: number, channels: 1 | 3 | 4): Sharp {
  const data = Buffer.from(
    Array.from({ length: width * height * channels }, (_, i) => {
      const [at, channel] = [Math.floor(i / channels), i % channels];
      const [x, y] = [at % width, Math.floor(at / width)];
      return Math.round(128 + 90 * Math.sin((6 * x) / width + channel) * Math.cos((5 * y) / height));
    }),
  );
  return sharp(data, { raw: { width, height, channels } });
}

const colour = { shape: { channels: 3, height: 28, width: 28 }, invert: false } as const;

/** Levels of a raw picture, one plane after the other. */
async function planes(picture: Sharp): Promise<Uint8Array> {
  const { data, info } = await picture.clone().raw().toBuffer({ resolveWithObject: true });
  const count = info.width * info.height;
  return Uint8Array.from(
    { length: 3 * count },
    (_, i) => data[(i % count) * info.channels + Math.floor(i / count)] ?? 0,
  );
}

describe('kinds of pictures', () => {
  const picture = waves(28, 28, 3);

  it.each([
    ['PNG', (one: Sharp) => one.png()],
    ['PNG, interlaced', (one: Sharp) => one.png({ progressive: true })],
    ['WebP', (one: Sharp) => one.webp({ lossless: true })],
    ['TIFF', (one: Sharp) => one.tiff({ compression: 'lzw' })],
    ['PNG of 16 bits', (one: Sharp) => one.toColourspace('rgb16').png()],
    ['TIFF of 16 bits', (one: Sharp) => one.toColourspace('rgb16').tiff({ compression: 'deflate' })],
  ])('%s is read to the bit', async (_, write) => {
    const bytes = await write(picture.clone()).toBuffer();
    expect((await decodePicture(bytes, 'a picture', colour)).pixels).toEqual(await planes(picture));
  });

  it.each([
    ['JPEG', (one: Sharp) => one.jpeg({ quality: 95, chromaSubsampling: '4:4:4' }), 6],
    ['JPEG, progressive', (one: Sharp) => one.jpeg({ quality: 95, progressive: true, chromaSubsampling: '4:4:4' }), 6],
    ['AVIF', (one: Sharp) => one.avif({ quality: 90 }), 12],
    ['GIF', (one: Sharp) => one.gif({ dither: 0 }), 40],
    ['PNG of a palette', (one: Sharp) => one.png({ palette: true, dither: 0 }), 40],
    ['JPEG of cyan, magenta, yellow and black', (one: Sharp) => one.toColourspace('cmyk').jpeg({ quality: 95 }), 40],
  ])('%s is read as near as it is stored', async (_, write, most) => {
    const { pixels, frames } = await decodePicture(await write(picture.clone()).toBuffer(), 'a picture', colour);
    const apart = distance(pixels, await planes(picture));
    expect(apart.most).toBeLessThanOrEqual(most);
    expect(apart.mean).toBeLessThan(most / 3);
    expect(frames).toBe(1);
  });

  it('the upper half of 16 bits is the level', async () => {
    const levels = Uint16Array.from({ length: 784 }, (_, i) => (i * 83 * 256 + 255) % 65_536);
    const raw = { width: 28, height: 28, channels: 1, depth: 'ushort' } as const;
    const bytes = await sharp(levels, { raw }).toColourspace('grey16').png().toBuffer();
    expect((await decodePicture(bytes, 'a picture', grey)).pixels).toEqual(
      Uint8Array.from(levels, (level) => level >> 8),
    );
  });

  it('what is transparent in a palette is black', async () => {
    const data = Buffer.from(Array.from({ length: 784 }, (_, i) => [200, 200, 200, i % 2 === 0 ? 255 : 0]).flat());
    const bytes = await sharp(data, { raw: { width: 28, height: 28, channels: 4 } })
      .png({ palette: true })
      .toBuffer();
    expect((await sharp(bytes).metadata()).isPalette).toBe(true);
    const { pixels } = await decodePicture(bytes, 'a picture', grey);
    expect([...pixels.subarray(0, 4)]).toEqual([200, 0, 200, 0]);
  });

  it.each(['webp', 'gif'] as const)('of an animation (%s) the first frame is taken, and told', async (kind) => {
    const frames = Buffer.concat([Buffer.alloc(28 * 28 * 3, 250), Buffer.alloc(28 * 28 * 3, 5)]);
    const raw = { width: 28, height: 56, channels: 3, pageHeight: 28 } as const;
    const bytes = await sharp(frames, { raw }).toFormat(kind, { lossless: true }).toBuffer();
    const { pixels, frames: count } = await decodePicture(bytes, 'a picture', grey);
    expect(count).toBe(2);
    expect(Math.min(...pixels)).toBeGreaterThan(245);
  });

  it('a colour profile does not change the levels', async () => {
    const bytes = await picture.clone().withIccProfile('p3').png().toBuffer();
    const levels = await planes(sharp(bytes, { ignoreIcc: true }));
    expect(distance(levels, await planes(sharp(bytes))).most).toBeGreaterThan(1);
    expect((await decodePicture(bytes, 'a picture', colour)).pixels).toEqual(levels);
  });

  const [width, height] = [40, 24];
  const level = (x: number, y: number): number => 6 * x + (y % 16);

  // Exif 2.3, 4.6.4: where the stored row 0 and column 0 are to be seen.
  it.each<[orientation: number, stored: (x: number, y: number) => number]>([
    [1, (x, y) => level(x, y)],
    [2, (x, y) => level(width - 1 - x, y)],
    [3, (x, y) => level(width - 1 - x, height - 1 - y)],
    [4, (x, y) => level(x, height - 1 - y)],
    [5, (x, y) => level(y, x)],
    [6, (x, y) => level(y, height - 1 - x)],
    [7, (x, y) => level(width - 1 - y, height - 1 - x)],
    [8, (x, y) => level(width - 1 - y, x)],
  ])('orientation %i is followed', async (orientation, upright) => {
    const filled = (columns: number, rows: number, at: (x: number, y: number) => number) =>
      sharp(Buffer.from(Array.from({ length: columns * rows }, (_, i) => at(i % columns, Math.floor(i / columns)))), {
        raw: { width: columns, height: rows, channels: 1 },
      });
    const stored = await filled(width, height, level).withMetadata({ orientation }).webp({ lossless: true }).toBuffer();
    const turned = orientation < 5 ? filled(width, height, upright) : filled(height, width, upright);
    const { pixels } = await decodePicture(stored, 'a picture', grey);
    expect(pixels).toEqual((await decodePicture(await turned.png().toBuffer(), 'a picture', grey)).pixels);
  });
});

describe('large pictures', () => {
  it.each(['png', 'jpeg'] as const)(
    'are reduced while they are decoded: no level is off by more than one (%s)',
    async (kind) => {
      const [width, height] = [3500, 1500];
      const bytes = await waves(width, height, 1).toColourspace('b-w').toFormat(kind, { quality: 95 }).toBuffer();
      const { data } = await sharp(bytes).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
      const whole = areaAverage({ width, height, values: Float32Array.from(data) }, imageShape);
      expect(distance((await decodePicture(bytes, 'a picture', grey)).pixels, whole).most).toBeLessThanOrEqual(1);
    },
  );
});

describe('the ground', () => {
  const filled = (levels: readonly (readonly [grey: number, alpha: number])[], width: number) => ({
    width,
    height: levels.length / width,
    data: levels.flatMap(([level, alpha]) => [level, level, level, alpha]),
  });
  const framed = (edge: readonly [number, number], middle: readonly [number, number]) =>
    filled(
      Array.from({ length: 25 }, (_, at) => (at % 5 > 0 && at % 5 < 4 && at > 4 && at < 20 ? middle : edge)),
      5,
    );

  it.each([
    ['a light edge', [250, 255], [20, 255], true],
    ['a dark edge', [20, 255], [250, 255], false],
    ['a transparent edge around something dark', [0, 0], [20, 255], true],
    ['a transparent edge around something light', [255, 0], [250, 255], false],
  ] as const)('%s', (_, edge, middle, light) => {
    expect(hasLightGround(framed(edge, middle))).toBe(light);
  });

  it('of images is told from their mean', () => {
    expect(areDark([0.286])).toBe(true);
    expect(areDark([0.49, 0.48, 0.45])).toBe(false);
  });
});
