import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { createCanvas, createImageData } from 'canvas';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePicture, readPicture } from '../../src/data/pictures.ts';
import { areaAverage } from '../../src/data/pictures-resize.ts';
import { AtelierError } from '../../src/errors.ts';
import { scratchFolder } from '../files/scratch.ts';
import { imageShape } from '../models.ts';

type Rgba = readonly [red: number, green: number, blue: number, alpha: number];

/** A picture whose pixels are a function of their place. */
function canvasOf(width: number, height: number, at: (x: number, y: number) => Rgba) {
  const canvas = createCanvas(width, height);
  const rgba = Array.from({ length: width * height }, (_, i) => at(i % width, Math.floor(i / width))).flat();
  canvas.getContext('2d').putImageData(createImageData(Uint8ClampedArray.from(rgba), width, height), 0, 0);
  return canvas;
}

function png(width: number, height: number, at: (x: number, y: number) => Rgba): Buffer {
  return canvasOf(width, height, at).toBuffer('image/png');
}

function grey(level: number): Rgba {
  return [level, level, level, 255];
}

async function decode(bytes: Buffer, invert = false): Promise<Uint8Array> {
  return (await decodePicture(bytes, 'a picture', { shape: imageShape, invert })).pixels;
}

/** 28 rows of 28. */
function rowsOf(pixels: Uint8Array): readonly (readonly number[])[] {
  return Array.from({ length: 28 }, (_, y) => [...pixels.subarray(28 * y, 28 * y + 28)]);
}

describe('decodePicture', () => {
  it('leaves a grey picture of 28 x 28 as it is, or negates it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 784, maxLength: 784 }), async (pixels) => {
        const bytes = png(28, 28, (x, y) => grey(pixels[28 * y + x] ?? 0));
        expect(await decode(bytes)).toEqual(pixels);
        expect(await decode(bytes, true)).toEqual(pixels.map((level) => 255 - level));
      }),
      { numRuns: 20 },
    );
  });

  it('draws drawings at the size that is asked for, however small or large they say they are', async () => {
    for (const side of [2, 1_000_000]) {
      const drawing = `\ufeff<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}" viewBox="0 0 2 2"><rect x="1" width="1" height="2" fill="white"/></svg>`;
      const [row = []] = rowsOf(await decode(Buffer.from(drawing)));
      expect(row).toEqual(Array.from({ length: 28 }, (_, x) => (x < 14 ? 0 : 255)));
    }
  });

  it("weighs colours as BT.601's luma does", async () => {
    const primaries: readonly Rgba[] = [
      [255, 0, 0, 255],
      [0, 255, 0, 255],
      [0, 0, 255, 255],
      [255, 255, 255, 255],
    ];
    const pixels = await decode(png(28, 28, (x) => primaries[x % 4] ?? grey(0)));
    expect([...pixels.subarray(0, 4)]).toEqual([76, 150, 29, 255]);
  });

  it('takes the mean of what each pixel covers', async () => {
    // Blocks of 2 x 2 with a mean of 100, then 56 columns of which every second is 200.
    const pixels = await decode(
      png(56, 56, (x, y) => grey(y < 28 ? ([40, 160, 60, 140][(x % 2) + 2 * (y % 2)] ?? 0) : 200 * (x % 2))),
    );
    expect(new Set(pixels)).toEqual(new Set([100]));
  });

  it('puts a picture that is not square in the middle of black', async () => {
    const wide = rowsOf(await decode(png(56, 28, () => grey(200))));
    expect(wide.map((row) => [...new Set(row)])).toEqual([
      ...Array.from({ length: 7 }, () => [0]),
      ...Array.from({ length: 14 }, () => [200]),
      ...Array.from({ length: 7 }, () => [0]),
    ]);
    const high = rowsOf(await decode(png(14, 28, () => grey(200))));
    const line = [
      ...Array.from({ length: 7 }, () => 0),
      ...Array.from({ length: 14 }, () => 200),
      ...Array.from({ length: 7 }, () => 0),
    ];
    expect(high).toEqual(Array.from({ length: 28 }, () => line));
    // Inverted, the margin is black all the same: it is background.
    expect(
      rowsOf(
        await decode(
          png(14, 28, () => grey(55)),
          true,
        ),
      ),
    ).toEqual(high);
  });

  it('takes what is transparent for background, inverted or not', async () => {
    const half = png(28, 28, (x) => (x < 14 ? [255, 255, 255, 0] : [40, 40, 40, 255]));
    expect((await decode(half))[0]).toBe(0);
    expect((await decode(half, true))[0]).toBe(0);
    expect((await decode(half, true))[14]).toBe(215);
    const faint = png(28, 28, () => [255, 255, 255, 51]);
    expect(new Set(await decode(faint))).toEqual(new Set([51]));
  });

  it('enlarges a small picture', async () => {
    const pixels = rowsOf(await decode(png(2, 2, (x, y) => grey(50 + 100 * x + 5 * y))));
    expect(pixels[0]).toEqual([...Array.from({ length: 14 }, () => 50), ...Array.from({ length: 14 }, () => 150)]);
    expect(pixels[27]).toEqual([...Array.from({ length: 14 }, () => 55), ...Array.from({ length: 14 }, () => 155)]);
  });

  it('reads a JPEG, and turns it as its camera says', async () => {
    const corner = canvasOf(280, 280, (x, y) => grey(x < 140 && y < 70 ? 250 : 5));
    const jpeg = corner.toBuffer('image/jpeg', { quality: 1 });
    const upright = rowsOf(await decode(jpeg)).map((row) => row.map((level) => (level > 128 ? 1 : 0)));
    expect(upright.flat().reduce<number>((sum, one) => sum + one, 0)).toBe(14 * 7);
    expect([upright[0]?.[0], upright[6]?.[13], upright[7]?.[13]]).toEqual([1, 1, 0]);
    // Orientation 6: to be turned clockwise by a quarter.
    const turned = rowsOf(await decode(withOrientation(jpeg, 6)));
    expect(turned.map((row) => row.map((level) => (level > 128 ? 1 : 0)))).toEqual(
      upright.map((_, y) => upright.map((__, x) => upright[27 - x]?.[y])),
    );
  });
});

describe('decodePicture for other sizes of image', () => {
  const colours = (x: number, y: number): Rgba => [10 * x, 10 * y, 200 - 5 * x, 255];

  it('keeps red, green and blue apart, one plane after the other', async () => {
    const shape = { channels: 3, height: 4, width: 6 };
    const { pixels } = await decodePicture(png(6, 4, colours), 'a picture', { shape, invert: false });
    const expected = [0, 1, 2].flatMap((channel) =>
      Array.from({ length: 24 }, (_, i) => colours(i % 6, Math.floor(i / 6))[channel] ?? 0),
    );
    expect([...pixels]).toEqual(expected);
    const { pixels: inverted } = await decodePicture(png(6, 4, colours), 'a picture', { shape, invert: true });
    expect([...inverted]).toEqual(expected.map((level) => 255 - level));
  });

  it('puts a picture of other proportions in the middle of black', async () => {
    const shape = { channels: 3, height: 4, width: 8 };
    const { pixels } = await decodePicture(
      png(10, 10, () => [30, 60, 90, 255]),
      'a picture',
      { shape, invert: false },
    );
    const rowOf = (level: number) => [0, 0, level, level, level, level, 0, 0];
    expect([...pixels]).toEqual([30, 60, 90].flatMap((level) => Array.from({ length: 4 }, () => rowOf(level)).flat()));
  });

  it('knows grey and three colours only', async () => {
    const shape = { channels: 4, height: 4, width: 4 };
    await expect(decodePicture(png(4, 4, colours), 'a picture', { shape, invert: false })).rejects.toThrow(
      AtelierError,
    );
  });
});

/** A JPEG with an Exif segment after its first marker: one directory with one entry, the orientation. */
function withOrientation(jpeg: Buffer, orientation: number): Buffer {
  const tiff = Buffer.from('4d4d002a00000008000101120003000000010000000000000000', 'hex');
  tiff.writeUInt16BE(orientation, 18);
  const content = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]);
  const head = Buffer.from([0xff, 0xe1, 0, content.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), head, content, jpeg.subarray(2)]);
}

describe('areaAverage', () => {
  it('is exact where pixels are cut, as the mean of a grid fine enough for both', () => {
    const size = fc.integer({ min: 1, max: 9 });
    const side = fc.integer({ min: 1, max: 7 });
    fc.assert(
      fc.property(
        size,
        size,
        fc.oneof(
          side.map((edge) => ({ width: edge, height: edge })),
          fc.record({ width: side, height: side }),
        ),
        fc.infiniteStream(fc.nat(255)),
        (width, height, target, levels) => {
          const values = Float32Array.from({ length: width * height }, () => levels.next().value ?? 0);
          // Everything in units of which a pixel of the source has 2 * target.width * target.height either way: the box's
          // edges, its margins and the target's pixels are then whole.
          const unit = 2 * target.width * target.height;
          const box = {
            width: Math.max(width * unit, (height * unit * target.width) / target.height),
            height: Math.max(height * unit, (width * unit * target.height) / target.width),
          };
          const margin = { x: (box.width - width * unit) / 2, y: (box.height - height * unit) / 2 };
          const cell = { x: box.width / target.width, y: box.height / target.height };
          expect([margin, cell].flatMap(({ x, y }) => [x, y]).every(Number.isInteger)).toBe(true);
          /** How many units of each pixel of the source lie in each of the target's, along one axis. */
          const shares = (length: number, from: number, edge: number, at: number): readonly number[] => {
            const counts = new Array<number>(length).fill(0);
            for (let place = at * edge; place < (at + 1) * edge; place += 1) {
              const pixel = Math.floor((place - from) / unit);
              if (pixel >= 0 && pixel < length) counts[pixel] = (counts[pixel] ?? 0) + 1;
            }
            return counts;
          };
          const result = areaAverage({ width, height, values }, target);
          expect(result).toHaveLength(target.width * target.height);
          for (let y = 0; y < target.height; y += 1)
            for (let x = 0; x < target.width; x += 1) {
              const columns = shares(width, margin.x, cell.x, x);
              let sum = 0;
              for (const [row, high] of shares(height, margin.y, cell.y, y).entries())
                for (const [column, wide] of columns.entries())
                  sum += high * wide * (values[row * width + column] ?? 0);
              const mean = sum / (cell.x * cell.y);
              expect(Math.abs((result[y * target.width + x] ?? -9) - mean)).toBeLessThan(0.5 + 1e-6);
            }
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('what is no picture', () => {
  const sound = png(64, 64, (x, y) => grey((x * y) % 256));
  const jpeg = canvasOf(64, 64, (x, y) => grey((x * y) % 256)).toBuffer('image/jpeg');
  const kinds = 'expected PNG, JPEG, WebP, AVIF, GIF, TIFF or SVG.';

  it.each([
    ['text', Buffer.from('hello'), `'a picture' is no picture of a kind that is read: ${kinds}`],
    ['nothing', Buffer.alloc(0), `'a picture' is empty: ${kinds}`],
    ['the start of a GIF', Buffer.from('GIF89a'), 'is a GIF that is cut short or damaged'],
    ['the start of a PNG', sound.subarray(0, 200), 'is a PNG that is cut short or damaged'],
    ['the signature of a PNG', sound.subarray(0, 8), 'is a PNG that is cut short or damaged'],
    ['the start of a JPEG', jpeg.subarray(0, jpeg.length - 100), 'is a JPEG that is cut short or damaged'],
    ['the signature of a JPEG', jpeg.subarray(0, 3), 'is a JPEG that is cut short or damaged'],
  ])('%s', async (_, bytes, message) => {
    await expect(decode(bytes)).rejects.toThrow(AtelierError);
    await expect(decode(bytes)).rejects.toThrow(message);
  });

  it.each([
    ['a HEIC', '\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'Save it as JPEG, as phones do when they share a picture'],
    ['a HEIC', '\0\0\0\x18ftypmif1\0\0\0\0mif1heic', 'heif-convert'],
    ['a web page (HTML)', '<!DOCTYPE html><html><body><svg/></body></html>', 'Fetch the picture itself'],
    ['a PDF', '%PDF-1.7\n', 'as PNG'],
    ['a BMP', 'BM\x36\x0c\0\0\0\0\0\0', 'as PNG'],
    ['a JPEG XL', '\xff\x0a\x41', 'as JPEG or PNG'],
    ['a JPEG 2000', '\0\0\0\x0cjP  \r\n', 'as PNG'],
    ['a Photoshop file (PSD)', '8BPS\0\x01', 'as PNG or TIFF'],
    ["a camera's raw file", 'II*\0\x10\0\0\0CR\x02\0', 'as JPEG'],
    ['a video', '\0\0\0\x18ftypisom\0\0\0\0mp42isom', 'one of its frames'],
    ['a ZIP archive', 'PK\x03\x04', 'Unpack it'],
  ])('%s is called so, with a way out', async (name, start, advice) => {
    const bytes = Buffer.concat([Buffer.from(start, 'latin1'), Buffer.alloc(200)]);
    await expect(decode(bytes)).rejects.toThrow(`'a picture' is ${name}, which is not read: ${kinds}`);
    await expect(decode(bytes)).rejects.toThrow(advice);
  });

  it('a drawing that is none', async () => {
    await expect(decode(Buffer.from('<svg width="9" height="9">'))).rejects.toThrow('is an SVG that is cut short');
  });

  it('more pixels than memory should be spent on', async () => {
    const bomb = Buffer.from(sound);
    bomb.writeUInt32BE(65_535, 16);
    bomb.writeUInt32BE(65_535, 20);
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    await expect(decode(bomb)).rejects.toThrow(
      'has 65535 x 65535 pixels, 4295 million; at most 120 million are read, more would take too long',
    );
  });

  it('whatever the bytes: an image, or an AtelierError', async () => {
    const damage = fc.tuple(
      fc.constantFrom(sound, jpeg),
      fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 6 }),
    );
    await fc.assert(
      fc.asyncProperty(damage, async ([picture, changes]) => {
        const bytes = Buffer.from(picture);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const result = await decode(bytes).catch((error: unknown) => error);
        expect(result instanceof AtelierError || (result instanceof Uint8Array && result.length === 784)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('names the file that is missing, a folder, or none', async () => {
    const folder = scratchFolder();
    mkdirSync(join(folder, 'inner'));
    writeFileSync(join(folder, 'foo.txt'), 'hello');
    const read = (name: string) => readPicture(join(folder, name), { shape: imageShape, invert: false });
    await expect(read('shoe.png')).rejects.toThrow(/cannot read the picture '.*shoe\.png': it does not exist/);
    await expect(read('inner')).rejects.toThrow(/inner': it is a folder/);
    await expect(read('foo.txt')).rejects.toThrow(/foo\.txt' is no picture of a kind that is read/);
  });
});
