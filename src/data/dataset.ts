import type { ImageShape } from '../../graphs/models/model.ts';
import { AtelierError } from '../errors.ts';
import { type Message, said, setting } from '../message.ts';
import type { Division } from './division.ts';
import { readImages, readLabels } from './idx.ts';
import { imagesInMemory, type LabelledImages } from './images.ts';
import { datasetFiles, datasetFingerprint, type Manifest, manifestShape, type PublishedPart } from './manifest.ts';
import type { Origin } from './own/origin.ts';
import type { LocatedFile } from './places.ts';
import { type DatasetOptions, locateDataset } from './sources.ts';
import { readStored, verified } from './verify.ts';

/** What images are for: a data set has some of these parts, a run uses all three. */
export const splitNames = ['train', 'validation', 'test'] as const;
/** A part of a data set, or what its images are used for: `split` of {@link evaluate}. */
export type SplitName = (typeof splitNames)[number];

/** What is known of a data set before any image of it is read. */
export interface DatasetDescription {
  readonly name: string;
  /** For people: `Fashion-MNIST`. */
  readonly title: string;
  /** Names of the classes, in the order of their numbers. */
  readonly classes: readonly string[];
  readonly shape: ImageShape;
  /** Identifies the content, as hex: data with the same fingerprint are the same bytes. */
  readonly fingerprint: string;
  /** Images of the parts that it comes in. Without validation images, a share of the training images validates. */
  readonly counts: { readonly train: number; readonly validation?: number; readonly test?: number };
  /** How training images are held out class by class; without it a tenth validates, drawn as PyTorch draws it. */
  readonly division?: Division | undefined;
  /** The files that it was made of, and how; absent for data that are known by their name. */
  readonly origin?: Origin | undefined;
  readonly licence?: { readonly spdx: string; readonly holder: string } | undefined;
  readonly homepage?: string | undefined;
  readonly citation?: string | undefined;
  /** What the pictures are of: `clothes`. */
  readonly things?: string | undefined;
  /** How they look: `White clothes on black ground`. */
  readonly appearance?: string | undefined;
  /** What the things in them have in common: `on black ground, centred`. */
  readonly setting?: string | undefined;
}

/** Labelled images of one size, in parts that are read when they are asked for. */
export interface Dataset extends DatasetDescription {
  /**
   * Finds and reads the files of a part.
   *
   * @throws AtelierError where the data set has no such part, or its files cannot be had
   */
  open(part: SplitName): Promise<OpenedPart>;
  /** As `open`, then `unpack`. */
  load(part: SplitName): Promise<LabelledImages>;
}

/** A part as its files hold it: found and read, not unpacked and verified yet. */
export interface OpenedPart {
  /**
   * Begins at once, in threads that are not this one: what this one does until it awaits the result costs no time.
   *
   * @throws AtelierError where a file does not hold what it should
   */
  unpack(): Promise<LabelledImages>;
}

/** The data set that a manifest describes. Its files are searched for, or fetched, when a part is asked for. */
export function publishedDataset(options: DatasetOptions): Dataset {
  const { manifest } = options;
  const open = async (part: SplitName): Promise<OpenedPart> => {
    if (part === 'validation')
      throw new AtelierError(
        `internal: ${manifest.title} has no validation images of its own; its training images are divided`,
      );
    const { images, labels } = manifest.files[part];
    return openFiles(part, await locateDataset(options, [images, labels]), options);
  };
  return {
    ...describePublished(manifest),
    open,
    load: async (part) => (await open(part)).unpack(),
  };
}

/** A data set of images that are there already: made by a program, or small enough to be handed around. */
export function datasetInMemory(
  description: Omit<DatasetDescription, 'counts' | 'shape'>,
  parts: { readonly train: LabelledImages } & { readonly [Part in SplitName]?: LabelledImages },
): Dataset {
  const load = async (part: SplitName) => {
    const images = parts[part];
    if (images) return images;
    throw new AtelierError(
      `data set '${description.name}' has no ${part} images; it has: ${Object.keys(parts).join(', ')}`,
      { code: 'unknown-name' },
    );
  };
  const { train, validation, test } = parts;
  return {
    ...description,
    shape: train.shape,
    counts: {
      train: train.count,
      ...(validation && { validation: validation.count }),
      ...(test && { test: test.count }),
    },
    load,
    open: async (part) => {
      const images = await load(part);
      return { unpack: async () => images };
    },
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
  const { name, title, classes, licence, homepage, citation, things, appearance, setting, files } = manifest;
  return {
    name,
    title,
    classes,
    shape: manifestShape(manifest),
    fingerprint: datasetFingerprint(manifest),
    counts: { train: files.train.images.shape[0], test: files.test.images.shape[0] },
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
  { manifest, dir }: DatasetOptions,
): Promise<OpenedPart> {
  const { images, labels } = manifest.files[part];
  const read = async (fileName: string): Promise<() => Promise<Uint8Array>> => {
    const found = files.find(({ file }) => file.name === fileName);
    if (found === undefined) throw new Error(`internal: ${fileName} was not located`);
    const { path, file } = found;
    const stored = await readStored(path);
    const known = datasetFiles(manifest);
    return () => verified(stored, { path, expected: file, known, wayOut: wayOut(found, manifest, dir) });
  };
  const [unpackImages, unpackLabels] = await Promise.all([read(images.name), read(labels.name)]);
  return {
    unpack: async () => {
      const [imageBytes, labelBytes] = await Promise.all([unpackImages(), unpackLabels()]);
      return imagesInMemory(
        manifestShape(manifest),
        readImages(imageBytes, images.name, images.shape),
        readLabels(labelBytes, labels.name, labels.shape, manifest.classes.length),
      );
    },
  };
}

/** What to do about a file with the wrong content; it may be the user's own, so it was left as it is. */
function wayOut({ path, source }: LocatedFile, { debian }: Manifest, dir: string | undefined): Message {
  const option = setting('dataDirectory');
  if (source === 'debian' && debian)
    return said`Reinstall it (apt install --reinstall ${debian.package}), or pass a folder with ${option}.`;
  const elsewhere = dir === undefined ? said`pass another folder with ${option}` : said`pass another ${option}`;
  return said`The file was left as it is. Move it away to have it replaced (mv '${path}' '${path}.bad'), or ${elsewhere}.`;
}
