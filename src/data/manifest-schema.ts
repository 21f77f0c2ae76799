/** What a manifest of a data set that has a name must hold: `datasets/<name>.json`. */
import { z } from 'zod';
import { idxHeaderBytes } from './idx.ts';

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`), `expected ${digits} hex digits`);
const size = z.int().positive();
const classLimits = { least: 2, most: 256 } as const;

/**
 * `bytes` and `sha256` are of the unpacked file, since the same data may be packed anew, as Debian does; `gzipSha256` and `gzipMd5`
 * are of the official .gz. A file whose unpacked bytes nobody has published a checksum of is taken as that .gz only.
 */
const idxFields = {
  name: z.string().regex(/^[\w-]+$/),
  bytes: size,
  sha256: hex(64).optional(),
  gzipSha256: hex(64).optional(),
  gzipMd5: hex(32).optional(),
};
const sizeMismatch = 'bytes is not the size of an IDX file of this shape';
const noChecksum = 'sha256 or gzipSha256 is needed';

const idxPart = z
  .strictObject({
    images: z
      .strictObject({ ...idxFields, shape: z.tuple([size, size, size]) })
      .refine(hasIdxSize, sizeMismatch)
      .refine(hasChecksum, noChecksum),
    labels: z
      .strictObject({ ...idxFields, shape: z.tuple([size]) })
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

function imageSizes({ images }: z.infer<typeof idxPart>): string {
  return images.shape.slice(1).join(' x ');
}

/** Some records, one after the other: a byte for the class, then the channels of an image. */
const recordsFile = z.strictObject({ name: z.string().regex(/^[\w.-]+$/), images: size, sha256: hex(64) });
const recordsPart = z.array(recordsFile).min(1);

const about = {
  name: z.string().min(1),
  title: z.string().min(1),
  homepage: z.url(),
  /** Absent where its makers say nothing of one. */
  licence: z.strictObject({ spdx: z.string().min(1), holder: z.string().min(1) }).optional(),
  citation: z.string().min(1),
  /** What the pictures are of: `clothes`. */
  things: z.string().min(1).optional(),
  /** How they look: `White clothes on black ground`. */
  appearance: z.string().min(1).optional(),
  /** What the things in them have in common: `on black ground, centred`. */
  setting: z.string().min(1).optional(),
  classes: z.array(z.string().min(1)).min(classLimits.least).max(classLimits.most),
  /** The package that has it, where there is one. */
  debian: z.strictObject({ package: z.string().min(1), directory: z.string().min(1) }).optional(),
  mirrors: z.array(z.url().endsWith('/')),
};

/** Files of images and files of labels, each packed by itself: MNIST and its descendants. */
const idxManifest = z.strictObject({
  ...about,
  format: z.literal('idx'),
  files: z
    .strictObject({ train: idxPart, test: idxPart })
    .refine(({ train, test }) => imageSizes(train) === imageSizes(test), 'all images must have one size'),
});

/** One packed archive with files of records: CIFAR-10's binary version (Krizhevsky, "The CIFAR-10 dataset", binary version). */
const recordsManifest = z.strictObject({
  ...about,
  format: z.literal('cifar'),
  /** Channels, height and width. */
  shape: z.tuple([size, size, size]),
  /** `bytes`, `sha256` and `md5` are of the packed archive, `folder` is where its files lie in it. */
  archive: z.strictObject({
    name: z.string().regex(/^[\w-]+\.tar\.gz$/, 'expected the name of a .tar.gz'),
    bytes: size,
    sha256: hex(64),
    md5: hex(32),
    folder: z.string().regex(/^[\w-]+$/),
  }),
  files: z.strictObject({ train: recordsPart, test: recordsPart }),
});

export const manifestSchema = z.discriminatedUnion('format', [idxManifest, recordsManifest]);
