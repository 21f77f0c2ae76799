import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32c, maskedCrc32c } from '../../src/tracking/crc32c.ts';
import { frameRecord, wholeRecords } from '../../src/tracking/records.ts';

describe('crc32c', () => {
  // RFC 3720, appendix B.4, and the check value of the polynomial's catalogue entry.
  it.each([
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['ascending', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['descending', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    ["'123456789'", Buffer.from('123456789'), 0xe3069283],
    ['nothing', new Uint8Array(), 0],
  ])('%s', (_, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected);
  });

  it('is masked by a rotation and a constant', () => {
    // 0xe3069283 turned right by 15 bits is 0x2507c60d.
    expect(maskedCrc32c(Buffer.from('123456789'))).toBe((0x2507c60d + 0xa282ead8) >>> 0);
  });
});

describe('records', () => {
  const record = fc.uint8Array({ maxLength: 60 });

  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 6 }), (records) => {
        const file = Buffer.concat(records.map(frameRecord));
        expect([...wholeRecords(file)].map((data) => [...data])).toEqual(records.map((data) => [...data]));
      }),
    );
  });

  it('end before one that is cut short or damaged', () => {
    const records = ['first', 'second', 'third'].map((text) => Buffer.from(text));
    const file = Buffer.concat(records.map(frameRecord));
    const starts = [0, 21, 43];
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const intact = starts.filter((start) => start <= at).length - 1;
        expect([...wholeRecords(file.subarray(0, at))]).toHaveLength(intact);
        const damaged = Buffer.from(file);
        damaged[at] = (damaged[at] ?? 0) ^ change;
        expect([...wholeRecords(damaged)].map(String)).toEqual(['first', 'second'].slice(0, intact));
      }),
    );
  });

  it('may be any bytes at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect([...wholeRecords(Buffer.from(bytes))]).toEqual([]);
      }),
    );
  });
});
