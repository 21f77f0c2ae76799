/** Changes that know how a binary file is made. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { byteMutators, type Mutator } from './bytes.ts';
import { jsonMutators } from './texts.ts';

const lengthBytes = 8;

function framed(header: Buffer, data: Buffer, length = header.length): Buffer {
  const start = Buffer.alloc(lengthBytes);
  start.writeBigUInt64LE(BigInt(length));
  return Buffer.concat([start, header, data]);
}

function partsOf(file: Buffer): { readonly header: Buffer; readonly data: Buffer } {
  const end = lengthBytes + Number(file.readBigUInt64LE());
  return { header: file.subarray(lengthBytes, end), data: file.subarray(end) };
}

/** The header as JSON is changed, its length follows. */
const changeHeader: Mutator = (file, dice, other) => {
  const { header, data } = partsOf(file);
  return framed(dice.pick(jsonMutators)(Buffer.from(header.toString('utf8').trim()), dice, other), data);
};

/** The places of the tensors are moved: overlaps, gaps, beyond the end. */
const changeOffsets: Mutator = (file, dice) => {
  const { header, data } = partsOf(file);
  const text = header.toString('utf8');
  const all = [...text.matchAll(/"data_offsets":\[(\d+),(\d+)\]/g)];
  const one = dice.pick(all);
  const [, begin = '0', end = '0'] = one;
  const [from, to] = dice.pick<readonly [number, number]>([
    [Number(begin) + 4, Number(end) + 4],
    [Number(begin), Number(end) + 4],
    [Number(end), Number(begin)],
    [0, data.length],
    [-4, Number(end)],
    [2 ** 53, 2 ** 53],
    [Number(begin), 2 ** 31],
  ]);
  const changed = `${text.slice(0, one.index)}"data_offsets":[${from},${to}]${text.slice(one.index + one[0].length)}`;
  return framed(Buffer.from(changed), data);
};

const changeLength: Mutator = (file, dice) => {
  const { header, data } = partsOf(file);
  return framed(header, data, dice.pick([0, 1, header.length - 1, header.length + 8, 100_000_001, 2 ** 40, 2 ** 52]));
};

const changeData: Mutator = (file, dice, other) => {
  const { header, data } = partsOf(file);
  return framed(header, dice.pick(byteMutators)(data, dice, other));
};

export const safetensorsMutators: readonly Mutator[] = [
  changeHeader,
  changeHeader,
  changeOffsets,
  changeLength,
  changeData,
];

const changeIdxHeader: Mutator = (file, dice) => {
  const copy = Buffer.from(file);
  const at = dice.below(4);
  if (at < 3)
    copy.writeUInt32BE(
      dice.pick([0, 1, 2, 27, 29, 2 ** 16, 2 ** 31, 2 ** 32 - 1]),
      4 * (1 + dice.below(Math.max(1, copy[3] ?? 1))),
    );
  else copy[dice.below(4)] = dice.below(256);
  return copy;
};

export const idxMutators: readonly Mutator[] = [changeIdxHeader];

/** What is packed is changed; or the packing's own sizes and sums are; or far more is packed than fits. */
const changePacked: Mutator = (file, dice, other) => {
  const choice = dice.below(20);
  if (choice === 0) return gzipSync(Buffer.alloc(dice.pick([10_000, 1_000_000, 20_000_000])));
  if (choice < 8) return gzipSync(dice.pick([...idxMutators, ...byteMutators])(gunzipSync(file), dice, other));
  if (choice < 10) return Buffer.concat([file, file]);
  const copy = Buffer.from(file);
  copy.writeUInt32LE(dice.below(2 ** 32), copy.length - dice.pick([4, 8]));
  return copy;
};

export const gzipMutators: readonly Mutator[] = [changePacked];

/** A number in protobuf's varint form, or a length, becomes another. */
const changeVarint: Mutator = (file, dice) => {
  const at = dice.below(file.length);
  const value = dice.pick([
    [0],
    [1],
    [0x7f],
    [0x80, 0x01],
    [0xff, 0xff, 0xff, 0xff, 0x0f],
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
    Array.from({ length: 12 }, () => 0x80),
    [0x80, 0x80, 0x80, 0x80, 0x08],
  ]);
  return Buffer.concat([file.subarray(0, at), Buffer.from(value), file.subarray(at + 1)]);
};

/** Groups, which nobody writes any more, in groups in groups. */
const nestGroups: Mutator = (file, dice) => {
  const at = dice.below(file.length + 1);
  return Buffer.concat([
    file.subarray(0, at),
    Buffer.alloc(dice.pick([1, 100, 20_000]), dice.pick([0x3b, 0x0b, 0x1b])),
    file.subarray(at),
  ]);
};

export const protobufMutators: readonly Mutator[] = [changeVarint, changeVarint, nestGroups];
