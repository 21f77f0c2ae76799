import { type FileHandle, open } from 'node:fs/promises';
import { AtelierError, textOf } from '../errors.ts';
import { said } from '../message.ts';
import { writeFileAtomic } from './atomic.ts';
import { toJson } from './json.ts';
import { parseJson } from './parse-json.ts';
import { fileProblem } from './problems.ts';
import { byteLimits, checkRegular, readRegular } from './regular.ts';

const newline = 0x0a;

/**
 * Appends one record to a JSON-lines file: one line, one write, synced before it returns. The line torn by a process
 * killed while appending is removed first, so records never run into each other. One writer at a time: hold the lock.
 *
 * @param path created where missing; its folder must exist
 * @param record an object, so that a torn line can never pass for a whole one
 * @throws AtelierError where it cannot be written (the file is put back to its former length) or holds NaN or infinity
 */
export async function appendLine(path: string, record: object): Promise<void> {
  const line = Buffer.from(`${toJson(record, `a line of '${path}'`)}\n`);
  try {
    const file = await open(path, 'a+');
    try {
      const found = await file.stat();
      if (found.isFIFO()) checkRegular(path, found, 'append a line to');
      const end = await mendTail(file);
      await appendAt(file, end, line);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileProblem('append a line to', path, error, 'What was there before is unchanged');
  }
}

async function appendAt(file: FileHandle, end: number, line: Uint8Array): Promise<void> {
  try {
    await file.appendFile(line);
    await file.sync();
  } catch (error) {
    // A disk that filled up half-way took a part of the line. If it cannot be cut off either, the reader skips it.
    await file.truncate(end).catch(() => undefined);
    throw error;
  }
}

/** Ends the file in a whole line, or empties it; returns its length then. */
async function mendTail(file: FileHandle): Promise<number> {
  const { size } = await file.stat();
  if (size === 0) return 0;
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, size - 1);
  if (last[0] === newline) return size;
  // The rare case, so reading it all is fine.
  const content = Buffer.alloc(size);
  await file.read(content, 0, size, 0);
  const start = content.lastIndexOf(newline) + 1;
  if (isWholeRecord(content.subarray(start))) {
    await file.appendFile('\n');
    return size + 1;
  }
  await file.truncate(start);
  return start;
}

/** No proper prefix of a JSON object is JSON, so an unterminated line that parses lacks its newline only. */
function isWholeRecord(bytes: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(decode(bytes));
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

/**
 * Reads a JSON-lines file. A last line that was cut short (no newline, and not JSON) is what a kill leaves behind, and
 * is skipped; anything else that is not one record per line is an error.
 *
 * @param parse makes a record of a line's value (a zod schema's `parse`, say) and may throw
 * @throws AtelierError with path and line number where a line is not JSON or is refused by `parse`, or the file
 *   cannot be read
 */
export async function readJsonLines<T>(path: string, parse: (value: unknown) => T): Promise<readonly T[]> {
  const content = await readRegular(path, byteLimits.lines);
  const records: T[] = [];
  let start = 0;
  while (start < content.length) {
    const stop = content.indexOf(newline, start);
    const line = content.subarray(start, stop === -1 ? content.length : stop);
    if (stop === -1 && !isWholeRecord(line)) break;
    try {
      records.push(parse(parseJson(decode(line))));
    } catch (error) {
      throw new AtelierError(said`cannot use line ${records.length + 1} of '${path}': ${textOf(error)}`, {
        code: 'file-damaged',
        cause: error,
      });
    }
    start += line.length + 1;
  }
  return records;
}

/**
 * Replaces a JSON-lines file by these records, atomically: how a resumed run drops the epochs after its checkpoint.
 *
 * @throws AtelierError as `writeFileAtomic` does
 */
export async function writeJsonLines(path: string, records: readonly object[]): Promise<void> {
  const lines = records.map((record) => `${toJson(record, `a line of '${path}'`)}\n`);
  await writeFileAtomic(path, lines.join(''));
}
