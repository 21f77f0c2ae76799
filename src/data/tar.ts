/** Files of a tar archive, packed by gzip or not: names, sizes and contents, and nothing else of what the format knows. */
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { AtelierError, hasCode, messageOf } from '../errors.ts';
import { fileProblem } from '../files/problems.ts';
import { openRegular } from '../files/regular.ts';

/** Headers are blocks of this size, and contents are filled up to such blocks. */
const blockBytes = 512;
const readTogether = 2 ** 20;

/** Where a header has its fields: POSIX.1-1988, ustar interchange format. */
const fields = { name: [0, 100], size: [124, 136], checksum: [148, 156], type: [156, 157] } as const;

/** A file in an archive. */
export interface TarEntry {
  /** Without the folders that it lies in. */
  readonly name: string;
  readonly bytes: number;
}

/**
 * The files of an archive that are wanted, in its order, one at a time in memory. Reading ends with the last of them: what
 * comes later is not looked at.
 *
 * @param isWanted is asked for each file in turn; contents of others are skipped
 * @throws AtelierError where the archive cannot be read, is cut short or is none. What `isWanted` throws
 */
export async function* tarFiles(
  path: string,
  isWanted: (entry: TarEntry) => boolean,
): AsyncGenerator<TarEntry & { readonly content: Uint8Array }, void, void> {
  const bytes = new ByteQueue(await unpackedStream(path));
  try {
    for (;;) {
      const header = await bytes.take(blockBytes);
      // Two blocks of zeros end an archive, and some that are whole end without them.
      if (header.length === 0 || header.every((byte) => byte === 0)) return;
      const entry = entryOf(header);
      const filled = -entry.bytes & (blockBytes - 1);
      // Links, folders and the extended headers of later formats are no files.
      const isFile = header[fields.type[0]] === 0x30 || header[fields.type[0]] === 0;
      if (!isFile || !isWanted(entry)) {
        await bytes.skip(entry.bytes + filled);
        continue;
      }
      const content = await bytes.take(entry.bytes);
      if (content.length < entry.bytes) throw new Error(`it ends within ${entry.name}`);
      yield { ...entry, content };
      await bytes.skip(filled);
    }
  } catch (error) {
    if (error instanceof AtelierError) throw error;
    const isCut = hasCode(error, 'Z_BUF_ERROR');
    const reason = isCut ? 'it is cut short' : messageOf(error);
    throw new AtelierError(
      `'${path}' cannot be unpacked: ${reason}. The file was left as it is; fetch it anew, or move it away to have it fetched.`,
      { code: 'data-damaged', cause: error },
    );
  } finally {
    bytes.close();
  }
}

/** The bytes of a file, unpacked where they begin as gzip's do. */
async function unpackedStream(path: string): Promise<Readable> {
  const file = await openRegular(path, 'read the archive');
  const start = Buffer.alloc(2);
  try {
    await file.read(start, 0, start.length, 0);
  } catch (error) {
    await file.close();
    throw fileProblem('read the archive', path, error);
  }
  const stored = file.createReadStream({ start: 0, highWaterMark: readTogether });
  if (start[0] !== 0x1f || start[1] !== 0x8b) return stored;
  // The reader of the last stream is told of every failure; nobody waits for this call.
  return pipeline(stored, createGunzip({ chunkSize: readTogether }), () => undefined);
}

function entryOf(header: Buffer): TarEntry {
  const text = ([from, to]: readonly [number, number]) =>
    header.toString('latin1', from, to).replace(/\0.*$/s, '').trim();
  const octal = (field: readonly [number, number]) => {
    const digits = text(field);
    return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
  };
  const sum = header.reduce(
    // The checksum counts as spaces in itself.
    (total, byte, at) => total + (at >= fields.checksum[0] && at < fields.checksum[1] ? 0x20 : byte),
    0,
  );
  const bytes = octal(fields.size);
  if (header.length < blockBytes || sum !== octal(fields.checksum) || Number.isNaN(bytes))
    throw new Error('it is no tar archive, or damaged');
  return { name: text(fields.name).replace(/^.*\//, ''), bytes };
}

/** The bytes of a stream, in pieces of the sizes that are asked for. */
class ByteQueue {
  readonly #stream: Readable;
  readonly #pieces: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(stream: Readable) {
    this.#stream = stream;
    this.#pieces = stream[Symbol.asyncIterator]();
  }

  /** So many bytes, or as many as there are, in memory of their own. */
  async take(count: number): Promise<Buffer> {
    const taken = Buffer.allocUnsafe(count);
    let filled = 0;
    await this.#each(count, (piece) => {
      piece.copy(taken, filled);
      filled += piece.length;
    });
    return taken.subarray(0, filled);
  }

  /** Throws where there are fewer. */
  async skip(count: number): Promise<void> {
    let left = count;
    await this.#each(count, (piece) => {
      left -= piece.length;
    });
    if (left > 0) throw new Error('it is cut short');
  }

  close(): void {
    this.#stream.destroy();
  }

  async #each(count: number, use: (piece: Buffer) => void): Promise<void> {
    for (let left = count; left > 0; ) {
      if (this.#rest.length === 0) {
        const { done, value } = await this.#pieces.next();
        if (done === true) return;
        this.#rest = value;
      }
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      use(piece);
    }
  }
}
