import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIdx, readImages, readLabels } from '../../src/data/idx.ts';
import { AtelierError } from '../../src/errors.ts';
import { idxFile } from './support.ts';

const shapes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 });
const files = shapes.chain((shape) => {
  const count = shape.reduce((a, b) => a * b, 1);
  return fc
    .uint8Array({ minLength: count, maxLength: count })
    .map((data) => ({ shape, data, bytes: idxFile(shape, data) }));
});

describe('parseIdx', () => {
  it('returns what was written, from any view', () => {
    fc.assert(
      fc.property(files, fc.nat(9), ({ shape, data, bytes }, offset) => {
        const inside = new Uint8Array(bytes.length + offset + 3);
        inside.set(bytes, offset);
        expect(parseIdx(inside.subarray(offset, offset + bytes.length), 'f')).toEqual({ shape, data });
      }),
    );
  });

  it('refuses every truncation and every surplus byte', () => {
    fc.assert(
      fc.property(files, fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 9 }), ({ bytes }, cut, surplus) => {
        expect(() => parseIdx(bytes.subarray(0, cut % bytes.length), 'f')).toThrow(AtelierError);
        expect(() => parseIdx(Buffer.concat([bytes, surplus]), 'f')).toThrow(/expected \d+ bytes for shape/);
      }),
    );
  });

  it('refuses any change of the header', () => {
    fc.assert(
      fc.property(files, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ shape, bytes }, at, change) => {
        const changed = Uint8Array.from(bytes);
        const place = at % (4 + 4 * shape.length);
        changed[place] = (changed[place] ?? 0) ^ change;
        expect(() => parseIdx(changed, 'f')).toThrow(AtelierError);
      }),
    );
  });

  it('never fails otherwise, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          parseIdx(bytes, 'f');
        } catch (error) {
          expect(error).toBeInstanceOf(AtelierError);
        }
      }),
    );
  });

  it.each([
    [[0, 0, 8], 'expected a header of at least 4 bytes, found 3 in all'],
    [[0x1f, 0x8b, 8, 1], 'expected two zero bytes first, found 0x1f8b'],
    [[0, 0, 0x0d, 1], 'expected element type 0x08 (unsigned byte), found 0x0d'],
    [[0, 0, 8, 0], 'expected at least one dimension, found none'],
    [[0, 0, 8, 2, 0, 0, 0, 1], 'expected a header of 12 bytes for rank 2, found 8 in all'],
    [[0, 0, 8, 1, 0, 0, 0, 0], 'dimension 0 of [0] is 0'],
    [[0, 0, 8, 1, 255, 255, 255, 255], 'expected 4294967303 bytes for shape [4294967295], found 8'],
  ])('says what is wrong with %j', (bytes, problem) => {
    expect(() => parseIdx(Uint8Array.from(bytes), 'train-labels')).toThrow(
      `train-labels is not an IDX file of bytes: ${problem}`,
    );
  });
});

describe('readImages, readLabels', () => {
  it('check shape and range', () => {
    const images = idxFile([2, 28, 28], new Uint8Array(1568).fill(7));
    expect(readImages(images, 'f', [2, 28, 28])).toEqual(new Uint8Array(1568).fill(7));
    expect(() => readImages(images, 'f', [3, 28, 28])).toThrow('f: expected shape [3, 28, 28], found [2, 28, 28]');
    const labels = idxFile([3], Uint8Array.of(0, 9, 10));
    expect(() => readLabels(labels, 'f', [3], 10)).toThrow('f: label 2 is 10, expected 0 to 9');
    expect(readLabels(labels, 'f', [3], 11)).toEqual(Uint8Array.of(0, 9, 10));
    expect(() => readLabels(images, 'f', [2], 10)).toThrow('expected shape [2], found [2, 28, 28]');
  });
});
