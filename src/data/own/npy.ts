import { AtelierError } from '../../errors.ts';

/** Elements of an array that are read. */
export type NpyData =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** An array of NumPy's, row-major. */
export interface NpyArray {
  readonly shape: readonly number[];
  /** As NumPy writes it: `|u1`, `<f4`, `<U12`. */
  readonly descr: string;
  /** Numbers; 64-bit whole ones as float64. Undefined of texts. */
  readonly numbers?: NpyData;
  /** Texts. */
  readonly texts?: readonly string[];
}

const magic = Buffer.from('\x93NUMPY', 'latin1');

/**
 * Reads an array of NumPy's format (numpy.lib.format, versions 1 to 3): whole and real numbers, truth values and texts, of
 * little or no byte order, row-major.
 *
 * @param source the array's name in messages
 * @throws AtelierError where it is no such array; where it holds Python objects, which only running a program could read
 */
export function parseNpy(bytes: Buffer, source: string): NpyArray {
  const refuse = (problem: string, wayOut = 'Save it anew') =>
    new AtelierError(`${source} is no array that can be read: ${problem}. ${wayOut}.`, { code: 'data-damaged' });
  if (!bytes.subarray(0, magic.length).equals(magic)) throw refuse('it does not begin as NumPy writes one');
  const major = bytes[6] ?? 0;
  const lengthBytes = major === 1 ? 2 : 4;
  if (major < 1 || major > 3 || bytes.length < 8 + lengthBytes) throw refuse(`it is of version ${major}, or cut short`);
  const headerLength = bytes.readUIntLE(8, lengthBytes);
  const start = 8 + lengthBytes + headerLength;
  const header = bytes.toString('utf8', 8 + lengthBytes, start);
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(header)?.[1];
  const sizes = /'shape'\s*:\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  if (descr === undefined || order === undefined || sizes === undefined) {
    if (/'descr'\s*:\s*\[/.test(header)) throw refuse('it has fields of several types');
    throw refuse('its header is damaged');
  }
  const shape = sizes.split(',').flatMap((size) => (size.trim() === '' ? [] : [Number(size)]));
  if (descr.includes('O'))
    throw refuse(
      'it holds Python objects (pickled), and reading those would run whatever program they contain',
      'Save plain arrays: numpy.savez(path, x_train=numpy.stack(images), …)',
    );
  if (order === 'True' && shape.length > 1)
    throw refuse("it lies column by column (Fortran's order)", 'Save numpy.ascontiguousarray(array)');
  const count = shape.reduce((product, size) => product * size, 1);
  const data = bytes.subarray(start);
  const bytesEach = Number(/\d+$/.exec(descr)?.[0]) * (descr.includes('U') ? 4 : 1);
  if (data.length !== count * bytesEach)
    throw refuse(
      `it has ${data.length} bytes of elements, expected ${count * bytesEach} for ${descr} [${shape.join(', ')}]`,
    );
  if (descr.startsWith('>') && bytesEach > 1)
    throw refuse(
      'its numbers have the most significant byte first',
      "Save array.astype(array.dtype.newbyteorder('<'))",
    );
  if (/^[<|=][US]\d+$/.test(descr)) return { shape, descr, texts: textsOf(data, count, descr) };
  const numbers = numbersOf(data, descr.replace(/^[<|=>]/, ''));
  if (!numbers) throw refuse(`its elements are ${descr}; whole and real numbers are read`);
  return { shape, descr, numbers };
}

/** The elements in memory of their own, where they begin at a multiple of their size. */
function numbersOf(data: Buffer, type: string): NpyData | undefined {
  const copy = () => new Uint8Array(data).buffer;
  switch (type) {
    case 'u1':
    case 'b1':
      return new Uint8Array(data.buffer, data.byteOffset, data.length);
    case 'i1':
      return new Int8Array(data.buffer, data.byteOffset, data.length);
    case 'u2':
      return new Uint16Array(copy());
    case 'i2':
      return new Int16Array(copy());
    case 'u4':
      return new Uint32Array(copy());
    case 'i4':
      return new Int32Array(copy());
    case 'u8':
      return Float64Array.from(new BigUint64Array(copy()), Number);
    case 'i8':
      return Float64Array.from(new BigInt64Array(copy()), Number);
    case 'f4':
      return new Float32Array(copy());
    case 'f8':
      return new Float64Array(copy());
    default:
      return undefined;
  }
}

/** Fixed lengths of UTF-32 (`U`) or bytes (`S`), filled up with zeros. */
function textsOf(data: Buffer, count: number, descr: string): readonly string[] {
  const length = Number(/\d+$/.exec(descr)?.[0]);
  const isWide = descr.includes('U');
  return Array.from({ length: count }, (_, i) => {
    const signs = Array.from({ length }, (__, j) => {
      const at = i * length + j;
      return isWide ? data.readUInt32LE(4 * at) : (data[at] ?? 0);
    });
    const used = signs.slice(0, signs.findLastIndex((sign) => sign !== 0) + 1);
    return isWide
      ? String.fromCodePoint(...used.map((sign) => Math.min(sign, 0x10ffff)))
      : Buffer.from(used).toString('utf8');
  });
}
