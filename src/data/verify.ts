import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { AtelierError, hasCode, messageOf } from '../errors.ts';
import { fileProblem } from '../files/problems.ts';
import type { DatasetFile } from './manifest.ts';

const unpack = promisify(gunzip);

/** With zlib's default of 16 KiB, handing the pieces over takes as long as unpacking them. */
const chunkBytes = 1 << 20;

/**
 * Reads a file of the data set, packed or not (the first bytes tell), and returns its unpacked bytes once their length
 * and sha256 are those of `expected`.
 *
 * @param known the data set's files, to recognise one under another's name
 * @param wayOut the sentence that says what to do about wrong bytes
 * @throws AtelierError where the file cannot be read or holds anything else; it is never changed
 */
export async function readVerified(
  path: string,
  expected: DatasetFile,
  known: readonly DatasetFile[],
  wayOut: string,
): Promise<Uint8Array> {
  let stored: Uint8Array;
  try {
    stored = await readFile(path);
  } catch (error) {
    throw fileProblem('read', path, error);
  }
  const { content, problem } = await unpackVerified(stored, expected, known);
  if (content !== undefined) return content;
  throw new AtelierError(
    `'${path}' is not the file ${expected.name} of the data set: expected ${expected.bytes} bytes with sha256 ${expected.sha256} once unpacked, found ${problem}. ${wayOut}`,
  );
}

/** The verified content, or what was found in its place, to stand after the word "found". */
async function unpackVerified(
  stored: Uint8Array,
  expected: DatasetFile,
  known: readonly DatasetFile[],
): Promise<{ content: Uint8Array; problem?: never } | { content?: never; problem: string }> {
  let content = stored;
  if (stored[0] === 0x1f && stored[1] === 0x8b) {
    const limit = Math.max(...known.map(({ bytes }) => bytes), expected.bytes);
    try {
      content = await unpack(stored, { maxOutputLength: limit, chunkSize: chunkBytes });
    } catch (error) {
      if (hasCode(error, 'ERR_BUFFER_TOO_LARGE')) return { problem: `more than ${limit} bytes` };
      return { problem: `${stored.length} packed bytes that cannot be unpacked (${messageOf(error)})` };
    }
  }
  const sha256 = createHash('sha256').update(content).digest('hex');
  if (sha256 === expected.sha256 && content.length === expected.bytes) return { content };
  const twin = known.find((file) => file.sha256 === sha256);
  const identity = twin === undefined ? '' : `, which is the file ${twin.name}`;
  return { problem: `${content.length} bytes with sha256 ${sha256}${identity}` };
}
