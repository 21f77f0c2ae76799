import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';

const compress = promisify(deflate);

/** Samples of 8 bits, each pixel's one after the other. */
export interface Samples {
  readonly width: number;
  readonly height: number;
  readonly kind: keyof typeof colourTypes;
  /** uint8 [height * width * samples of the kind] */
  readonly pixels: Uint8Array;
}

export interface PngOptions {
  /** Red, green and blue of each index: uint8 [colours * 3], at most 256 colours. */
  readonly palette?: Uint8Array;
  /** Dots an inch. */
  readonly resolution?: number;
  /** Of zlib: 1 is fast, 9 is small. */
  readonly level: number;
}

/** The colour types of the standard, and the samples of a pixel. */
const colourTypes = {
  grey: { type: 0, samples: 1 },
  trueColour: { type: 2, samples: 3 },
  indexed: { type: 3, samples: 1 },
} as const;

/**
 * A PNG (ISO/IEC 15948). It is compressed in Node's thread pool, beside whatever the main thread computes meanwhile; the pixels
 * may be changed as soon as this has returned its promise.
 */
export async function encodePng(
  { width, height, kind, pixels }: Samples,
  { palette, resolution, level }: PngOptions,
): Promise<Buffer> {
  const { type, samples } = colourTypes[kind];
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, type, 0, 0, 0], 8); // depth 8, deflate, adaptive filters, not interlaced
  const data = await compress(filterRows(pixels, samples * width, height), { level });
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    ...(resolution === undefined ? [] : [chunk('pHYs', metres(resolution))]),
    ...(palette === undefined ? [] : [chunk('PLTE', palette)]),
    chunk('IDAT', data),
    chunk('IEND'),
  ]);
}

/** Pixels a metre, both ways. */
function metres(resolution: number): Buffer {
  const bytes = Buffer.alloc(9);
  const metre = Math.round(resolution / 0.0254);
  bytes.writeUInt32BE(metre, 0);
  bytes.writeUInt32BE(metre, 4);
  bytes[8] = 1;
  return bytes;
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function chunk(type: string, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const name = Buffer.from(type, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(data, crc32(name)));
  return Buffer.concat([length, name, data, check]);
}

/**
 * Each row behind its filter's number. Enlarged pixels make most rows equal to the one above: as the difference `Up` (2)
 * they are nothing but zeros, which compress best and fastest. The others stay as they are (0).
 */
function filterRows(pixels: Uint8Array, rowLength: number, height: number): Buffer {
  const filtered = Buffer.alloc((rowLength + 1) * height);
  for (let row = 0; row < height; row += 1) {
    const start = row * rowLength;
    const out = row * (rowLength + 1);
    const samples = pixels.subarray(start, start + rowLength);
    if (row > 0 && Buffer.compare(samples, pixels.subarray(start - rowLength, start)) === 0) filtered[out] = 2;
    else filtered.set(samples, out + 1);
  }
  return filtered;
}

/** Where something stands in a file: bytes. */
export interface PalettePlace {
  readonly start: number;
  readonly end: number;
}

/** Where a PNG's palette is, with its length, name and check sum; undefined where it has none. */
export function paletteOf(png: Buffer): PalettePlace | undefined {
  let start = signature.length;
  while (start + 12 <= png.length) {
    const end = start + 12 + png.readUInt32BE(start);
    if (png.toString('latin1', start + 4, start + 8) === 'PLTE') return { start, end };
    start = end;
  }
  return undefined;
}
