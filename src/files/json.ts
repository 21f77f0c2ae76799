import { AtelierError, textOf } from '../errors.ts';
import { said } from '../message.ts';
import { writeFileAtomic } from './atomic.ts';
import { parseJson } from './parse-json.ts';
import { byteLimits, readRegular } from './regular.ts';

/**
 * Strict JSON text. JSON.stringify turns NaN and infinities into null without a word; a diverged loss must not vanish
 * that way.
 *
 * @param what the thing's name in messages
 * @throws AtelierError where the value holds a non-finite number or has no JSON form at all
 */
export function toJson(value: unknown, what: string, indent?: number): string {
  const text: string | undefined = JSON.stringify(
    value,
    (key, item: unknown) => {
      if (typeof item !== 'number' || Number.isFinite(item)) return item;
      throw new AtelierError(`${what}: '${key}' is ${item}, a finite number was expected: JSON can hold no other.`, {
        code: 'not-finite',
      });
    },
    indent,
  );
  if (text === undefined) throw new AtelierError(`internal: ${what} has no JSON form (${typeof value})`);
  return text;
}

/**
 * Replaces a file by a value as JSON (UTF-8, two spaces, final newline), atomically.
 *
 * @throws AtelierError as `writeFileAtomic` and `toJson` do
 */
export async function writeJsonAtomic(path: string, value: unknown, what = 'the file'): Promise<void> {
  await writeFileAtomic(path, `${toJson(value, `${what} '${path}'`, 2)}\n`, what);
}

/**
 * Reads a JSON file through a parser (a zod schema's `parse`, say), which gets the raw value and may throw.
 *
 * @throws AtelierError with the path where the file cannot be read, is not JSON or is refused by `parse`
 */
export async function readJson<T>(path: string, parse: (value: unknown) => T | Promise<T>): Promise<T> {
  const text = await readText(path, byteLimits.json);
  try {
    return await parse(parseJson(text));
  } catch (error) {
    throw new AtelierError(said`cannot use '${path}': ${textOf(error)}`, { code: 'file-unusable', cause: error });
  }
}

/**
 * The text of a UTF-8 file.
 *
 * @param limit the most bytes that it may have
 * @throws AtelierError with the path where it is no regular file, is larger or cannot be read
 */
export async function readText(path: string, limit: number): Promise<string> {
  return (await readRegular(path, limit)).toString('utf8');
}
