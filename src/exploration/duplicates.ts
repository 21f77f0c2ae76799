import { createHash } from 'node:crypto';
import type { ImageShape } from '../data/images.ts';
import { closeHashes } from './close-hashes.ts';
import { DisjointSets } from './disjoint-sets.ts';
import { alone, farLevels, surely, Thumbnails } from './similarity.ts';

/** Images that show the same, by their numbers. */
export interface DuplicateGroup {
  /** Whether all have the same pixels. */
  readonly exact: boolean;
  /** The least correlation of levels among the pairs that hold the group together; 1 where all are the same. */
  readonly correlation: number;
  /** In ascending order, two at least. */
  readonly members: readonly number[];
}

/**
 * The most bits that may differ between the hashes of two images that are looked at closer. Of 200 pictures saved anew
 * (JPEG, quality 75), at half the size or brighter, 95 % differ in 4 bits at most.
 */
export const hashRadius = 6;

/** Takes images one by one, then finds those that are the same or nearly so. */
export class DuplicateSearch {
  /** Images by the hash of their pixels, each content once. */
  readonly #contents = new Map<string, number[]>();
  readonly #thumbnails: Thumbnails;
  #distinct = 0;
  #count = 0;

  /** @param count images that will be added, at most */
  constructor(shape: ImageShape, count: number) {
    this.#thumbnails = new Thumbnails(shape, count);
  }

  /** Takes the next image, uint8 [channels * height * width]. */
  add(image: Uint8Array): void {
    const key = createHash('sha256').update(image).digest('base64');
    const known = this.#contents.get(key);
    if (known) known.push(this.#count);
    else {
      this.#contents.set(key, [this.#count]);
      this.#thumbnails.set(this.#distinct, image);
      this.#distinct += 1;
    }
    this.#count += 1;
  }

  /**
   * All groups, the largest first, of the same size by their first member. Candidates are images whose hashes are close;
   * their pixels decide (`Thumbnails.likeness`).
   *
   * @param others lets others have their turn, now and then; what it throws ends the search
   */
  async find(others: () => Promise<void>): Promise<readonly DuplicateGroup[]> {
    const copies = [...this.#contents.values()];
    const sets = new DisjointSets(copies.length);
    const links: { readonly first: number; readonly correlation: number }[] = [];
    const link = (first: number, second: number, correlation: number) => {
      sets.join(first, second);
      links.push({ first, correlation });
    };
    const nearest = new Nearest(this.#distinct);
    const unsure: { readonly first: number; readonly second: number; readonly levels: number }[] = [];
    const visit = (first: number, second: number) => {
      const likeness = this.#thumbnails.likeness(first, second);
      if (!likeness) return;
      const { levels, steps } = likeness;
      nearest.see(first, second, levels);
      if (levels >= surely.levels || steps >= surely.steps) link(first, second, levels);
      else if (levels >= alone.levels && steps >= alone.steps) unsure.push({ first, second, levels });
    };
    const hashes = this.#thumbnails.hashes.subarray(0, 2 * this.#distinct);
    for (const _ of closeHashes(hashes, hashRadius, visit)) await others();
    for (const { first, second, levels } of unsure)
      if (1 - nearest.besides(first, second) >= alone.apart * (1 - levels)) link(first, second, levels);

    const least = new Map<number, number>();
    for (const { first, correlation } of links) {
      const set = sets.find(first);
      least.set(set, Math.min(least.get(set) ?? 1, correlation));
    }
    const members = new Map<number, number[]>();
    for (const [content, images] of copies.entries()) {
      const set = sets.find(content);
      const found = members.get(set);
      if (found) found.push(...images);
      else members.set(set, [...images]);
    }
    return [...members]
      .filter(([, images]) => images.length > 1)
      .map(([set, images]) => ({
        exact: !least.has(set),
        correlation: least.get(set) ?? 1,
        members: images.toSorted((a, b) => a - b),
      }))
      .toSorted((a, b) => b.members.length - a.members.length || (a.members[0] ?? 0) - (b.members[0] ?? 0));
  }
}

/** The two nearest of each picture, as far as any were seen. */
class Nearest {
  readonly #first: Float32Array;
  readonly #second: Float32Array;

  constructor(count: number) {
    this.#first = new Float32Array(count).fill(farLevels);
    this.#second = new Float32Array(count).fill(farLevels);
  }

  /** Takes the correlation of two pictures. */
  see(a: number, b: number, levels: number): void {
    for (const at of [a, b]) {
      const first = this.#first[at] ?? 0;
      this.#first[at] = Math.max(first, levels);
      this.#second[at] = Math.max(this.#second[at] ?? 0, Math.min(first, levels));
    }
  }

  /** The correlation of a third picture that is nearest to one of two. Where these are not nearest to each other, that of the nearest. */
  besides(a: number, b: number): number {
    const isMutual = this.#first[a] === this.#first[b];
    const seen = isMutual ? this.#second : this.#first;
    return Math.max(seen[a] ?? 0, seen[b] ?? 0);
  }
}
