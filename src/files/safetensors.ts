import type { FileHandle } from 'node:fs/promises';
import { elementCount, type Tensor, zeros } from '../../graphs/ir/types.ts';
import { AtelierError } from '../errors.ts';
import { writeFileAtomic } from './atomic.ts';
import { fileProblem } from './problems.ts';
import { byteLimits, openRegular, readRegular } from './regular.ts';
import { checkData, checksumKeys, sha256Of, signed, unsignedHeader } from './safetensors-checksums.ts';
import { brainFloat, damaged, type Entry, formats, metadataKey, parseHeader } from './safetensors-header.ts';

/**
 * The safetensors format (https://github.com/huggingface/safetensors#format): eight bytes of header length (unsigned,
 * little-endian), a JSON header, then the tensors' bytes, row-major and little-endian. This machine is taken to be
 * little-endian, as every machine is that onnxruntime runs on.
 */
export interface TensorFile {
  /** In the order of their bytes in the file. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The header's `__metadata__`: free strings. The file's own hashes, `checksumKeys`, are not among them. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** A file as it was found. */
export interface StoredTensors extends TensorFile {
  /** Names of tensors that the file holds as BF16: they have become float32, which holds every such number exactly. */
  readonly widened: ReadonlySet<string>;
  /** Whether the file holds hashes of itself, which were right. Older versions and other programs write none. */
  readonly checked: boolean;
}

const lengthBytes = 8;
/** What the reference implementation accepts; more would be a damaged length. */
const maxHeaderBytes = 100_000_000;
const order = Object.keys(formats);

/**
 * The file's bytes. The same tensors and metadata give the same bytes whatever the maps' order: tensors lie by width of
 * their type, widest first, then by name, as the reference implementation lays them; metadata is sorted by key. The
 * header is padded with spaces to a multiple of eight bytes, so all data are aligned. Its metadata hold the file's hashes,
 * `checksumKeys`.
 *
 * @param tensors by name; float16 holds raw bits, bool one byte (0 or 1) per element
 * @throws AtelierError where a name is reserved or not text, or a shape does not fit its data
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  const sorted = [...tensors].sort(
    ([a, { dtype: aType }], [b, { dtype: bType }]) => order.indexOf(aType) - order.indexOf(bType) || compareText(a, b),
  );
  // Written pair by pair: an object would move names such as '0' to the front.
  const fields: string[] = [];
  const hash = sha256Of(...sorted.map(([, { data }]) => bytesOf(data)));
  const pairs = [...new Map([...metadata, [checksumKeys.data, hash] as const, unsignedHeader])].sort(([a], [b]) =>
    compareText(a, b),
  );
  fields.push(`${JSON.stringify(metadataKey)}:{${pairs.map(([key, text]) => pair(key, text)).join(',')}}`);
  let offset = 0;
  for (const [name, tensor] of sorted) {
    checkWritable(name, tensor);
    const begin = offset;
    offset += tensor.data.byteLength;
    fields.push(pair(name, { dtype: formats[tensor.dtype].code, shape: tensor.shape, data_offsets: [begin, offset] }));
  }
  const json = `{${fields.join(',')}}`;
  const padding = ' '.repeat(-Buffer.byteLength(json) & (lengthBytes - 1));
  const header = Buffer.from(signed(json + padding));
  const file = new Uint8Array(lengthBytes + header.length + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, lengthBytes);
  let position = lengthBytes + header.length;
  for (const [, { data }] of sorted) {
    file.set(bytesOf(data), position);
    position += data.byteLength;
  }
  return file;
}

function pair(key: string, value: unknown): string {
  for (const text of typeof value === 'string' ? [key, value] : [key]) {
    // Half of a surrogate pair has no UTF-8 form, and other readers refuse its escape.
    if (/\p{Surrogate}/u.test(text)) {
      throw new AtelierError(`cannot write safetensors: ${JSON.stringify(text)} is not well-formed text. Rename it.`, {
        code: 'file-unusable',
      });
    }
  }
  return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

function checkWritable(name: string, { dtype, shape, data }: Tensor): void {
  if (name === metadataKey) {
    throw new AtelierError(
      `cannot write safetensors: a tensor is named '${metadataKey}', which is reserved. Rename it.`,
      { code: 'file-unusable' },
    );
  }
  if (elementCount(shape) !== data.length) {
    throw new AtelierError(
      `internal: tensor '${name}': ${dtype}[${shape.join(',')}] needs ${elementCount(shape)} elements, its data hold ${data.length}`,
    );
  }
}

function bytesOf(data: Tensor['data']): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * Reads a file's bytes, checking every field, and the hashes that it holds of itself. Each tensor gets an array of its own, aligned and not tied to `bytes`. BF16
 * becomes float32.
 *
 * @param source the file's name in messages
 * @throws AtelierError naming the file, the tensor, what was expected and what was found; for a type that is not read, too
 */
export function decodeSafetensors(bytes: Uint8Array, source: string): StoredTensors {
  const dataStart = lengthBytes + headerLength(bytes, bytes.length, source);
  const text = decodeText(bytes.subarray(lengthBytes, dataStart), source);
  const { entries, metadata } = parseHeader(text, bytes.length - dataStart, source);
  checkData(bytes.subarray(dataStart), metadata, source);
  const tensors = new Map<string, Tensor>();
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin)) {
    tensors.set(entry.name, readTensor(entry, bytes.subarray(dataStart + entry.begin, dataStart + entry.end)));
  }
  const widened = new Set(entries.filter(({ code }) => code === brainFloat.code).map(({ name }) => name));
  const checked = Object.values(checksumKeys).every((key) => metadata.has(key));
  return { tensors, metadata: withoutChecksums(metadata), widened, checked };
}

function withoutChecksums(metadata: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const own: readonly string[] = Object.values(checksumKeys);
  return new Map([...metadata].filter(([key]) => !own.includes(key)));
}

/** @param bytes at least the first of a file of `size` bytes */
function headerLength(bytes: Uint8Array, size: number, source: string): number {
  if (bytes.length < lengthBytes) {
    throw damaged(source, `at least the ${lengthBytes} bytes of the header's length`, `${bytes.length} bytes`);
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true);
  const available = Math.min(size - lengthBytes, maxHeaderBytes);
  if (length > BigInt(available)) {
    throw damaged(source, `a header of at most ${available} bytes`, `a header length of ${length}`);
  }
  return Number(length);
}

function decodeText(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw damaged(`${source}: the header`, 'UTF-8 text', 'other bytes', error);
  }
}

function readTensor({ code, dtype, shape }: Entry, bytes: Uint8Array): Tensor {
  const tensor = zeros(dtype, shape);
  if (code === brainFloat.code) widen(bytes, bytesOf(tensor.data));
  else bytesOf(tensor.data).set(bytes);
  return tensor;
}

/** A bfloat16 is the upper half of a float32, which stands last. */
function widen(halves: Uint8Array, whole: Uint8Array): void {
  for (let at = 0; at < halves.length; at += 2) {
    whole[2 * at + 2] = halves[at] ?? 0;
    whole[2 * at + 3] = halves[at + 1] ?? 0;
  }
}

/**
 * Replaces a safetensors file, atomically; the bytes are those of `encodeSafetensors`.
 *
 * @param what the thing's name in messages: `the checkpoint`
 * @throws AtelierError as `encodeSafetensors` and `writeFileAtomic` do
 */
export async function writeSafetensors(
  path: string,
  { tensors, metadata }: TensorFile,
  what = 'the tensors',
): Promise<void> {
  await writeFileAtomic(path, encodeSafetensors(tensors, metadata), what);
}

/**
 * Reads a safetensors file.
 *
 * @throws AtelierError with the path where it cannot be read or is not whole
 */
export async function readSafetensors(path: string): Promise<StoredTensors> {
  return decodeSafetensors(await readRegular(path, byteLimits.tensors), path);
}

/**
 * What the header of a safetensors file says beside its tensors; those are not read. The header's own hash is checked.
 *
 * @throws AtelierError with the path where it cannot be read or the header is not whole
 */
export async function readSafetensorsMetadata(path: string): Promise<TensorFile['metadata']> {
  const file = await openRegular(path);
  try {
    const { size } = await file.stat();
    const first = await bytesAt(file, 0, lengthBytes);
    const length = headerLength(first, size, path);
    const text = decodeText(await bytesAt(file, lengthBytes, length), path);
    return withoutChecksums(parseHeader(text, size - lengthBytes - length, path).metadata);
  } catch (error) {
    throw fileProblem('read', path, error);
  } finally {
    await file.close();
  }
}

/** Bytes of a file from a place on; fewer where it ends before. */
async function bytesAt(file: FileHandle, position: number, count: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  let filled = 0;
  while (filled < count) {
    const { bytesRead } = await file.read(bytes, filled, count - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
