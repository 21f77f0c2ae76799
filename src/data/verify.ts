import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { AtelierError, hasCode, messageOf } from '../errors.ts';
import { fileProblem } from '../files/problems.ts';
import { byteLimits, openRegular, readRegular } from '../files/regular.ts';
import { said, type Text } from '../message.ts';
import type { DatasetFile } from './manifest.ts';

const unpack = promisify(gunzip);
/** zlib takes no smaller one. */
const smallestChunk = 64;

/** By what a file of the data set is known. */
export type KnownFile = Pick<DatasetFile, 'name' | 'bytes' | 'sha256' | 'gzipSha256'>;

/** What a file of the data set should hold, and what to say where it does not. */
export interface Expectation {
  readonly path: string;
  readonly expected: KnownFile;
  /** The data set's files, to recognise one under another's name. */
  readonly known: readonly KnownFile[];
  /** The sentence that says what to do about wrong bytes. */
  readonly wayOut: Text;
  /** Whether the file is one of several in an archive, which `path` is. */
  readonly isWithin?: boolean | undefined;
}

/**
 * Reads a file of the data set, packed or not (the first bytes tell), and returns its unpacked bytes once their length
 * and sha256 are those that are expected.
 *
 * @throws AtelierError where the file cannot be read or holds anything else; it is never changed
 */
export async function readVerified(expectation: Expectation): Promise<Uint8Array> {
  return verified(await readStored(expectation.path), expectation);
}

/** The bytes of a file as they are. Throws AtelierError where it cannot be read. */
export async function readStored(path: string): Promise<Uint8Array> {
  return readRegular(path, byteLimits.tensors);
}

/** As `readVerified`, of bytes that are read already. Unpacking begins with the call, and keeps this thread free. */
export async function verified(
  stored: Uint8Array,
  { path, expected, known, wayOut, isWithin = false }: Expectation,
): Promise<Uint8Array> {
  const { content, problem } = await unpackVerified(stored, expected, known);
  if (content !== undefined) return content;
  const what = isWithin
    ? said`${expected.name} in '${path}' is not that of the data set`
    : said`'${path}' is not the file ${expected.name} of the data set`;
  throw new AtelierError(said`${what}: expected ${expectedText(expected)}, found ${problem}. ${wayOut}`, {
    code: 'data-damaged',
  });
}

/**
 * Looks at a packed file as it is, without unpacking it.
 *
 * @throws AtelierError where it has other bytes than it should
 */
export async function verifyPacked(
  path: string,
  expected: { readonly bytes: number; readonly sha256: string },
): Promise<void> {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await openRegular(path);
  try {
    for await (const piece of file.createReadStream({ highWaterMark: 2 ** 20 })) {
      hash.update(piece);
      bytes += piece.length;
    }
  } catch (error) {
    throw fileProblem('read', path, error);
  }
  const sha256 = hash.digest('hex');
  if (bytes === expected.bytes && sha256 === expected.sha256) return;
  throw new AtelierError(
    `expected ${expected.bytes} bytes with sha256 ${expected.sha256}, found ${bytes} bytes with sha256 ${sha256}`,
    { code: 'data-damaged' },
  );
}

function expectedText({ bytes, sha256, gzipSha256 }: KnownFile): string {
  return sha256 === undefined
    ? `${bytes} bytes, packed to a file with sha256 ${gzipSha256}`
    : `${bytes} bytes with sha256 ${sha256} once unpacked`;
}

/** The verified content, or what was found in its place, to stand after the word "found". */
async function unpackVerified(
  stored: Uint8Array,
  expected: KnownFile,
  known: readonly KnownFile[],
): Promise<{ content: Uint8Array; problem?: never } | { content?: never; problem: string }> {
  let content = stored;
  const sha256Of = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  const packedSha256 = expected.sha256 === undefined ? sha256Of(stored) : undefined;
  if (packedSha256 !== expected.gzipSha256 && packedSha256 !== undefined)
    return { problem: `${stored.length} bytes with sha256 ${packedSha256}` };
  if (stored[0] === 0x1f && stored[1] === 0x8b) {
    const limit = Math.max(...known.map(({ bytes }) => bytes), expected.bytes);
    try {
      // In one piece: each piece would wait for this thread, which may be busy meanwhile.
      content = await unpack(stored, {
        maxOutputLength: limit,
        chunkSize: Math.max(smallestChunk, expected.bytes + 1),
      });
    } catch (error) {
      if (hasCode(error, 'ERR_BUFFER_TOO_LARGE')) return { problem: `more than ${limit} bytes` };
      return { problem: `${stored.length} packed bytes that cannot be unpacked (${messageOf(error)})` };
    }
  }
  const sha256 = sha256Of(content);
  const isRight = expected.sha256 === undefined || sha256 === expected.sha256;
  if (isRight && content.length === expected.bytes) return { content };
  const twin = known.find((file) => file.sha256 === sha256);
  const identity = twin === undefined ? '' : `, which is the file ${twin.name}`;
  return { problem: `${content.length} bytes with sha256 ${sha256}${identity}` };
}
