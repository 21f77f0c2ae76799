import type { DataType } from '../../graphs/ir/types.ts';
import { elementCount } from '../../graphs/ir/types.ts';
import { AtelierError, messageOf } from '../errors.ts';
import { parseJson } from './parse-json.ts';
import { checkHeader } from './safetensors-checksums.ts';

/** The format's name of each element type and its bytes per element. */
export const formats: Readonly<Record<DataType, { readonly code: string; readonly bytes: number }>> = {
  // In the order in which the reference implementation lays tensors out, wide types first, so that all lie aligned.
  int64: { code: 'I64', bytes: 8 },
  float64: { code: 'F64', bytes: 8 },
  float32: { code: 'F32', bytes: 4 },
  int32: { code: 'I32', bytes: 4 },
  float16: { code: 'F16', bytes: 2 },
  int8: { code: 'I8', bytes: 1 },
  uint8: { code: 'U8', bytes: 1 },
  bool: { code: 'BOOL', bytes: 1 },
};

const dataTypes = new Map(
  Object.keys(formats)
    .filter(isDataType)
    .map((dtype) => [formats[dtype].code, dtype]),
);

function isDataType(name: string): name is DataType {
  return name in formats;
}

/** float32 without the lower half of its bits, which no graph of ours holds: a tensor of it is read as float32, exactly. */
export const brainFloat = { code: 'BF16', bytes: 2 } as const;

/** Where one tensor lies: bytes `begin` up to `end` of the data that follow the header. */
export interface Entry {
  readonly name: string;
  /** The format's name of the type in which its elements are stored. */
  readonly code: string;
  /** The type that they are read as. */
  readonly dtype: DataType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** The types that are read, as messages list them. */
const readable = [...dataTypes.keys(), brainFloat.code].join(', ');

export interface Header {
  readonly entries: readonly Entry[];
  readonly metadata: ReadonlyMap<string, string>;
}

export const metadataKey = '__metadata__';

/**
 * Reads and checks the header's JSON text against its own hash, if it has one, and against the size of the data: every entry
 * whole, no overlap, no hole.
 *
 * @param dataLength bytes that follow the header
 * @param source the file's name in messages
 * @throws AtelierError naming the file, the tensor, what was expected and what was found
 */
export function parseHeader(text: string, dataLength: number, source: string): Header {
  const fields = asRecord(parsedHeader(text, source), `${source}: the header`);
  const { [metadataKey]: stated = {}, ...described } = fields;
  const metadata = parseMetadata(stated, source);
  // Before all else: a flipped bit must not be taken for a type that is not read, say.
  checkHeader(text, metadata, source);
  const entries = Object.entries(described).map(([name, value]) =>
    parseEntry(name, value, dataLength, `${source}: tensor '${name}'`),
  );
  checkCoverage(entries, dataLength, source);
  return { entries, metadata };
}

function parsedHeader(text: string, source: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    throw damaged(`${source}: the header`, 'JSON', messageOf(error), error);
  }
}

function parseMetadata(value: unknown, source: string): ReadonlyMap<string, string> {
  const what = `${source}: ${metadataKey}`;
  const metadata = new Map<string, string>();
  for (const [key, item] of Object.entries(asRecord(value, what))) {
    if (typeof item !== 'string') throw damaged(`${what}: '${key}'`, 'a string', show(item));
    metadata.set(key, item);
  }
  return metadata;
}

function parseEntry(name: string, value: unknown, dataLength: number, what: string): Entry {
  const { dtype: code, shape, data_offsets: offsets } = asRecord(value, what);
  if (typeof code !== 'string') throw damaged(what, `a dtype of ${readable}`, show(code));
  const { dtype, bytes } = storedAs(code, what);
  if (!isSizes(shape)) throw damaged(what, 'a shape of whole numbers', show(shape));
  if (!isSizes(offsets)) throw damaged(what, 'data_offsets of two whole numbers', show(offsets));
  const [begin, end, ...more] = offsets;
  if (begin === undefined || end === undefined || more.length > 0 || begin > end || end > dataLength) {
    throw damaged(what, `data_offsets [begin, end] within the ${dataLength} bytes of data`, show(offsets));
  }
  const expected = elementCount(shape) * bytes;
  if (end - begin !== expected) {
    throw damaged(
      what,
      `${expected} bytes for ${code === brainFloat.code ? 'bfloat16' : dtype}[${shape.join(',')}]`,
      `${end - begin} bytes`,
    );
  }
  return { name, code, dtype, shape, begin, end };
}

/** What elements of a type become, and how many bytes one takes in the file. The format has more types than are read. */
function storedAs(code: string, what: string): { readonly dtype: DataType; readonly bytes: number } {
  if (code === brainFloat.code) return { dtype: 'float32', bytes: brainFloat.bytes };
  const dtype = dataTypes.get(code);
  if (dtype !== undefined) return { dtype, bytes: formats[dtype].bytes };
  throw new AtelierError(
    `${what} is of the type ${show(code)}, which is not read: expected one of ${readable}. Save it as float32 (F32).`,
    { code: 'file-unusable' },
  );
}

function checkCoverage(entries: readonly Entry[], dataLength: number, source: string): void {
  let covered = 0;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered) {
      const fault = begin < covered ? 'it overlaps the tensor before it' : 'there is a hole before it';
      throw damaged(`${source}: tensor '${name}'`, `to begin at byte ${covered} of the data`, `${begin}: ${fault}`);
    }
    covered = end;
  }
  if (covered !== dataLength) throw damaged(source, `${covered} bytes of data`, `${dataLength} bytes`);
}

function asRecord(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw damaged(what, 'a JSON object', show(value));
  }
  return { ...value };
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** A value of the file as it appears in a message, cut short. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** The error for bytes that are not what the format demands. */
export function damaged(what: string, expected: string, found: string, cause?: unknown): AtelierError {
  return new AtelierError(
    `${what}: expected ${expected}, found ${found}. The file is damaged or no safetensors file: take another copy.`,
    { code: 'file-damaged', cause },
  );
}
