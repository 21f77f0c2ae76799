import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { AtelierError, hasCode, messageOf } from '../../errors.ts';

const inflate = promisify(inflateRaw);

/** A file in an archive. */
export interface ZipEntry {
  readonly name: string;
  /** Its size once unpacked. */
  readonly size: number;
  /** Its bytes, unpacked and checked against their length and CRC-32. Throws AtelierError where they are damaged. */
  read(): Promise<Buffer>;
}

/** Signatures and lengths of the parts that are needed (PKWARE, APPNOTE.TXT 6.3, sections 4.3.7, 4.3.12, 4.3.16, 4.3.14). */
const local = { signature: 0x04034b50, length: 30 } as const;
const central = { signature: 0x02014b50, length: 46 } as const;
const end = { signature: 0x06054b50, length: 22 } as const;
const end64 = { signature: 0x06064b50, locator: 0x07064b50, locatorLength: 20 } as const;
const longestComment = 0xffff;
const [stored, deflated] = [0, 8];

/**
 * The files of a ZIP archive, by its directory: what NumPy's `savez` and `savez_compressed` write, stored or deflated, also
 * with 64-bit sizes. Archives in several parts and encrypted files are refused.
 *
 * @param source the archive's name in messages
 * @param mostBytes the most that all files together may have once unpacked: no archive may fill the memory
 * @throws AtelierError where it is no such archive
 */
export function zipEntries(bytes: Buffer, source: string, mostBytes: number): readonly ZipEntry[] {
  const refuse = (problem: string) =>
    new AtelierError(`'${source}' is no ZIP archive that can be read: ${problem}. Save it anew.`, {
      code: 'data-damaged',
    });
  try {
    const entries = [...directoryOf(bytes, refuse)].map((entry) => entryOf(bytes, entry, refuse));
    const total = entries.reduce((sum, { size }) => sum + size, 0);
    if (total > mostBytes) throw refuse(`it unpacks to ${total} bytes, at most ${mostBytes} were expected`);
    return entries;
  } catch (error) {
    throw error instanceof RangeError ? refuse('it is cut short') : error;
  }
}

type Refuse = (problem: string) => AtelierError;

interface Place {
  readonly name: string;
  readonly method: number;
  readonly packed: number;
  readonly size: number;
  readonly checksum: number;
  readonly offset: number;
}

function* directoryOf(bytes: Buffer, refuse: Refuse): Generator<Place, void, void> {
  const at = endOf(bytes, refuse);
  let count = bytes.readUInt16LE(at + 10);
  let start = bytes.readUInt32LE(at + 16);
  const locator = at - end64.locatorLength;
  if (locator >= 0 && bytes.readUInt32LE(locator) === end64.locator) {
    const at64 = wholeNumber(bytes, locator + 8);
    if (bytes.readUInt32LE(at64) !== end64.signature) throw refuse('its 64-bit directory is not where it says');
    count = wholeNumber(bytes, at64 + 32);
    start = wholeNumber(bytes, at64 + 48);
  }
  let entry = start;
  for (let i = 0; i < count; i += 1) {
    if (bytes.readUInt32LE(entry) !== central.signature) throw refuse('its directory is damaged');
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => bytes.readUInt16LE(entry + field));
    const nameAt = entry + central.length;
    const extraAt = nameAt + (nameLength ?? 0);
    if ((bytes.readUInt16LE(entry + 8) & 1) !== 0) throw refuse('it is encrypted');
    const extra = bytes.subarray(extraAt, extraAt + (extraLength ?? 0));
    const [size = 0, packed = 0, offset = 0] = sizesOf(bytes, entry, extra);
    yield {
      name: bytes.toString('utf8', nameAt, extraAt),
      method: bytes.readUInt16LE(entry + 10),
      packed,
      size,
      checksum: bytes.readUInt32LE(entry + 16),
      offset,
    };
    entry = extraAt + (extraLength ?? 0) + (commentLength ?? 0);
  }
}

/** Size, packed size and offset; those that are all ones stand in the extra field 1, in this order. */
function sizesOf(bytes: Buffer, entry: number, extra: Buffer): readonly number[] {
  const fields = [24, 20, 42].map((at) => bytes.readUInt32LE(entry + at));
  let long = fieldOf(extra, 1);
  return fields.map((value) => {
    if (value !== 0xffffffff) return value;
    const whole = wholeNumber(long, 0);
    long = long.subarray(8);
    return whole;
  });
}

function fieldOf(extra: Buffer, id: number): Buffer {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2))
    if (extra.readUInt16LE(at) === id) return extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
  return Buffer.alloc(0);
}

function wholeNumber(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}

/** Where the record at the end of the archive begins; a comment may follow it. */
function endOf(bytes: Buffer, refuse: Refuse): number {
  const least = Math.max(0, bytes.length - end.length - longestComment);
  for (let at = bytes.length - end.length; at >= least; at -= 1)
    if (bytes.readUInt32LE(at) === end.signature) return at;
  throw refuse('it has no directory at its end');
}

function entryOf(bytes: Buffer, { name, method, packed, size, checksum, offset }: Place, refuse: Refuse): ZipEntry {
  if (bytes.readUInt32LE(offset) !== local.signature) throw refuse(`'${name}' is not where its directory says`);
  if (method !== stored && method !== deflated) throw refuse(`'${name}' is packed by method ${method}`);
  const start = offset + local.length + bytes.readUInt16LE(offset + 26) + bytes.readUInt16LE(offset + 28);
  if (start + packed > bytes.length) throw refuse(`'${name}' is cut short`);
  const content = bytes.subarray(start, start + packed);
  const read = async (): Promise<Buffer> => {
    const whole = method === stored ? content : await unpacked(content, size, name, refuse);
    if (whole.length !== size) throw refuse(`'${name}' has ${whole.length} bytes, expected ${size}`);
    if (crc32(whole) !== checksum) throw refuse(`the checksum of '${name}' is wrong`);
    return whole;
  };
  return { name, size, read };
}

async function unpacked(content: Buffer, size: number, name: string, refuse: Refuse): Promise<Buffer> {
  try {
    return await inflate(content, { maxOutputLength: Math.max(1, size) });
  } catch (error) {
    const isLonger = hasCode(error, 'ERR_BUFFER_TOO_LARGE');
    throw refuse(`'${name}' ${isLonger ? `has more than ${size} bytes` : `cannot be unpacked (${messageOf(error)})`}`);
  }
}
