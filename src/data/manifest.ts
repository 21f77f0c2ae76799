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
import { idxHeaderBytes } from './idx.ts';

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`), `expected ${digits} hex digits`);
const size = z.int().positive();

/**
 * `bytes` and `sha256` are of the unpacked file, since the same data may be packed anew, as Debian does; `gzipSha256` and `gzipMd5`
 * are of the official .gz. A file whose unpacked bytes nobody has published a checksum of is taken as that .gz only.
 */
const fileFields = {
  name: z.string().regex(/^[\w-]+$/),
  bytes: size,
  sha256: hex(64).optional(),
  gzipSha256: hex(64).optional(),
  gzipMd5: hex(32).optional(),
};
const sizeMismatch = 'bytes is not the size of an IDX file of this shape';

const noChecksum = 'sha256 or gzipSha256 is needed';

const partSchema = z
  .strictObject({
    images: z
      .strictObject({ ...fileFields, shape: z.tuple([size, size, size]) })
      .refine(hasIdxSize, sizeMismatch)
      .refine(hasChecksum, noChecksum),
    labels: z
      .strictObject({ ...fileFields, shape: z.tuple([size]) })
      .refine(hasIdxSize, sizeMismatch)
      .refine(hasChecksum, noChecksum),
  })
  .refine(({ images, labels }) => images.shape[0] === labels.shape[0], 'there must be as many labels as images');

function hasIdxSize({ bytes, shape }: { bytes: number; shape: readonly number[] }): boolean {
  return bytes === idxHeaderBytes(shape.length) + shape.reduce((product, dimension) => product * dimension, 1);
}

function hasChecksum({
  sha256,
  gzipSha256,
}: {
  sha256?: string | undefined;
  gzipSha256?: string | undefined;
}): boolean {
  return sha256 !== undefined || gzipSha256 !== undefined;
}

function imageSizes({ images }: z.infer<typeof partSchema>): string {
  return images.shape.slice(1).join(' x ');
}

const manifestSchema = z.strictObject({
  name: z.string().min(1),
  title: z.string().min(1),
  homepage: z.url(),
  licence: z.strictObject({ spdx: z.string().min(1), holder: z.string().min(1) }),
  citation: z.string().min(1),
  /** What the pictures are of: `clothes`. */
  things: z.string().min(1).optional(),
  /** How they look: `White clothes on black ground`. */
  appearance: z.string().min(1).optional(),
  /** What the things in them have in common: `on black ground, centred`. */
  setting: z.string().min(1).optional(),
  classes: z.array(z.string().min(1)).min(2).max(256),
  files: z
    .strictObject({ train: partSchema, test: partSchema })
    .refine(({ train, test }) => imageSizes(train) === imageSizes(test), 'all images must have one size'),
  /** The package that has it, where there is one. */
  debian: z.strictObject({ package: z.string().min(1), directory: z.string().min(1) }).optional(),
  mirrors: z.array(z.url().endsWith('/')),
});

/** What there is to know about a data set that has a name: `datasets/<name>.json`. */
export type Manifest = z.infer<typeof manifestSchema>;
/** The parts in which such a data set is published. */
export type PublishedPart = keyof Manifest['files'];

/** The size of its images: IDX files hold one channel. */
export function manifestShape({ files }: Manifest): ImageShape {
  const [, height, width] = files.train.images.shape;
  return { channels: 1, height, width };
}

/** One of the data set's IDX files, under its name without `.gz`. */
export interface DatasetFile {
  readonly name: string;
  readonly shape: readonly number[];
  readonly bytes: number;
  /** Of the unpacked bytes; undefined where only `gzipSha256` is known, of the packed ones. */
  readonly sha256?: string | undefined;
  readonly gzipSha256?: string | undefined;
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

/** A data set's four files: training images and labels, test images and labels. */
export function datasetFiles({ files: { train, test } }: Manifest): readonly DatasetFile[] {
  return [train.images, train.labels, test.images, test.labels];
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
