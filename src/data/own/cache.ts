/**
 * Images that were made once, kept in files: what took minutes to decode is then read as bytes. A file's name is a hash of
 * all that its content follows from, so that a file is right or absent and never has to be brought up to date.
 */
import { createHash } from 'node:crypto';
import { open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { ImageShape } from '../../../graphs/models/model.ts';
import { AtelierError } from '../../errors.ts';
import { ensureDirectory, removeDeadLeftovers } from '../../files/atomic.ts';
import { fileProblem } from '../../files/problems.ts';
import { openRegular } from '../../files/regular.ts';
import { imageSize, imagesInFile, type LabelledImages } from '../images.ts';

/** Where files are kept, and how much of the disk they may take. */
export interface CachePlace {
  readonly directory: string;
  /** Beyond it, those that have not been used for longest are removed. */
  readonly mostBytes: number;
}

/** Below the current folder. */
export const usualCache: CachePlace = { directory: join('artifacts', 'cache'), mostBytes: 20 * 2 ** 30 };
/** What was used within this time may be in use still: readers touch their file more often. */
const inUseMilliseconds = 60 * 60 * 1000;
const touchMilliseconds = 10 * 60 * 1000;
/** Bytes that are gathered before they are written. */
const writtenTogether = 2 ** 22;

const ending = '.images';
const magic = Buffer.from('atelier images 1\n');
/** Magic and sizes. After it the images, then for each a byte: 1, or 0 where there was none to be made. */
const headerBytes = 4096;

/** What the content of a file follows from. */
export interface CacheKey {
  readonly shape: ImageShape;
  /** All else, in any form that is written alike each time. */
  readonly parts: readonly string[];
}

/** Where images of this key are, or would be. */
export function cachePath({ shape, parts }: CacheKey, { directory }: CachePlace): string {
  const { channels, height, width } = shape;
  const hash = createHash('sha256')
    .update(JSON.stringify([channels, height, width, ...parts]))
    .digest('hex');
  return join(directory, `${hash.slice(0, 40)}${ending}`);
}

/** Images of a file of the cache. */
export interface CachedImages {
  readonly images: LabelledImages;
  /** uint8 [count]: 0 where there is no image, only black. */
  readonly made: Uint8Array;
}

/**
 * Images from a file of the cache; undefined where there is none of this key, or one that is not whole, which is removed.
 *
 * @param labels class numbers, uint32 [count]
 */
export async function cachedImages(
  path: string,
  shape: ImageShape,
  labels: Uint32Array,
  logger: Pick<Logger, 'warn'>,
): Promise<CachedImages | undefined> {
  const count = labels.length;
  const end = headerBytes + count * imageSize(shape);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  const [header, made] = found.size === end + count ? await readEnds(path, end, count) : [];
  if (!made || !header?.equals(headerOf(shape, count))) {
    logger.warn(`the cache file '${path}' is cut short or damaged: it is made anew`);
    await rm(path, { force: true }).catch(() => undefined);
    return undefined;
  }
  const images = imagesInFile({ path, offset: headerBytes }, shape, labels);
  let touched = 0;
  const read: LabelledImages['read'] = async (indices) => {
    if (Date.now() - touched > touchMilliseconds) {
      touched = Date.now();
      await touch(path);
    }
    return images.read(indices);
  };
  return { images: { ...images, read }, made };
}

async function readEnds(path: string, end: number, count: number): Promise<readonly [header: Buffer, made: Buffer]> {
  const file = await openRegular(path, 'read the cache');
  try {
    const [header, made] = [Buffer.alloc(headerBytes), Buffer.alloc(count)];
    await file.read(header, 0, headerBytes, 0);
    await file.read(made, 0, count, end);
    return [header, made];
  } finally {
    await file.close();
  }
}

/** So that others see it in use. A cache that cannot be written is read all the same. */
async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}

function headerOf({ channels, height, width }: ImageShape, count: number): Buffer {
  const header = Buffer.alloc(headerBytes);
  Buffer.concat([magic, Buffer.from(JSON.stringify({ count, channels, height, width }))]).copy(header);
  return header;
}

let temporaries = 0;

/**
 * Writes images into the cache as they come: aside, synced, then renamed, so that the file is whole or absent at every
 * instant, and two processes that make the same one do not disturb each other.
 *
 * @param images uint8 [channels * height * width] each, `count` in all; undefined where there is none to be made
 * @throws CacheWriteError where it cannot be written; then nothing is left of it. What `images` throws
 */
export async function writeCache(
  path: string,
  shape: ImageShape,
  count: number,
  images: AsyncIterable<Uint8Array | undefined>,
  place: CachePlace,
): Promise<void> {
  const size = imageSize(shape);
  await prepareFolder(place, headerBytes + count * (size + 1)).catch(writing(path));
  temporaries += 1;
  const temporary = `${path}.${process.pid}-${temporaries}.partial`;
  try {
    const file = await open(temporary, 'wx').catch(writing(path));
    try {
      const append = async (bytes: Uint8Array) => file.appendFile(bytes).catch(writing(path));
      await append(headerOf(shape, count));
      const made = new Uint8Array(count);
      const waiting = new Uint8Array(Math.max(1, Math.floor(writtenTogether / size)) * size);
      let [at, filled] = [0, 0];
      for await (const image of images) {
        made[at] = image === undefined ? 0 : 1;
        waiting.set(image ?? new Uint8Array(size), filled);
        at += 1;
        filled += size;
        if (filled < waiting.length) continue;
        await append(waiting);
        filled = 0;
      }
      if (at !== count) throw new AtelierError(`internal: ${at} images, expected ${count}`);
      await append(waiting.subarray(0, filled));
      await append(made);
      await file.sync().catch(writing(path));
    } finally {
      await file.close();
    }
    await rename(temporary, path).catch(writing(path));
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function prepareFolder({ directory, mostBytes }: CachePlace, bytes: number): Promise<void> {
  await ensureDirectory(directory);
  await removeDeadLeftovers(directory);
  await makeRoom(directory, mostBytes - bytes);
}

/** A failure of the file, told from one of the images. */
export class CacheWriteError extends AtelierError {}

function writing(path: string): (error: unknown) => never {
  return (error) => {
    const { message } = fileProblem('write the cache', path, error);
    throw new CacheWriteError(message, { code: 'file-unusable', cause: error });
  };
}

/** Removes what has not been used for longest, until no more than so many bytes are left. */
async function makeRoom(directory: string, mostBytes: number): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(ending));
  const files = await Promise.all(
    names.map(async (name) => {
      const found = await stat(join(directory, name)).catch(() => undefined);
      return found ? [{ name, size: found.size, used: found.mtimeMs }] : [];
    }),
  );
  const oldestFirst = files.flat().toSorted((a, b) => a.used - b.used);
  let total = oldestFirst.reduce((sum, { size }) => sum + size, 0);
  for (const { name, size, used } of oldestFirst) {
    if (total <= mostBytes || Date.now() - used < inUseMilliseconds) return;
    await rm(join(directory, name), { force: true }).catch(() => undefined);
    total -= size;
  }
}
