import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import type { ImageShape } from '../../../graphs/models/model.ts';
import { AtelierError } from '../../errors.ts';
import { said, setting } from '../../message.ts';
import { permutation } from '../../random/sampling.ts';
import { stream } from '../../random/streams.ts';
import { thousands } from '../../text/numbers.ts';
import { oneLine } from '../../text/printable.ts';
import type { DamagedPicture, Dataset, SplitName } from '../dataset.ts';
import { countedByClass } from '../division.ts';
import type { LabelledImages } from '../images.ts';
import { splitSizes } from '../splits.ts';
import { type CachePlace, CacheWriteError, cachedImages, cachePath, writeCache } from './cache.ts';
import type { ListedPicture, Listing } from './listing.ts';
import type { Preparation } from './origin.ts';
import { decodedImages, hashesOf, imagesOfFiles, type PictureImages, type Reading } from './picture-files.ts';
import { decoderVersion } from './prepare-picture.ts';
import { checkEnough, sharesOf } from './shares.ts';

/** What is made of listed pictures. */
export interface PicturesOptions extends Reading {
  readonly shape: ImageShape;
  readonly preparation: Preparation;
  /** Shares of each class that are held out. By default a tenth of what is not divided yet; what must validate, a tenth. */
  readonly validation?: number | undefined;
  readonly test?: number | undefined;
  readonly skipDamaged: boolean;
  /** Null to keep nothing. */
  readonly cache: CachePlace | null;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn'>;
}

/** What counts of the pictures' bytes is in their hashes; this counts up where the same bytes become other images. */
const preparationVersion = 1;

/**
 * The data set of listed pictures. All are read and decoded once, unless the cache has their images: what cannot be used is
 * found before any training. Images of a part come in an order in which classes are mixed, the same for the same names.
 *
 * @throws AtelierError with every picture that cannot be read, where they are not to be left out; where too few are left to
 *   be divided; UsageError where shares are asked for that parts of its own leave no room for
 */
export async function picturesDataset(listing: Listing, options: PicturesOptions): Promise<Dataset> {
  const { shape, preparation, skipDamaged } = options;
  const listed = mixed(listing.pictures);
  const damaged = new Map<number, DamagedPicture>();
  const onDamaged = (at: number, picture: DamagedPicture) => void damaged.set(at, picture);
  const hashes = await hashesOf(listed, options, onDamaged);
  const files: PictureImages = { pictures: listed, hashes, shape, preparation };
  const all = await imagesOf(files, damaged, options);
  if (damaged.size > 0) await sayDamaged(listing, damaged, options);
  const used = listed.flatMap((picture, at) => (damaged.has(at) ? [] : [{ ...picture, at, hash: hashes[at] ?? '' }]));
  const partsOf = (wanted: SplitName) => used.filter(({ part }) => (part ?? 'train') === wanted);
  const counted = { train: partsOf('train'), validation: partsOf('validation'), test: partsOf('test') };
  const counts = {
    train: counted.train.length,
    ...(counted.validation.length > 0 && { validation: counted.validation.length }),
    ...(counted.test.length > 0 && { test: counted.test.length }),
  };
  const isDivided = used.some(({ part }) => part !== null);
  const shares = sharesOf({ path: listing.path, counts, isDivided }, options);
  const perClass = countedByClass(
    counted.train.map(({ label }) => label),
    listing.classes.length,
  );
  const load = async (part: SplitName): Promise<LabelledImages> => {
    if (counts[part] === undefined)
      throw new AtelierError(`internal: '${listing.path}' has no ${part} pictures of its own`);
    return subset(
      all,
      counted[part].map(({ at }) => at),
    );
  };
  const dataset: Dataset = {
    name: listing.title,
    title: listing.title,
    classes: listing.classes,
    shape,
    fingerprint: fingerprintOf(listing.classes, used),
    counts,
    division: { ...shares, perClass },
    origin: { kind: listing.kind, path: listing.path, preparation, ...shares, skipDamaged },
    pictures: (part) => counted[part],
    damaged: inOrder(damaged),
    load,
    open: async (part) => {
      const images = await load(part);
      return { unpack: async () => images };
    },
  };
  checkEnough(listing.path, dataset, splitSizes(dataset).validation);
  return dataset;
}

/** An order that is the same on every machine, in which neighbours are of any class. */
function mixed(pictures: readonly ListedPicture[]): readonly ListedPicture[] {
  return Array.from(permutation(pictures.length, stream(0, 'pictures')), (at) => pictures[at]).filter(
    (picture) => picture !== undefined,
  );
}

/** SHA-256 over classes, names and contents, whatever the order they were found in; as hex. */
function fingerprintOf(
  classes: readonly string[],
  used: readonly (ListedPicture & { readonly hash: string })[],
): string {
  const lines = used.map(({ hash, label, part, name }) => JSON.stringify([hash, label, part, name]));
  return createHash('sha256')
    .update(JSON.stringify([classes, lines.toSorted()]))
    .digest('hex');
}

/** The images of all pictures, of the cache where it has them; black where one is damaged, which `damaged` then says. */
async function imagesOf(
  files: PictureImages,
  damaged: Map<number, DamagedPicture>,
  options: PicturesOptions,
): Promise<LabelledImages> {
  const { cache, logger, skipDamaged } = options;
  const { pictures, shape, preparation, hashes } = files;
  const labels = Uint32Array.from(pictures, ({ label }) => label);
  const onDamaged = (at: number, picture: DamagedPicture) => void damaged.set(at, picture);
  const parts = [
    String(preparationVersion),
    await decoderVersion(),
    JSON.stringify(preparation),
    ...hashes.map((hash) => hash ?? ''),
  ];
  const path = cache && cachePath({ shape, parts }, cache);
  const known = path === null ? undefined : await cachedImages(path, shape, labels, logger);
  if (known) {
    known.made.forEach((made, at) => {
      if (made === 0 && !damaged.has(at))
        damaged.set(at, {
          name: pictures[at]?.name ?? '',
          reason: `'${oneLine(pictures[at]?.name ?? '')}' could not be decoded.`,
        });
    });
    logger.debug({ path }, `images of ${pictures.length} pictures found in '${path}'`);
    return known.images;
  }
  const decoding = () => decodedImages(files, options, onDamaged);
  if (cache === null || path === null) {
    for await (const _ of decoding());
    return imagesOfFiles(files);
  }
  try {
    const images = refusing(decoding(), () => damaged.size > 0 && !skipDamaged);
    await writeCache(path, shape, pictures.length, images, cache);
  } catch (error) {
    if (error instanceof StoppedError) return imagesOfFiles(files);
    if (!(error instanceof CacheWriteError)) throw error;
    logger.warn(`${error.message} Pictures are decoded each time they are needed, which is slower`);
    for await (const _ of decoding());
    return imagesOfFiles(files);
  }
  const written = await cachedImages(path, shape, labels, logger);
  return written?.images ?? imagesOfFiles(files);
}

/** There is no use in keeping what will be refused. */
class StoppedError extends Error {}

/** Goes through all images, so that all that are damaged are found; ends in an error where they are not to be kept. */
async function* refusing<T>(images: AsyncIterable<T>, isRefused: () => boolean): AsyncGenerator<T, void, void> {
  for await (const image of images) yield image;
  if (isRefused()) throw new StoppedError();
}

/** By their names. */
function inOrder(damaged: ReadonlyMap<number, DamagedPicture>): readonly DamagedPicture[] {
  return [...damaged.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

const mostNamed = 20;

/** Says which pictures are left out, or throws with all of them. */
async function sayDamaged(
  { path, pictures }: Listing,
  damaged: ReadonlyMap<number, DamagedPicture>,
  { skipDamaged, logger }: PicturesOptions,
): Promise<void> {
  const all = inOrder(damaged);
  const named = all.slice(0, mostNamed).map(({ reason }) => `  - ${reason}`);
  const more = all.length > mostNamed ? [`  - and ${thousands(all.length - mostNamed)} more`] : [];
  const lines = [...named, ...more].join('\n');
  const count = `${thousands(all.length)} of ${thousands(pictures.length)} pictures`;
  if (skipDamaged) {
    logger.warn(
      { damaged: all.map(({ name }) => name) },
      `${count} of '${path}' cannot be read and are left out:\n${lines}`,
    );
    return;
  }
  throw new AtelierError(
    said`${count} of '${path}' cannot be read:\n${lines}\nMend or remove them, or go on without them: ${setting('skipDamaged', true)}.`,
    { code: 'data-damaged' },
  );
}

/** Some of the images, in the order of their positions. */
export function subset(images: LabelledImages, positions: readonly number[]): LabelledImages {
  const at = Uint32Array.from(positions);
  return {
    shape: images.shape,
    count: at.length,
    labels: at.map((position) => images.labels[position] ?? 0),
    read: (indices) => images.read(indices.map((index) => at[index] ?? images.count)),
  };
}
