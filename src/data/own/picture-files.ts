import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { ImageShape } from '../../../graphs/models/model.ts';
import { AtelierError, InterruptedError } from '../../errors.ts';
import { byteLimits, readRegular } from '../../files/regular.ts';
import { mapAhead } from '../../map-ahead.ts';
import { thousands } from '../../text/numbers.ts';
import { oneLine } from '../../text/printable.ts';
import type { WorkObserver } from '../../work-observer.ts';
import type { DamagedPicture } from '../dataset.ts';
import { imageSize, type LabelledImages } from '../images.ts';
import type { ListedPicture } from './listing.ts';
import type { Preparation } from './origin.ts';
import { preparePicture } from './prepare-picture.ts';

/** Who is told how far reading is, and who may stop it. */
export interface Reading {
  readonly observer?: WorkObserver | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Files that are read at once: enough to keep the decoder's threads busy while others wait for the disk. */
const underWay = 2 + 2 * availableParallelism();
const saidEvery = 64;

/**
 * The SHA-256 of each file as hex; undefined where it cannot be read.
 *
 * @param onDamaged is told of each that cannot
 */
export async function hashesOf(
  pictures: readonly ListedPicture[],
  reading: Reading,
  onDamaged: (at: number, picture: DamagedPicture) => void,
): Promise<readonly (string | undefined)[]> {
  const hashes: (string | undefined)[] = [];
  const hash = async ({ path }: ListedPicture) => sha256Of(await read(path));
  for await (const result of told('reading', pictures, reading, hash)) {
    if (typeof result === 'string') hashes.push(result);
    else {
      const at = hashes.push(undefined) - 1;
      onDamaged(at, { name: pictures[at]?.name ?? '', reason: result.message });
    }
  }
  return hashes;
}

/** What files become, and what they held when they were listed. */
export interface PictureImages {
  readonly pictures: readonly ListedPicture[];
  readonly hashes: readonly (string | undefined)[];
  readonly shape: ImageShape;
  readonly preparation: Preparation;
}

/**
 * The image of each picture in order, decoded several at a time; undefined where there is none to be had.
 *
 * @throws AtelierError where a file is another than when it was listed
 */
export async function* decodedImages(
  { pictures, hashes, shape, preparation }: PictureImages,
  reading: Reading,
  onDamaged: (at: number, picture: DamagedPicture) => void,
): AsyncGenerator<Uint8Array | undefined, void, void> {
  const items = pictures.map((picture, at) => ({ ...picture, hash: hashes[at] }));
  let at = 0;
  const decode = async (item: (typeof items)[number]) =>
    item.hash === undefined ? undefined : imageOf(item, item.hash, shape, preparation);
  for await (const result of told('decoding', items, reading, decode)) {
    if (result instanceof AtelierError) onDamaged(at, { name: pictures[at]?.name ?? '', reason: result.message });
    yield result instanceof AtelierError ? undefined : result;
    at += 1;
  }
}

/** Images that are decoded each time they are asked for: slow, and nothing is kept. */
export function imagesOfFiles({ pictures, hashes, shape, preparation }: PictureImages): LabelledImages {
  const size = imageSize(shape);
  return {
    shape,
    count: pictures.length,
    labels: Uint32Array.from(pictures, ({ label }) => label),
    read: async (indices) => {
      const taken = new Uint8Array(indices.length * size);
      const decode = async (index: number) => {
        const picture = pictures[index];
        if (!picture) throw new AtelierError(`internal: there is no picture ${index}`);
        return imageOf(picture, hashes[index] ?? '', shape, preparation);
      };
      let at = 0;
      for await (const image of mapAhead(indices, underWay, decode)) {
        taken.set(image, at);
        at += size;
      }
      return taken;
    },
  };
}

async function imageOf(
  { path, name }: Pick<ListedPicture, 'path' | 'name'>,
  hash: string,
  shape: ImageShape,
  preparation: Preparation,
): Promise<Uint8Array> {
  const bytes = await read(path).catch((error: unknown) => {
    // It could be read before: kept as damaged, it would be so in the cache when it is back.
    throw error instanceof AtelierError ? new ChangedPictureError(error.message, { code: error.code }) : error;
  });
  if (sha256Of(bytes) !== hash)
    throw new ChangedPictureError(
      `'${oneLine(name)}' has been changed since it was first read. Leave the pictures alone while they are used, and run the command again.`,
      { code: 'data-damaged' },
    );
  return preparePicture(bytes, oneLine(name), { shape, preparation });
}

/** What was listed is no longer what is there: nothing that can be left out. */
class ChangedPictureError extends AtelierError {}

async function read(path: string): Promise<Buffer> {
  return readRegular(path, byteLimits.picture, 'read the picture');
}

function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The results of some work on each picture, or the error of one that cannot be used. */
async function* told<Item, Result>(
  verb: string,
  items: readonly Item[],
  { observer, signal }: Reading,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result | AtelierError, void, void> {
  const total = items.length;
  const tell = (done: number) =>
    observer?.progress?.({ work: `${verb} ${thousands(total)} pictures`, done, total, unit: 'pictures' });
  let done = 0;
  tell(done);
  const guarded = async (item: Item) => {
    try {
      return await work(item);
    } catch (error) {
      const isOwn = error instanceof AtelierError && error.code !== 'package-missing' && error.code !== 'internal';
      if (!isOwn || error instanceof ChangedPictureError) throw error;
      return error;
    }
  };
  for await (const result of mapAhead(items, underWay, guarded)) {
    if (signal?.aborted)
      throw new InterruptedError(`${verb} pictures was interrupted; nothing was begun yet. Run the command again`);
    yield result;
    done += 1;
    if (done % saidEvery === 0 || done === total) tell(done);
  }
}
