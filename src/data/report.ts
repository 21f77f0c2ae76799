import { stat } from 'node:fs/promises';
import type { LabelledImages } from './images.ts';
import { datasetFingerprint } from './manifest.ts';
import type { LocatedFile } from './places.ts';
import { type LoadedDataset, loadDataset } from './published.ts';
import type { DatasetOptions } from './sources.ts';
import { splitCounts } from './split.ts';

/** What there is of a data set: plain data, ready for JSON. */
export interface DatasetReport {
  readonly name: string;
  readonly title: string;
  readonly homepage: string;
  /** Null where its makers say nothing of one. */
  readonly licence: string | null;
  readonly fingerprint: string;
  readonly files: readonly {
    readonly name: string;
    readonly path: string;
    readonly source: LocatedFile['source'];
    /** Size on disk; packed where the path ends in .gz, and of the whole archive where it is in one. */
    readonly storedBytes: number;
    /** Size of the verified, unpacked content. */
    readonly bytes: number;
    /** Of that content, or of the file as it is packed, where only that is known. */
    readonly sha256: string;
  }[];
  /** Images of each class in the published halves. */
  readonly classes: readonly { readonly name: string; readonly train: number; readonly test: number }[];
  /** Images that the project trains on, validates with and holds out. */
  readonly splits: { readonly train: number; readonly validation: number; readonly test: number };
}

/**
 * Finds or fetches the files, verifies every byte, and says what there is.
 *
 * @throws AtelierError as `loadDataset`
 */
export async function prepareDataset(options: DatasetOptions): Promise<DatasetReport> {
  const { manifest } = options;
  const dataset = await loadDataset(options);
  const { name, title, homepage, licence } = manifest;
  return {
    name,
    title,
    homepage,
    licence: licence ? `${licence.spdx}, ${licence.holder}` : null,
    fingerprint: datasetFingerprint(manifest),
    files: await Promise.all(dataset.files.map(describeFile)),
    classes: countClasses(manifest.classes, dataset),
    splits: { ...splitCounts(dataset.train.count), test: dataset.test.count },
  };
}

async function describeFile({ file, path, source }: LocatedFile): Promise<DatasetReport['files'][number]> {
  const { size } = await stat(path);
  return {
    name: file.name,
    path,
    source,
    storedBytes: size,
    bytes: file.bytes,
    sha256: file.sha256 ?? file.gzipSha256 ?? '',
  };
}

function countClasses(classes: readonly string[], { train, test }: LoadedDataset): DatasetReport['classes'] {
  const count = ({ labels }: LabelledImages, label: number) => labels.reduce((n, l) => n + (l === label ? 1 : 0), 0);
  return classes.map((name, label) => ({ name, train: count(train, label), test: count(test, label) }));
}
