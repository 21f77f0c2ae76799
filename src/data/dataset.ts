import type { ImageShape } from '../../graphs/models/model.ts';
import { AtelierError } from '../errors.ts';
import type { Division } from './division.ts';
import type { LabelledImages } from './images.ts';
import type { Origin } from './own/origin.ts';

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

/** A file that an image was made of. */
export interface SourcePicture {
  /** Below the folder, or as the table writes it; with slashes. */
  readonly name: string;
  /** Where it is. */
  readonly path: string;
}

/** A picture that cannot be used, and why. */
export interface DamagedPicture {
  readonly name: string;
  readonly reason: string;
}

/** Labelled images of one size, in parts that are read when they are asked for. */
export interface Dataset extends DatasetDescription {
  /** The files that the images of a part were made of, in their order; absent where images were no files of their own. */
  pictures?(part: SplitName): readonly SourcePicture[];
  /** The pictures that are left out, since they cannot be read; absent likewise. */
  readonly damaged?: readonly DamagedPicture[];
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
