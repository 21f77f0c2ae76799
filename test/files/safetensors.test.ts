import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DataType, elementCount, float32, int64, type Tensor, zeros } from '../../graphs/ir/types.ts';
import { AtelierError } from '../../src/errors.ts';
import {
  decodeSafetensors,
  encodeSafetensors,
  readSafetensors,
  writeSafetensors,
} from '../../src/files/safetensors.ts';
import { scratchFolder } from './scratch.ts';

const dataTypes: readonly DataType[] = ['float32', 'float64', 'float16', 'int64', 'int32', 'int8', 'uint8', 'bool'];

/** Any bits at all, NaN payloads included, so that copying through numbers would be noticed. */
const anyTensor: fc.Arbitrary<Tensor> = fc
  .tuple(fc.constantFrom(...dataTypes), fc.array(fc.nat(3), { maxLength: 3 }))
  .chain(([dtype, shape]) => {
    const { byteLength } = zeros(dtype, shape).data;
    return fc.uint8Array({ minLength: byteLength, maxLength: byteLength }).map((bytes) => {
      const tensor = zeros(dtype, shape);
      new Uint8Array(tensor.data.buffer).set(bytes);
      return tensor;
    });
  });
const anyName = fc.string({ unit: 'binary' }).filter((name) => name !== '__metadata__');
const anyTensors = fc.array(fc.tuple(anyName, anyTensor), { maxLength: 5 }).map((pairs) => new Map(pairs));
const anyMetadata = fc.array(fc.tuple(anyName, fc.string({ unit: 'binary' })), { maxLength: 3 }).map((x) => new Map(x));

function rawBytes({ data }: Tensor): readonly number[] {
  return [...new Uint8Array(data.buffer, data.byteOffset, data.byteLength)];
}

/** A file with this header and as many zero bytes of data. */
function fileOf(header: unknown, dataLength: number): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(dataLength)]);
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Decodes; an AtelierError is an answer, anything else thrown is a failure. */
function decodes(bytes: Uint8Array): boolean {
  try {
    decodeSafetensors(bytes, 'f');
    return true;
  } catch (error) {
    if (error instanceof AtelierError) return false;
    throw error;
  }
}

const sample = encodeSafetensors(
  new Map<string, Tensor>([
    ['fc.weight', float32([1, 2, 3, 4, 5, 6], [2, 3])],
    ['step', int64([7], [])],
    ['mask', { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) }],
  ]),
  new Map([['epoch', '3']]),
);

describe('encodeSafetensors', () => {
  it('lays out the bytes as the reference implementation does', () => {
    const header =
      `{"__metadata__":{"epoch":"3","header_sha256":"${'0'.repeat(64)}","sha256":"${sha256(sample.subarray(-35))}"},` +
      '"step":{"dtype":"I64","shape":[],"data_offsets":[0,8]},' +
      '"fc.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[8,32]},"mask":{"dtype":"BOOL","shape":[3],"data_offsets":[32,35]}}';
    const length = Number(Buffer.from(sample).readBigUInt64LE(0));
    expect(length % 8).toBe(0);
    const found = Buffer.from(sample.subarray(8, 8 + length)).toString();
    const [, digits = ''] = /"header_sha256":"([0-9a-f]+)"/.exec(found) ?? [];
    expect(found.replace(digits, '0'.repeat(64))).toBe(header.padEnd(length));
    expect(digits).toBe(sha256(Buffer.from(header.padEnd(length))));
    expect(sample.length).toBe(8 + length + 35);
    expect(Buffer.from(sample).readFloatLE(8 + length + 8 + 20)).toBe(6);
  });

  it('gives the same bytes whatever the order of the maps, and leaves number-like names alone', () => {
    const tensors: readonly (readonly [string, Tensor])[] = [
      ['b', float32([1])],
      ['10', float32([2])],
      ['2', float32([3])],
      ['a', int64([4])],
    ];
    const once = encodeSafetensors(
      new Map(tensors),
      new Map([
        ['y', '1'],
        ['x', '2'],
      ]),
    );
    const again = encodeSafetensors(
      new Map(tensors.toReversed()),
      new Map([
        ['x', '2'],
        ['y', '1'],
      ]),
    );
    expect(again).toEqual(once);
    expect([...decodeSafetensors(once, 'f').tensors.keys()]).toEqual(['a', '10', '2', 'b']);
  });

  it('refuses what no reader would accept', () => {
    expect(() => encodeSafetensors(new Map([['__metadata__', float32([1])]]))).toThrow(/reserved/);
    expect(() => encodeSafetensors(new Map([['\ud800', float32([1])]]))).toThrow(/not well-formed/);
    expect(() => encodeSafetensors(new Map([['w', float32([1, 2], [3])]]))).toThrow(
      /'w': float32\[3\] needs 3.*hold 2/,
    );
  });
});

describe('decodeSafetensors', () => {
  it('round-trips any tensors and metadata, bit for bit', () => {
    fc.assert(
      fc.property(anyTensors, anyMetadata, fc.nat(7), (tensors, metadata, misalignment) => {
        const encoded = encodeSafetensors(tensors, metadata);
        // Bytes as they come from a larger buffer: at any alignment.
        const bytes = new Uint8Array(encoded.length + misalignment).subarray(misalignment);
        bytes.set(encoded);
        const decoded = decodeSafetensors(bytes, 'f');
        expect(new Map(decoded.metadata)).toEqual(metadata);
        expect(decoded.tensors.size).toBe(tensors.size);
        for (const [name, tensor] of tensors) {
          const back = decoded.tensors.get(name);
          expect(back).toMatchObject({ dtype: tensor.dtype, shape: tensor.shape });
          expect(back && rawBytes(back)).toEqual(rawBytes(tensor));
          expect(back?.data).toHaveLength(elementCount(tensor.shape));
        }
        expect(encodeSafetensors(decoded.tensors, decoded.metadata)).toEqual(encoded);
      }),
    );
  });

  it('refuses every truncation and every addition', () => {
    for (let length = 0; length < sample.length; length += 1) expect(decodes(sample.subarray(0, length))).toBe(false);
    expect(decodes(Buffer.concat([sample, Buffer.alloc(1)]))).toBe(false);
  });

  it('refuses whatever single bit is flipped', () => {
    for (let bit = 0; bit < 8 * sample.length; bit += 1) {
      const bytes = Uint8Array.from(sample);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decodes(bytes)).toBe(false);
    }
  });

  it('says which part is damaged, what was expected and found; a file without hashes is read', () => {
    const bytes = Uint8Array.from(sample);
    bytes[bytes.length - 1] = 0;
    const [expected, found] = [sha256(sample.subarray(-35)), sha256(bytes.subarray(-35))].map((x) => x.slice(0, 16));
    expect(() => decodeSafetensors(bytes, 'f')).toThrow(
      `f: the data: expected the SHA-256 "${expected}…" that the file itself states, found "${found}…". The file is damaged`,
    );
    expect(decodeSafetensors(sample, 'f').checked).toBe(true);
    const bare = fileOf({ w: { dtype: 'U8', shape: [2], data_offsets: [0, 2] } }, 2);
    expect(decodeSafetensors(bare, 'f')).toMatchObject({ checked: false, metadata: new Map() });
  });

  it('answers damaged and arbitrary bytes with nothing but an AtelierError', () => {
    const flips = fc.array(fc.tuple(fc.nat(sample.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(flips, (changes) => {
        const bytes = Uint8Array.from(sample);
        for (const [at, bits] of changes) bytes[at] = (bytes[at] ?? 0) ^ bits;
        decodes(bytes);
      }),
      { numRuns: 2000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void decodes(bytes)));
    fc.assert(fc.property(fc.json(), fc.nat(16), (json, length) => void decodes(fileOf(json, length))));
  });

  it.each<[string, unknown, number, RegExp]>([
    ['no dtype', { w: { shape: [1], data_offsets: [0, 1] } }, 1, /'w': expected a dtype of .*BF16, found nothing/],
    [
      'a type that is not read',
      { w: { dtype: 'F8_E4M3', shape: [1], data_offsets: [0, 1] } },
      1,
      /'w' is of the type "F8_E4M3", which is not read: expected one of .*F32, .*BF16\. Save it as float32 \(F32\)\.$/,
    ],
    [
      'half a BF16',
      { w: { dtype: 'BF16', shape: [1], data_offsets: [0, 1] } },
      1,
      /2 bytes for bfloat16\[1\].*1 bytes/,
    ],
    ['negative size', { w: { dtype: 'F32', shape: [-1], data_offsets: [0, 4] } }, 4, /'w': expected a shape.*\[-1\]/],
    [
      'shape of bytes',
      { w: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } },
      4,
      /8 bytes for float32\[2\].*4 bytes/,
    ],
    ['overflowing shape', { w: { dtype: 'F64', shape: [2 ** 52, 2 ** 52], data_offsets: [0, 0] } }, 0, /bytes for/],
    ['no offsets', { w: { dtype: 'F32', shape: [1] } }, 4, /'w': expected data_offsets.*nothing/],
    [
      'out of bounds',
      { w: { dtype: 'U8', shape: [4], data_offsets: [1, 5] } },
      4,
      /within the 4 bytes of data.*\[1,5\]/,
    ],
    ['reversed', { w: { dtype: 'U8', shape: [0], data_offsets: [2, 1] } }, 4, /'w': expected data_offsets/],
    ['hole', { w: { dtype: 'U8', shape: [1], data_offsets: [1, 2] } }, 2, /'w': expected to begin at byte 0.*a hole/],
    [
      'overlap',
      {
        a: { dtype: 'U8', shape: [2], data_offsets: [0, 2] },
        b: { dtype: 'U8', shape: [2], data_offsets: [1, 3] },
      },
      3,
      /'b': expected to begin at byte 2.*overlaps/,
    ],
    [
      'data left over',
      { w: { dtype: 'U8', shape: [1], data_offsets: [0, 1] } },
      2,
      /expected 1 bytes of data, found 2/,
    ],
    ['metadata', { __metadata__: { epoch: 3 } }, 0, /__metadata__: 'epoch': expected a string, found 3/],
    ['entry', { w: [] }, 0, /tensor 'w': expected a JSON object/],
    ['header', '[]', 0, /file\.safetensors: the header: expected a JSON object/],
    ['JSON', '{', 0, /the header: expected JSON/],
  ])('names the file, the tensor and the fault: %s', (_, header, dataLength, message) => {
    const decode = (): unknown => decodeSafetensors(fileOf(header, dataLength), 'file.safetensors');
    expect(decode).toThrow(AtelierError);
    expect(decode).toThrow(message);
    expect(decode).toThrow(/file\.safetensors/);
  });

  it('reads BF16 as float32 at any alignment, and tells which tensors those were', () => {
    const header = {
      w: { dtype: 'BF16', shape: [3], data_offsets: [0, 6] },
      x: { dtype: 'U8', shape: [1], data_offsets: [6, 7] },
    };
    const bytes = fileOf(header, 7);
    // 1, -2.5, the smallest number above 0.
    bytes.set([0x80, 0x3f, 0x20, 0xc0, 0x01, 0x00, 9], bytes.length - 7);
    const { tensors, widened } = decodeSafetensors(bytes, 'f');
    expect(tensors.get('w')).toEqual(float32([1, -2.5, 2 ** -133]));
    expect([...widened]).toEqual(['w']);
  });

  it('does not believe a huge header length', () => {
    const bytes = Uint8Array.from(sample);
    new DataView(bytes.buffer).setBigUint64(0, 2n ** 63n, true);
    expect(() => decodeSafetensors(bytes, 'f')).toThrow(/a header length of 9223372036854775808/);
  });
});

it('writes and reads a file, naming it in errors', async () => {
  const path = join(scratchFolder(), 'last.safetensors');
  await expect(readSafetensors(path)).rejects.toThrow(/cannot read '.*last\.safetensors'/);
  await writeSafetensors(path, decodeSafetensors(sample, 'f'), 'the checkpoint');
  expect(Uint8Array.from(readFileSync(path))).toEqual(sample);
  writeFileSync(path, sample.subarray(0, 50));
  await expect(readSafetensors(path)).rejects.toThrow(/last\.safetensors: expected a header/);
});
