import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';

const compress = promisify(deflate);

/** A picture of one byte per pixel, row-major: an index into a palette. */
export interface IndexedPicture {
  readonly width: number;
  readonly height: number;
  /** uint8 [height * width] */
  readonly indices: Buffer;
}

/**
 * A PNG of an indexed picture (ISO/IEC 15948, colour type 3). It is compressed in Node's thread pool, beside whatever
 * the main thread computes meanwhile; the picture may be drawn over again as soon as this has returned its promise.
 *
 * @param palette red, green and blue of each index: uint8 [colours * 3], at most 256 colours
 */
export async function encodeIndexedPng(picture: IndexedPicture, palette: Uint8Array): Promise<Buffer> {
  const { width, height } = picture;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8); // depth 8, indexed, deflate, adaptive filters, not interlaced
  // On these pictures level 3 is as fast as level 1 and leaves a twentieth less; level 6 gains as much again for twice the time.
  const data = await compress(filterRows(picture), { level: 3 });
  return Buffer.concat([signature, chunk('IHDR', header), chunk('PLTE', palette), chunk('IDAT', data), chunk('IEND')]);
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
function filterRows({ width, height, indices }: IndexedPicture): Buffer {
  const filtered = Buffer.alloc((width + 1) * height);
  for (let row = 0; row < height; row += 1) {
    const start = row * width;
    const out = row * (width + 1);
    if (row > 0 && indices.compare(indices, start, start + width, start - width, start) === 0) filtered[out] = 2;
    else indices.copy(filtered, out + 1, start, start + width);
  }
  return filtered;
}
