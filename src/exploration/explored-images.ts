import { type Dataset, type SplitName, splitNames } from '../data/dataset.ts';
import { imageAt, type LabelledImages } from '../data/images.ts';
import { partOf, selectSplit, splitSizes } from '../data/splits.ts';
import { AtelierError } from '../errors.ts';
import type { ExploredImage } from './exploration.ts';

interface Held {
  readonly split: SplitName;
  readonly images: LabelledImages;
  /** Positions in the part, in ascending order: neighbours in a file are read together. */
  readonly indices: Uint32Array;
  readonly names: readonly (string | undefined)[];
}

const readAtOnce = 512;

/** All images of a data set in one order: those that train, those that validate, those that test. */
export class ExploredImages {
  readonly #held: readonly Held[];
  readonly count: number;

  private constructor(held: readonly Held[]) {
    this.#held = held;
    this.count = held.reduce((sum, { indices }) => sum + indices.length, 0);
  }

  /**
   * Opens the parts of a data set.
   *
   * @param seed of its division into splits
   */
  static async open(dataset: Dataset, seed: number): Promise<ExploredImages> {
    const sizes = splitSizes(dataset);
    const parts = new Map<SplitName, Promise<LabelledImages>>();
    const held: Held[] = [];
    for (const split of splitNames) {
      if (sizes[split] === null) continue;
      const part = partOf(dataset, split);
      const loading = parts.get(part) ?? dataset.load(part);
      parts.set(part, loading);
      const { images, indices } = selectSplit(dataset, split, await loading, { seed });
      const files = dataset.pictures?.(part);
      const sorted = indices.toSorted();
      held.push({ split, images, indices: sorted, names: Array.from(sorted, (index) => files?.[index]?.name) });
    }
    return new ExploredImages(held);
  }

  /** The image of a number. */
  at(number: number): ExploredImage {
    let left = number;
    for (const { split, images, indices, names } of this.#held) {
      const index = indices[left];
      if (index !== undefined) {
        const name = names[left];
        return { split, index, label: images.labels[index] ?? 0, ...(name !== undefined && { name }) };
      }
      left -= indices.length;
    }
    throw new AtelierError(`internal: there is no image ${number} of ${this.count}`);
  }

  /** The file of an image, where it has one. */
  nameOf({ split, index }: Pick<ExploredImage, 'split' | 'index'>): { readonly name?: string } {
    const held = this.#held.find((one) => one.split === split);
    const name = held?.names[held.indices.indexOf(index)];
    return name === undefined ? {} : { name };
  }

  /** Images of each class in a split; null where there is no such split. */
  countsOf(split: SplitName, classes: number): readonly number[] | null {
    const held = this.#held.find((one) => one.split === split);
    if (!held) return null;
    const counts = new Array<number>(classes).fill(0);
    for (const index of held.indices) {
      const label = held.images.labels[index] ?? 0;
      counts[label] = (counts[label] ?? 0) + 1;
    }
    return counts;
  }

  /** All images with their numbers, read some hundreds at a time. */
  async *all(): AsyncGenerator<{ readonly number: number; readonly label: number; readonly pixels: Uint8Array }> {
    let number = 0;
    for (const { images, indices } of this.#held) {
      for (let start = 0; start < indices.length; start += readAtOnce) {
        const some = indices.subarray(start, start + readAtOnce);
        const pixels = await images.read(some);
        for (const [at, index] of some.entries()) {
          yield { number, label: images.labels[index] ?? 0, pixels: imageAt(pixels, images.shape, at) };
          number += 1;
        }
      }
    }
  }

  /** The pixels of some images, uint8 [channels * height * width] each. */
  async read(some: readonly Pick<ExploredImage, 'split' | 'index'>[]): Promise<readonly Uint8Array[]> {
    const found: Uint8Array[] = [];
    for (const { split, index } of some) {
      const held = this.#held.find((one) => one.split === split);
      if (!held) throw new AtelierError(`internal: there are no ${split} images`);
      found.push(await held.images.read(Uint32Array.of(index)));
    }
    return found;
  }
}
