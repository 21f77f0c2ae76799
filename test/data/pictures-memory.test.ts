import { setTimeout as wait } from 'node:timers/promises';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePicture } from '../../src/data/pictures.ts';
import { Budget } from '../../src/data/pictures-budget.ts';
import type { ReadableKind } from '../../src/data/pictures-kind.ts';
import { affordable, type Header, memoryLimit, memoryOf } from '../../src/data/pictures-memory.ts';
import { barePng } from '../../src/data/pictures-png.ts';

const colour = { channels: 3, height: 28, width: 28 };

function header(width: number, height: number, more: Partial<Header> = {}): Header {
  const turned = { width, height };
  return {
    width,
    height,
    autoOrient: turned,
    channels: 3,
    depth: 'uchar',
    hasAlpha: false,
    isProgressive: false,
    ...more,
  };
}

const deep = { channels: 4, depth: 'ushort', hasAlpha: true } as const;
const megabytes = (kind: ReadableKind, one: Header) => memoryOf(kind, one, 0, colour) / 2 ** 20;

describe('the memory that a picture takes', () => {
  // What a fresh process was seen to take beyond its own, in MB, as docs/pictures.md tells.
  it.each<[string, ReadableKind, Header, number]>([
    ['PNG', 'PNG', header(6000, 6000), 117],
    ['PNG of 16 bits', 'PNG', header(6000, 6000, deep), 157],
    ['PNG of 16 bits, interlaced', 'PNG', header(6000, 6000, { ...deep, isProgressive: true }), 405],
    ['PNG of long lines', 'PNG', header(200_000, 300, { channels: 4, hasAlpha: true }), 1037],
    ['PNG of longer lines', 'PNG', header(1_000_000, 100, deep), 4017],
    ['JPEG, progressive, of 4:4:4', 'JPEG', header(6000, 6000, { isProgressive: true }), 297],
    ['JPEG, progressive, of four colours', 'JPEG', header(6000, 6000, { channels: 4, isProgressive: true }), 386],
    ['WebP without loss', 'WebP', header(8000, 8000, { channels: 4, hasAlpha: true }), 261],
    ['GIF', 'GIF', header(6000, 6000, { channels: 4, hasAlpha: true, pages: 1 }), 270],
    ['TIFF of a strip for each channel', 'TIFF', header(7000, 7000, deep), 550],
    ['TIFF of large tiles of float', 'TIFF', header(7000, 7000, { ...deep, depth: 'float' }), 754],
    ['AVIF of 4:4:4', 'AVIF', header(4000, 4000), 291],
    ['AVIF of 12 bits', 'AVIF', header(4000, 4000, deep), 399],
  ])('%s: not less than was measured, and not twice as much', (_, kind, one, measured) => {
    expect(megabytes(kind, one)).toBeGreaterThan(measured);
    expect(megabytes(kind, one)).toBeLessThan(2.1 * measured + 100);
  });

  it.each<[string, ReadableKind, Header]>([
    ['a photograph of 100 million pixels', 'JPEG', header(11_648, 8736)],
    ['the same, progressive', 'JPEG', header(11_648, 8736, { isProgressive: true })],
    ['a PNG of 100 million pixels with opacity', 'PNG', header(10_000, 10_000, { channels: 4, hasAlpha: true })],
    ['a scan', 'TIFF', header(11_000, 9000)],
    ["a telephone's AVIF", 'AVIF', header(8064, 6048)],
  ])('%s is read', (_, kind, one) => {
    expect(affordable('a picture', kind, one, 20e6, colour)).toBeLessThan(memoryLimit);
  });

  it('of the file and of its frames counts, too', () => {
    const [small, large] = [0, 100e6].map((size) => memoryOf('GIF', header(10, 10, { pages: 9 }), size, colour));
    expect((large ?? 0) - (small ?? 0)).toBe(900e6);
  });
});

async function decode(bytes: Buffer) {
  return decodePicture(bytes, 'x', { shape: colour, invert: false });
}

function chunk(type: string, data: Buffer): Buffer {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length);
  bytes.write(type, 4, 'latin1');
  data.copy(bytes, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), bytes.length - 4);
  return bytes;
}

/** A small picture in the form that takes the most. */
function sixteenBits(interlaced: boolean): Promise<Buffer> {
  return sharp({ create: { width: 16, height: 16, channels: 4, background: '#12345678' } })
    .toColourspace('rgb16')
    .png({ progressive: interlaced })
    .toBuffer();
}

const headEnd = 8 + 25;

/** A PNG with chunks behind its head. */
function withChunks(png: Buffer, ...chunks: Buffer[]): Buffer {
  return Buffer.concat([png.subarray(0, headEnd), ...chunks, png.subarray(headEnd)]);
}

/** A PNG that says that it is larger than it is. */
function claiming(png: Buffer, width: number, height: number): Buffer {
  const head = Buffer.from(png.subarray(16, headEnd - 4));
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  return Buffer.concat([png.subarray(0, 8), chunk('IHDR', head), png.subarray(headEnd)]);
}

describe('a picture that would take too much', () => {
  it('is refused before it is decoded, with what it would take, what is allowed and the way out', async () => {
    await expect(decode(claiming(await sixteenBits(true), 12_000, 9000))).rejects.toThrow(
      /^'x' has 12000 x 9000 pixels and would take up to 1,\d{3} MB of memory as an interlaced PNG with 8 bytes a pixel; at most 768 MB are allowed\. Make it smaller first, or save it without interlacing\.$/,
    );
    await expect(decode(claiming(await sixteenBits(false), 1_000_000, 100))).rejects.toThrow(
      /would take up to \d,\d{3} MB of memory/,
    );
    const jpeg = await sharp({ create: { width: 16, height: 16, channels: 3, background: '#123' } })
      .toColourspace('cmyk')
      .jpeg({ progressive: true })
      .toBuffer();
    // Start of frame, progressive: length and precision before the height (ITU-T T.81, B.2.2).
    const frame = jpeg.indexOf(Buffer.from([0xff, 0xc2]));
    jpeg.writeUInt16BE(10_000, frame + 5);
    jpeg.writeUInt16BE(11_000, frame + 7);
    await expect(decode(jpeg)).rejects.toThrow(
      /as a progressive JPEG with 4 bytes a pixel; .* or save it as a baseline JPEG\.$/,
    );
  });
});

describe('a PNG', () => {
  it('is read without its packed texts and profiles, to the same pixels', async () => {
    const png = await sixteenBits(false);
    const packed = deflateSync(Buffer.alloc(4_000_000), { level: 9 });
    const text = chunk('zTXt', Buffer.concat([Buffer.from('Comment\0\0', 'latin1'), packed]));
    const profile = chunk('iCCP', Buffer.concat([Buffer.from('profile\0\0', 'latin1'), packed]));
    const bomb = withChunks(png, text, profile, ...Array.from({ length: 50 }, () => text));
    const last = png.indexOf('IDAT', 'latin1') - 4;
    expect(barePng(bomb).length).toBeLessThan(png.length);
    expect(barePng(bomb).subarray(headEnd)).toEqual(png.subarray(last));
    expect((await decode(bomb)).pixels).toEqual((await decode(png)).pixels);
  });

  it('with a wrong checksum anywhere is damaged', async () => {
    const text = chunk('tEXt', Buffer.from('Comment\0hello'));
    const png = withChunks(await sixteenBits(false), text);
    await expect(decode(png)).resolves.toBeDefined();
    for (const at of [20, headEnd + 20, png.length - 30, png.length - 1]) {
      const flipped = Buffer.from(png);
      flipped[at] = (flipped[at] ?? 0) ^ 4;
      await expect(decode(flipped)).rejects.toThrow(
        /a PNG that is cut short or damaged \(the checksum of the chunk at/,
      );
    }
    await expect(decode(png.subarray(0, -12))).rejects.toThrow('(it ends before its last chunk)');
  });
});

describe('a budget', () => {
  it('is never overspent, and serves in the order of asking', async () => {
    const budget = new Budget(10);
    let [spent, most] = [0, 0];
    const order: number[] = [];
    const work = [4, 5, 6, 1, 20, 3].map((amount, at) =>
      budget.spend(amount, async () => {
        order.push(at);
        spent += Math.min(amount, 10);
        most = Math.max(most, spent);
        await wait(5);
        spent -= Math.min(amount, 10);
        if (at === 2) throw new Error('failed');
      }),
    );
    const outcomes = await Promise.allSettled(work);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect([most, order]).toEqual([10, [0, 1, 2, 3, 4, 5]]);
  });
});
