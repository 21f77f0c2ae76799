import type { Dataset, SplitName } from '../dataset.ts';
import { countedByClass } from '../division.ts';
import { imageShapeText, labelsAt } from '../images.ts';
import { partOf, selectSplit, splitSizes } from '../splits.ts';

/** What there is of data of one's own: plain data, ready for JSON. */
export interface OwnDataReport {
  readonly name: string;
  /** The folder or file. */
  readonly path: string;
  readonly fingerprint: string;
  /** `3 x 64 x 64` */
  readonly images: string;
  /** Images of each class in each split; null for all where there are no test images. */
  readonly classes: readonly (Readonly<Record<'train' | 'validation', number>> & {
    readonly name: string;
    readonly test: number | null;
  })[];
  readonly splits: ReturnType<typeof splitSizes>;
}

/** Counts the images of each class, divided as a training with this seed divides them. */
export async function reportOwnData(dataset: Dataset, seed: number): Promise<OwnDataReport> {
  const { name, origin, fingerprint, shape, classes } = dataset;
  const splits = splitSizes(dataset);
  const count = async (split: SplitName): Promise<readonly number[]> => {
    const { images, indices } = selectSplit(dataset, split, await dataset.load(partOf(dataset, split)), { seed });
    return countedByClass(labelsAt(images, indices), classes.length);
  };
  const [train, validation] = [await count('train'), await count('validation')];
  const test = splits.test === null ? null : await count('test');
  return {
    name,
    path: origin?.path ?? '',
    fingerprint,
    images: imageShapeText(shape),
    classes: classes.map((className, label) => ({
      name: className,
      train: train[label] ?? 0,
      validation: validation[label] ?? 0,
      test: test === null ? null : (test[label] ?? 0),
    })),
    splits,
  };
}
