import { readImages, readLabels } from './idx.ts';
import type { LabelledImages } from './images.ts';
import { datasetFiles, datasetFingerprint, loadManifest, type Manifest, type SplitName } from './manifest.ts';
import { type DatasetOptions, type LocatedFile, locateDataset } from './sources.ts';
import { readStored, verified } from './verify.ts';

/** What is known about the data once its bytes are verified. */
export interface DatasetIdentity {
  /** Names of the classes, in the order of their numbers. */
  readonly classes: readonly string[];
  /** The files that were read: path, source, expected (so, actual) sha256. */
  readonly files: readonly LocatedFile[];
  /** Of the whole data set, whichever part was loaded; see `datasetFingerprint`. */
  readonly fingerprint: string;
}

export interface Dataset extends DatasetIdentity {
  readonly train: LabelledImages;
  readonly test: LabelledImages;
}

/** The published training half (60,000) or test half (10,000). */
export interface DatasetPart extends DatasetIdentity, LabelledImages {}

/** A half as its files hold it: found and read, not unpacked and verified yet. */
export interface StoredPart {
  /**
   * Begins at once, in threads that are not this one: what this one does until it awaits the result costs no time.
   *
   * @throws AtelierError where a file does not hold the published bytes
   */
  unpack(): Promise<DatasetPart>;
}

/**
 * Finds (or fetches), reads and verifies the whole data set.
 *
 * @throws AtelierError where a file cannot be had or does not hold the published bytes
 */
export async function loadDataset(options: DatasetOptions): Promise<Dataset> {
  const manifest = options.manifest ?? (await loadManifest());
  const files = await locateDataset({ ...options, manifest });
  const load = async (name: SplitName) => (await readPart(name, files, manifest, options)).unpack();
  const [train, test] = await Promise.all([load('train'), load('test')]);
  return { train, test, ...identify(manifest, files) };
}

/** As `loadDataset`, but only one half is searched for, fetched and read. */
export async function loadDatasetPart(name: SplitName, options: DatasetOptions): Promise<DatasetPart> {
  return (await readDatasetPart(name, options)).unpack();
}

/** The first part of `loadDatasetPart`: all that waits for disks and networks. */
export async function readDatasetPart(name: SplitName, options: DatasetOptions): Promise<StoredPart> {
  const manifest = options.manifest ?? (await loadManifest());
  const { images, labels } = manifest.files[name];
  const files = await locateDataset({ ...options, manifest }, [images, labels]);
  return readPart(name, files, manifest, options);
}

function identify(manifest: Manifest, files: readonly LocatedFile[]): DatasetIdentity {
  return { classes: manifest.classes, files, fingerprint: datasetFingerprint(manifest) };
}

async function readPart(
  name: SplitName,
  files: readonly LocatedFile[],
  manifest: Manifest,
  { dir }: DatasetOptions,
): Promise<StoredPart> {
  const { images, labels } = manifest.files[name];
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
      return {
        images: readImages(imageBytes, images.name, images.shape),
        labels: readLabels(labelBytes, labels.name, labels.shape, manifest.classes.length),
        count: images.shape[0],
        ...identify(manifest, files),
      };
    },
  };
}

/** What to do about a file with the wrong content; it may be the user's own, so it was left as it is. */
function wayOut({ path, source }: LocatedFile, { debian }: Manifest, dir: string | undefined): string {
  if (source === 'debian')
    return `Reinstall it (apt install --reinstall ${debian.package}), or pass a folder with --dir.`;
  const elsewhere = dir === undefined ? 'pass another folder with --dir' : 'pass another --dir';
  return `The file was left as it is. Move it away to have it replaced (mv '${path}' '${path}.bad'), or ${elsewhere}.`;
}
