/** Data sets that are known by a name: found or fetched, unpacked and verified. */
import { AtelierError } from '../errors.ts';
import { type Message, said, setting } from '../message.ts';
import type { Dataset, DatasetDescription, OpenedPart, SplitName } from './dataset.ts';
import { readImages, readLabels } from './idx.ts';
import { imageSize, imagesInMemory, type LabelledImages } from './images.ts';
import {
  datasetFiles,
  datasetFingerprint,
  type IdxManifest,
  type Manifest,
  manifestShape,
  type PublishedPart,
  partFiles,
  publishedCounts,
  type RecordsManifest,
} from './manifest.ts';
import type { LocatedFile } from './places.ts';
import { unpackRecords } from './records.ts';
import { type DatasetOptions, locateDataset } from './sources.ts';
import { tarFiles } from './tar.ts';
import { readStored, verified } from './verify.ts';

/** The data set that a manifest describes. Its files are searched for, or fetched, when a part is asked for. */
export function publishedDataset(options: DatasetOptions): Dataset {
  const { manifest } = options;
  const open = async (part: SplitName): Promise<OpenedPart> => {
    if (part === 'validation')
      throw new AtelierError(
        `internal: ${manifest.title} has no validation images of its own; its training images are divided`,
      );
    return openFiles(part, await locateDataset(options, partFiles(manifest, part)), options);
  };
  return {
    ...describePublished(manifest),
    open,
    load: async (part) => (await open(part)).unpack(),
  };
}

/** Both parts of a published data set, with the files that they were read from. */
export interface LoadedDataset {
  readonly train: LabelledImages;
  readonly test: LabelledImages;
  /** Path, source, expected (so, actual) sha256. */
  readonly files: readonly LocatedFile[];
}

/**
 * Finds (or fetches), reads and verifies all of a published data set.
 *
 * @throws AtelierError where a file cannot be had or does not hold the published bytes
 */
export async function loadDataset(options: DatasetOptions): Promise<LoadedDataset> {
  const files = await locateDataset(options);
  const load = async (part: PublishedPart) => (await openFiles(part, files, options)).unpack();
  const [train, test] = await Promise.all([load('train'), load('test')]);
  return { train, test, files };
}

/** What a manifest says of its data set. */
export function describePublished(manifest: Manifest): DatasetDescription {
  const { name, title, classes, licence, homepage, citation, things, appearance, setting } = manifest;
  return {
    name,
    title,
    classes,
    shape: manifestShape(manifest),
    fingerprint: datasetFingerprint(manifest),
    counts: publishedCounts(manifest),
    licence,
    homepage,
    citation,
    things,
    appearance,
    setting,
  };
}

async function openFiles(
  part: PublishedPart,
  files: readonly LocatedFile[],
  options: DatasetOptions,
): Promise<OpenedPart> {
  const { manifest } = options;
  const known = new Set(partFiles(manifest, part).map(({ name }) => name));
  const ofPart = files.filter(({ file }) => known.has(file.name));
  if (ofPart.length !== known.size) throw new Error(`internal: not all files of ${part} were located`);
  return manifest.format === 'idx'
    ? openIdx(part, ofPart, manifest, options)
    : { unpack: () => unpackPart(part, ofPart, manifest, options) };
}

async function openIdx(
  part: PublishedPart,
  files: readonly LocatedFile[],
  manifest: IdxManifest,
  options: DatasetOptions,
): Promise<OpenedPart> {
  const { images, labels } = manifest.files[part];
  const stored = await Promise.all(
    files.map(async (found) => ({
      name: found.file.name,
      unpack: verifying(found, await readStored(found.path), options),
    })),
  );
  const unpack = (name: string) =>
    stored.find((file) => file.name === name)?.unpack() ?? Promise.reject(new Error(`internal: ${name} was not read`));
  return {
    unpack: async () => {
      const [imageBytes, labelBytes] = await Promise.all([unpack(images.name), unpack(labels.name)]);
      return imagesInMemory(
        manifestShape(manifest),
        readImages(imageBytes, images.name, images.shape),
        readLabels(labelBytes, labels.name, labels.shape, manifest.classes.length),
      );
    },
  };
}

/** The images of all files of records, which are read one after the other: a whole part is in memory once. */
async function unpackPart(
  part: PublishedPart,
  files: readonly LocatedFile[],
  manifest: RecordsManifest,
  options: DatasetOptions,
): Promise<LabelledImages> {
  const shape = manifestShape(manifest);
  const count = publishedCounts(manifest)[part];
  const into = { images: new Uint8Array(count * imageSize(shape)), labels: new Uint8Array(count) };
  const firstOf = new Map<string, number>();
  let first = 0;
  for (const { name, images } of manifest.files[part]) {
    firstOf.set(name, first);
    first += images;
  }
  for await (const [{ file }, bytes] of contents(files, options))
    unpackRecords(
      bytes,
      { shape, classCount: manifest.classes.length, what: file.name },
      into,
      firstOf.get(file.name) ?? 0,
    );
  return imagesInMemory(shape, into.images, into.labels);
}

/** The verified bytes of each file; an archive is gone through once for all that are in it. */
async function* contents(
  files: readonly LocatedFile[],
  options: DatasetOptions,
): AsyncGenerator<readonly [LocatedFile, Uint8Array], void, void> {
  for (const found of files)
    if (!found.inArchive) yield [found, await verifying(found, await readStored(found.path), options)()];
  const archives = new Set(files.flatMap(({ inArchive, path }) => (inArchive ? [path] : [])));
  for (const archive of archives) {
    const left = new Map(files.flatMap((found) => (found.path === archive ? [[found.file.name, found]] : [])));
    const isWanted = ({ name, bytes }: { readonly name: string; readonly bytes: number }) => {
      const expected = left.get(name)?.file.bytes;
      if (expected === undefined || expected === bytes) return expected !== undefined;
      throw new AtelierError(
        `'${archive}' is not ${options.manifest.title}: expected ${expected} bytes of ${name} in it, found ${bytes}. Pass the published archive.`,
        { code: 'data-damaged' },
      );
    };
    for await (const { name, content } of tarFiles(archive, isWanted)) {
      const found = left.get(name);
      if (found === undefined) continue;
      yield [found, await verifying(found, content, options)()];
      left.delete(name);
      if (left.size === 0) break;
    }
    if (left.size > 0)
      throw new AtelierError(
        `'${archive}' is not ${options.manifest.title}: it lacks ${[...left.keys()].join(', ')}. Pass the published archive${archiveName(options.manifest)}.`,
        { code: 'data-damaged' },
      );
  }
}

function archiveName(manifest: Manifest): string {
  return manifest.format === 'cifar' ? `, ${manifest.archive.name}` : '';
}

function verifying(
  found: LocatedFile,
  stored: Uint8Array,
  { manifest, dir }: DatasetOptions,
): () => Promise<Uint8Array> {
  const { path, file } = found;
  const expectation = {
    path,
    expected: file,
    known: datasetFiles(manifest),
    wayOut: wayOut(found, manifest, dir),
    isWithin: found.inArchive,
  };
  return () => verified(stored, expectation);
}

/** What to do about a file with the wrong content; it may be the user's own, so it was left as it is. */
function wayOut({ path, source }: LocatedFile, { debian }: Manifest, dir: string | undefined): Message {
  const option = setting('dataDirectory');
  if (source === 'debian' && debian)
    return said`Reinstall it (apt install --reinstall ${debian.package}), or pass a folder with ${option}.`;
  const elsewhere = dir === undefined ? said`pass another folder with ${option}` : said`pass another ${option}`;
  return said`The file was left as it is. Move it away to have it replaced (mv '${path}' '${path}.bad'), or ${elsewhere}.`;
}
