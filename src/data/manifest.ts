import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ImageShape } from '../../graphs/models/model.ts';
import { AtelierError, UsageError } from '../errors.ts';
import { readJson } from '../files/json.ts';
import { packageRoot } from '../files/package-root.ts';
import { fileProblem } from '../files/problems.ts';
import { didYouMean } from '../text/nearest.ts';
import { imageSize } from './images.ts';
import { manifestSchema } from './manifest-schema.ts';

/** What there is to know about a data set that has a name: `datasets/<name>.json`. */
export type Manifest = z.infer<typeof manifestSchema>;
/** Of a data set in IDX files, as MNIST has them. */
export type IdxManifest = Extract<Manifest, { readonly format: 'idx' }>;
/** Of a data set in files of records within an archive, as CIFAR-10 has them. */
export type RecordsManifest = Extract<Manifest, { readonly format: 'cifar' }>;
/** The parts in which such a data set is published. */
export type PublishedPart = keyof Manifest['files'];

/** The size of its images; those of IDX files have one channel. */
export function manifestShape(manifest: Manifest): ImageShape {
  if (manifest.format === 'cifar') {
    const [channels, height, width] = manifest.shape;
    return { channels, height, width };
  }
  const [, height, width] = manifest.files.train.images.shape;
  return { channels: 1, height, width };
}

/** The images of each part. */
export function publishedCounts(manifest: Manifest): Readonly<Record<PublishedPart, number>> {
  if (manifest.format === 'idx')
    return { train: manifest.files.train.images.shape[0], test: manifest.files.test.images.shape[0] };
  const sum = (part: PublishedPart) => manifest.files[part].reduce((total, { images }) => total + images, 0);
  return { train: sum('train'), test: sum('test') };
}

/** A file of the data set, under its name once unpacked. */
export interface DatasetFile {
  readonly name: string;
  readonly bytes: number;
  /** Of the unpacked bytes; undefined where only `gzipSha256` is known, of the packed ones. */
  readonly sha256?: string | undefined;
  readonly gzipSha256?: string | undefined;
  /** As what a folder may have it, the best first: what is unpacked loads faster. */
  readonly forms: readonly FileForm[];
  readonly download: Download;
}

/** A path within a folder, of the file itself (perhaps packed) or of an archive that holds it. */
export interface FileForm {
  readonly path: string;
  readonly inArchive: boolean;
}

/** What mirrors hand out: a file by itself, packed, or an archive of several. */
export interface Download {
  readonly name: string;
  /** Of what is handed out, where it is known: of an archive. A packed file is verified by what is in it. */
  readonly archive?: { readonly bytes: number; readonly sha256: string };
}

const manifestFolder = () => join(packageRoot(), 'datasets');

/** The data sets that are known by a name. */
export async function datasetNames(): Promise<readonly string[]> {
  const files = await readdir(manifestFolder()).catch((error: unknown) => {
    throw fileProblem('list the data sets in', manifestFolder(), error);
  });
  return files.flatMap((file) => (file.endsWith('.json') ? file.replace(/\.json$/, '') : [])).sort();
}

/**
 * The manifest of a data set, which comes with the package.
 *
 * @throws UsageError, with the names there are, for an unknown one; AtelierError where the file breaks the schema
 */
export async function loadManifest(name: string): Promise<Manifest> {
  const names = await datasetNames();
  if (!names.includes(name))
    throw new UsageError(
      `unknown data set '${name}'; there are: ${names.join(', ')}${didYouMean(name, names) || '.'}`,
      { code: 'unknown-name' },
    );
  return readJson(join(manifestFolder(), `${name}.json`), parseManifest);
}

/** Checks a manifest. Throws AtelierError with every field that is wrong. */
export function parseManifest(value: unknown): Manifest {
  const result = manifestSchema.safeParse(value);
  if (result.success) return result.data;
  throw new AtelierError(`not a valid data set manifest:\n${z.prettifyError(result.error)}`, { code: 'file-damaged' });
}

/** The files that a part is read from: images and labels of IDX, or those of records in their order. */
export function partFiles(manifest: Manifest, part: PublishedPart): readonly DatasetFile[] {
  if (manifest.format === 'idx') {
    const { images, labels } = manifest.files[part];
    return [images, labels].map(({ name, bytes, sha256, gzipSha256 }): DatasetFile => {
      const packed = `${name}.gz`;
      const paths = sha256 === undefined ? [packed] : [name, packed];
      const forms = paths.map((path) => ({ path, inArchive: false }));
      return { name, bytes, sha256, gzipSha256, forms, download: { name: packed } };
    });
  }
  const { archive } = manifest;
  const { name: packed, bytes, sha256, folder } = archive;
  return manifest.files[part].map((file): DatasetFile => {
    const { name } = file;
    const forms = [
      ...[name, join(folder, name)].map((path) => ({ path, inArchive: false })),
      ...[packed, packed.replace(/\.gz$/, '')].map((path) => ({ path, inArchive: true })),
    ];
    const download = { name: packed, archive: { bytes, sha256 } };
    return { name, bytes: file.images * recordBytes(manifest), sha256: file.sha256, forms, download };
  });
}

/** A byte for the class, then the image. */
export function recordBytes(manifest: RecordsManifest): number {
  return 1 + imageSize(manifestShape(manifest));
}

/** All files of a data set: those of the training images first. */
export function datasetFiles(manifest: Manifest): readonly DatasetFile[] {
  return [...partFiles(manifest, 'train'), ...partFiles(manifest, 'test')];
}

/**
 * Identifies the data set's content, as hex: sha256 over the lines `<sha256>  <name>` of its files, sha256sum's format (of the
 * packed files, `<sha256>  <name>.gz`, where only theirs are known).
 * Data that was loaded has these very bytes, so the fingerprint needs no second look at them.
 */
export function datasetFingerprint(manifest: Manifest): string {
  const lines = datasetFiles(manifest).map(({ sha256, gzipSha256, name }) =>
    sha256 === undefined ? `${gzipSha256}  ${name}.gz\n` : `${sha256}  ${name}\n`,
  );
  return createHash('sha256').update(lines.join('')).digest('hex');
}

/** Where nobody names a folder: datasets/<name> beside the package's own package.json, whatever the current folder is. */
export function defaultDatasetDirectory({ name }: Manifest): string {
  return join(packageRoot(), 'datasets', name);
}
