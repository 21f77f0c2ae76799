/** Changes that know how a file of each kind is made. */
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { byteMutators, type Mutator } from '../mutations/bytes.ts';
import type { Dice } from '../mutations/dice.ts';

const numbers = [
  0,
  1,
  2,
  3,
  7,
  8,
  16,
  255,
  256,
  4096,
  8192,
  10_000,
  30_000,
  65_535,
  65_536,
  2 ** 24,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
];

/** A number of one, two or four bytes, either way round, becomes one that programs stumble over. */
const changeNumber: Mutator = (file, dice) => {
  const copy = Buffer.from(file);
  const size = dice.pick([1, 2, 4]);
  // Heads are small, and decide the most.
  const at = dice.below(Math.max(1, Math.min(copy.length - size, dice.chance(0.7) ? 120 : copy.length)));
  if (at + size > copy.length) return copy;
  const value = dice.pick(numbers) % 2 ** (8 * size);
  if (dice.chance(0.5)) copy.writeUIntBE(value, at, size);
  else copy.writeUIntLE(value, at, size);
  return copy;
};

/** Parts are left out, repeated, put elsewhere, taken from another file, or changed. */
function rearranged<Part>(
  parts: readonly Part[],
  others: readonly Part[],
  dice: Dice,
  change: (part: Part) => Part,
): Part[] {
  const copy = [...parts];
  for (let times = 1 + dice.below(3); times > 0 && copy.length > 0; times -= 1) {
    const [at, to] = [dice.below(copy.length), dice.below(copy.length + 1)];
    const part = copy[at];
    if (part === undefined) break;
    const choice = dice.below(8);
    if (choice === 0) copy.splice(at, 1);
    else if (choice === 1) copy.splice(to, 0, ...Array.from({ length: dice.chance(0.1) ? 500 : 1 }, () => part));
    else if (choice === 2) copy.splice(to, 0, ...copy.splice(at, 1));
    else if (choice === 3 && others.length > 0) copy.splice(to, 0, dice.pick(others));
    else copy[at] = change(part);
  }
  return copy;
}

/** A chunk or segment: what kind it is, and what it holds. */
interface Part {
  readonly type: string;
  readonly data: Buffer;
}

function changedData({ type, data }: Part, dice: Dice): Part {
  return { type, data: dice.pick([changeNumber, ...byteMutators])(data, dice, data) };
}

const pngSignature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

function pngParts(file: Buffer): readonly Part[] {
  const parts: Part[] = [];
  for (let at = 8; at + 12 <= file.length; ) {
    const size = file.readUInt32BE(at);
    parts.push({ type: file.toString('latin1', at + 4, at + 8), data: file.subarray(at + 8, at + 8 + size) });
    at += 12 + size;
  }
  return parts;
}

/** With the right lengths and checksums. */
function pngOf(parts: readonly Part[]): Buffer {
  const chunks = parts.map(({ type, data }) => {
    const bytes = Buffer.alloc(12 + data.length);
    bytes.writeUInt32BE(data.length);
    bytes.write(type, 4, 'latin1');
    data.copy(bytes, 8);
    bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), bytes.length - 4);
    return bytes;
  });
  return Buffer.concat([pngSignature, ...chunks]);
}

function isPng(file: Buffer): boolean {
  return file.subarray(0, 8).equals(pngSignature);
}

const rearrangePng: Mutator = (file, dice, other) =>
  pngOf(rearranged(pngParts(file), isPng(other) ? pngParts(other) : [], dice, (part) => changedData(part, dice)));

/** The head says another size, depth, type of colour or interlacing. */
const changePngHead: Mutator = (file, dice) =>
  pngOf(
    pngParts(file).map(({ type, data }) => {
      if (type !== 'IHDR' || data.length < 13) return { type, data };
      const head = Buffer.from(data);
      const at = dice.pick([0, 0, 4, 4, 8, 9, 12]);
      if (at < 8) head.writeUInt32BE(dice.pick([...numbers, 43, 45, 29, 31]), at);
      else head[at] = dice.pick([0, 1, 2, 3, 4, 6, 8, 16]);
      if (dice.chance(0.3)) head.writeUInt32BE(dice.pick([10_000, 30_000, 100_000]), dice.pick([0, 4]));
      return { type, data: head };
    }),
  );

/** The rows as they are unpacked are changed, or there are more or fewer of them. */
const changePngRows: Mutator = (file, dice) => {
  const parts = pngParts(file);
  const rows = inflateSync(Buffer.concat(parts.filter(({ type }) => type === 'IDAT').map(({ data }) => data)));
  const changed = dice.chance(0.05) ? Buffer.alloc(50_000_000) : dice.pick(byteMutators)(rows, dice, rows);
  const packed = { type: 'IDAT', data: deflateSync(changed) };
  return pngOf([
    ...parts.filter(({ type }) => type !== 'IDAT' && type !== 'IEND'),
    packed,
    { type: 'IEND', data: Buffer.alloc(0) },
  ]);
};

/** Chunks beside the pixels: more in them than fits, or nothing that makes sense. */
const addPngChunk: Mutator = (file, dice) => {
  const parts = [...pngParts(file)];
  const packed = () => deflateSync(Buffer.alloc(dice.pick([10, 100_000, 20_000_000])));
  const [type, start] = dice.pick([
    ['zTXt', 'Comment\0\0'],
    ['iTXt', 'XML:com.adobe.xmp\0\x01\0\0\0'],
    ['iCCP', 'profile\0\0'],
    ['eXIf', 'MM\0*'],
    ['tRNS', ''],
    ['PLTE', ''],
    ['acTL', '\0\0\0\x09\0\0\0\0'],
    ['fdAT', '\0\0\0\x01'],
    ['sPLT', 'a\0\x08'],
    ['hIST', ''],
    ['abCd', ''],
  ] as const);
  const data = Buffer.concat([Buffer.from(start, 'latin1'), dice.chance(0.5) ? packed() : dice.bytes(dice.below(40))]);
  const many = dice.chance(0.05) ? 1000 : 1;
  parts.splice(dice.below(parts.length + 1), 0, ...Array.from({ length: many }, () => ({ type, data })));
  return pngOf(parts);
};

/** JPEG's segments up to its first scan, and what follows as one. */
function jpegParts(file: Buffer): readonly Part[] {
  const parts: Part[] = [];
  let at = 2;
  for (; at + 4 <= file.length && file[at] === 0xff && file[at + 1] !== 0xda; at += 2 + file.readUInt16BE(at + 2))
    parts.push({ type: String(file[at + 1]), data: file.subarray(at + 4, at + 2 + file.readUInt16BE(at + 2)) });
  return [...parts, { type: '', data: file.subarray(at) }];
}

function jpegOf(parts: readonly Part[]): Buffer {
  const segments = parts.map(({ type, data }) => {
    if (type === '') return data;
    const size = Math.min(65_535, data.length + 2);
    return Buffer.concat([Buffer.from([0xff, Number(type), size >> 8, size & 255]), data.subarray(0, size - 2)]);
  });
  return Buffer.concat([Buffer.from([0xff, 0xd8]), ...segments]);
}

const rearrangeJpeg: Mutator = (file, dice, other) =>
  jpegOf(
    rearranged(jpegParts(file), other[0] === 0xff && other[1] === 0xd8 ? jpegParts(other) : [], dice, (part) =>
      changedData(part, dice),
    ),
  );

/** The frame says another size, number of channels or sampling. */
const changeJpegFrame: Mutator = (file, dice) =>
  jpegOf(
    jpegParts(file).map((part) => {
      if (!['192', '193', '194'].includes(part.type) || part.data.length < 8) return part;
      const data = Buffer.from(part.data);
      const at = dice.pick([1, 1, 3, 3, 5, 6, 7]);
      if (at < 5) data.writeUInt16BE(dice.pick([0, 1, 29, 31, 43, 45, 10_000, 65_500, 65_535]), at);
      else data[at] = dice.pick([0, 1, 2, 4, 0x11, 0x12, 0x21, 0x22, 0x41, 0x44, 0xff]);
      if (dice.chance(0.3)) data.writeUInt16BE(dice.pick([10_000, 65_500]), dice.pick([1, 3]));
      return { type: dice.chance(0.1) ? dice.pick(['192', '193', '194', '201', '202']) : part.type, data };
    }),
  );

/** The scans again and again. */
const repeatScans: Mutator = (file, dice) => {
  const parts = jpegParts(file);
  const scans = parts.at(-1)?.data.subarray(0, -2) ?? Buffer.alloc(0);
  const end = Buffer.from([0xff, 0xd9]);
  const many = Buffer.concat([...Array.from({ length: dice.pick([2, 20, 500]) }, () => scans), end]);
  return jpegOf([...parts.slice(0, -1), { type: '', data: many }]);
};

function riffParts(file: Buffer): readonly Part[] {
  const parts: Part[] = [];
  for (let at = 12; at + 8 <= file.length; ) {
    const size = file.readUInt32LE(at + 4);
    parts.push({ type: file.toString('latin1', at, at + 4), data: file.subarray(at + 8, at + 8 + size) });
    at += 8 + size + (size % 2);
  }
  return parts;
}

function webpOf(parts: readonly Part[]): Buffer {
  const chunks = parts.flatMap(({ type, data }) => {
    const head = Buffer.alloc(8);
    head.write(type, 'latin1');
    head.writeUInt32LE(data.length, 4);
    return [head, data, Buffer.alloc(data.length % 2)];
  });
  const body = Buffer.concat([Buffer.from('WEBP', 'latin1'), ...chunks]);
  const head = Buffer.alloc(8);
  head.write('RIFF', 'latin1');
  head.writeUInt32LE(body.length, 4);
  return Buffer.concat([head, body]);
}

const rearrangeWebp: Mutator = (file, dice, other) =>
  webpOf(
    rearranged(riffParts(file), other.toString('latin1', 8, 12) === 'WEBP' ? riffParts(other) : [], dice, (part) =>
      changedData(part, dice),
    ),
  );

/** Screen and frames of other sizes, in two bytes each; many frames. */
const changeGif: Mutator = (file, dice) => {
  const copy = Buffer.from(file);
  const frame = copy.indexOf(0x2c, 13);
  const places = [6, 8, ...(frame > 0 && frame + 9 < copy.length ? [frame + 1, frame + 3, frame + 5, frame + 7] : [])];
  for (let times = 1 + dice.below(3); times > 0; times -= 1)
    copy.writeUInt16LE(dice.pick([0, 1, 29, 31, 43, 45, 2049, 10_000, 65_535]), dice.pick(places));
  if (frame > 0 && dice.chance(0.1))
    return Buffer.concat([
      copy.subarray(0, frame),
      ...Array.from({ length: 2000 }, () => copy.subarray(frame, -1)),
      copy.subarray(-1),
    ]);
  return copy;
};

/** An entry of TIFF's first directory: its tag, type, count or value. */
const changeTiffEntry: Mutator = (file, dice) => {
  const copy = Buffer.from(file);
  const little = copy[0] === 0x49;
  const [read16, read32] = little
    ? [copy.readUInt16LE.bind(copy), copy.readUInt32LE.bind(copy)]
    : [copy.readUInt16BE.bind(copy), copy.readUInt32BE.bind(copy)];
  const write = (value: number, at: number, size: number) =>
    little ? copy.writeUIntLE(value, at, size) : copy.writeUIntBE(value, at, size);
  const start = read32(4);
  if (start + 14 > copy.length) return changeNumber(file, dice, file);
  const count = Math.min(read16(start), Math.floor((copy.length - start - 6) / 12));
  for (let times = 1 + dice.below(3); times > 0 && count > 0; times -= 1) {
    const at = start + 2 + 12 * dice.below(count);
    const [place, size] = dice.pick([
      [0, 2],
      [2, 2],
      [4, 4],
      [8, 2],
      [8, 4],
      [8, 4],
      [8, 4],
    ] as const);
    const tags = [
      254, 256, 257, 258, 259, 262, 273, 274, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325, 330, 338, 339, 347, 530,
      34675,
    ];
    const value =
      place === 0 ? dice.pick(tags) : place === 2 ? dice.below(20) : dice.pick([...numbers, start, read32(at + 8)]);
    write(value % 2 ** (8 * size), at + place, size);
  }
  // The next directory is this one: a circle.
  if (dice.chance(0.1)) write(start, start + 2 + 12 * count, 4);
  return copy;
};

const boxes = [
  'ftyp',
  'meta',
  'hdlr',
  'pitm',
  'iloc',
  'iinf',
  'infe',
  'iprp',
  'ipco',
  'ispe',
  'pixi',
  'av1C',
  'auxC',
  'ipma',
  'iref',
  'colr',
  'mdat',
];

/** A box of an AVIF: its size, its name or a number in it. */
const changeBox: Mutator = (file, dice) => {
  const copy = Buffer.from(file);
  const at = copy.indexOf(dice.pick(boxes), 0, 'latin1');
  if (at < 4) return changeNumber(file, dice, file);
  const choice = dice.below(4);
  if (choice === 0) copy.writeUInt32BE(dice.pick(numbers), at - 4);
  else if (choice === 1)
    copy.write(dice.pick([...boxes, 'grid', 'iden', 'iovl', 'irot', 'imir', 'clap']), at, 'latin1');
  else {
    const place = at + 4 + dice.below(24);
    const size = dice.pick([1, 2, 4]);
    if (place + size <= copy.length) copy.writeUIntBE(dice.pick(numbers) % 2 ** (8 * size), place, size);
  }
  return copy;
};

/** Numbers of a drawing become others; parts refer to each other in circles; few words become very many. */
const changeDrawing: Mutator = (file, dice) => {
  let text = file.toString('utf8');
  const choice = dice.below(10);
  if (choice === 0)
    return Buffer.from(text.replace(/href="#\w+"/g, () => `href="#${dice.pick(['one', 'two', 'dots'])}"`));
  if (choice === 1) {
    const levels = Array.from({ length: dice.pick([3, 3, 3, 3, 4, 4, 5, 40]) }, (_, i) => i);
    const uses = (i: number) => `<use xlink:href="#level${i}"/>`.repeat(dice.pick([2, 10]));
    const groups = levels.map((i) => `<g id="level${i}">${i === 0 ? '<rect width="9" height="9"/>' : uses(i - 1)}</g>`);
    return Buffer.from(text.replace('<use ', `${groups.join('')}${uses(levels.length - 1)}<use `));
  }
  if (choice === 2) {
    const entities = Array.from(
      { length: 12 },
      (_, i) => `<!ENTITY w${i} "${(i === 0 ? 'w' : `&w${i - 1};`).repeat(10)}">`,
    );
    return Buffer.from(text.replace('<!ENTITY word "shoe">', entities.join('')).replace('&word;', '&w11;'));
  }
  if (choice === 3) return Buffer.from(text.replace('<use ', `${'<g>'.repeat(dice.pick([100, 5000]))}<use `));
  for (let times = 1 + dice.below(3); times > 0; times -= 1) {
    const found = [...text.matchAll(/(?<=[" ])\d+(\.\d+)?/g)];
    if (found.length === 0) break;
    const { index, 0: number } = dice.pick(found);
    const value = dice.pick(['0', '-1', '1e-9', '0.5', '500', '32767', '100000', '1e9', '1e40', 'nan', '100%']);
    text = `${text.slice(0, index)}${value}${text.slice(index + number.length)}`;
  }
  return Buffer.from(text);
};

const byEnding: Readonly<Record<string, readonly Mutator[]>> = {
  png: [rearrangePng, rearrangePng, changePngHead, changePngRows, addPngChunk],
  jpg: [rearrangeJpeg, changeJpegFrame, repeatScans],
  webp: [rearrangeWebp],
  gif: [changeGif],
  tif: [changeTiffEntry, changeTiffEntry],
  avif: [changeBox, changeBox],
  svg: [changeDrawing],
};

/** Another picture of a valid one, by its name. */
export function changedPicture(name: string, file: Buffer, dice: Dice, other: Buffer): Buffer {
  const own = byEnding[name.split('.').at(-1) ?? ''] ?? [];
  const mutators = dice.chance(0.65) ? own : [changeNumber, ...byteMutators];
  const once = dice.pick(mutators)(file, dice, other);
  return dice.chance(0.85) ? once : dice.pick([changeNumber, ...byteMutators])(once, dice, other);
}

/** True for a PNG that says itself that it is damaged: a checksum is wrong, or it has no end. */
export function isDamagedPng(file: Buffer): boolean {
  if (!isPng(file)) return false;
  for (let at = 8; at + 12 <= file.length; ) {
    const end = at + 8 + file.readUInt32BE(at);
    if (end + 4 > file.length || crc32(file.subarray(at + 4, end)) !== file.readUInt32BE(end)) return true;
    if (file.toString('latin1', at + 4, at + 8) === 'IEND') return false;
    at = end + 4;
  }
  return true;
}
