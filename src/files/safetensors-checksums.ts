/** How a safetensors file tells that it was damaged: two of its metadata are hashes of the rest. */
import { createHash } from 'node:crypto';
import { AtelierError } from '../errors.ts';

/**
 * The keys in `__metadata__`, each with a SHA-256 in hexadecimal digits:
 * - `sha256`: of the data, all bytes after the header;
 * - `header_sha256`: of the header's text, padding included, with zeros in the place of this hash's own digits.
 */
export const checksumKeys = { data: 'sha256', header: 'header_sha256' } as const;

const noDigits = '0'.repeat(64);

/** What stands in a header that is yet to be `signed`. */
export const unsignedHeader: readonly [key: string, digits: string] = [checksumKeys.header, noDigits];

/** SHA-256 of the parts one after the other, in hexadecimal digits. */
export function sha256Of(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** The text of a header, padding included, with its hash in the place of the zeros of `unsignedHeader`. */
export function signed(header: string): string {
  // No text within the header holds this: its quotes would be escaped there.
  const place = (digits: string) => `"${checksumKeys.header}":"${digits}"`;
  return header.replace(place(noDigits), place(sha256Of(header)));
}

/**
 * Compares the header's text with the hash that its metadata hold of it, if they do.
 *
 * @throws AtelierError with the file's name where the two differ, or where only one of the two hashes is there: then the name
 *   of the other is damaged
 */
export function checkHeader(header: string, metadata: ReadonlyMap<string, string>, source: string): void {
  const digits = metadata.get(checksumKeys.header);
  const [present, absent] = digits === undefined ? (['data', 'header'] as const) : (['header', 'data'] as const);
  if (metadata.has(checksumKeys[present]) && !metadata.has(checksumKeys[absent]))
    throw new AtelierError(
      `${source}: the metadata: expected '${checksumKeys.data}' and '${checksumKeys.header}' or neither, found '${checksumKeys[present]}' alone. ` +
        'The file is damaged: take another copy.',
      { code: 'file-damaged' },
    );
  if (digits !== undefined) compare('header', digits, sha256Of(header.replace(digits, noDigits)), source);
}

/** As `checkHeader`, for the bytes after the header. */
export function checkData(data: Uint8Array, metadata: ReadonlyMap<string, string>, source: string): void {
  const digits = metadata.get(checksumKeys.data);
  if (digits !== undefined) compare('data', digits, sha256Of(data), source);
}

function compare(part: keyof typeof checksumKeys, expected: string, found: string, source: string): void {
  if (expected === found) return;
  const shown = (digits: string) => JSON.stringify(digits.length > 16 ? `${digits.slice(0, 16)}…` : digits);
  throw new AtelierError(
    `${source}: the ${part}: expected the SHA-256 ${shown(expected)} that the file itself states, found ${shown(found)}. ` +
      `The file is damaged: take another copy. (A program that changed it on purpose must leave '${checksumKeys.data}' ` +
      `and '${checksumKeys.header}' out of its metadata.)`,
    { code: 'file-damaged' },
  );
}
