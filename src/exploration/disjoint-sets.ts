/** Numbers from 0 to count - 1 in sets that are joined: union by size, paths halved (R. Sedgewick, K. Wayne, Algorithms, 1.5). */
export class DisjointSets {
  readonly #parents: Uint32Array;
  readonly #sizes: Uint32Array;

  constructor(count: number) {
    this.#parents = Uint32Array.from({ length: count }, (_, at) => at);
    this.#sizes = new Uint32Array(count).fill(1);
  }

  /** The number that stands for the set of another. */
  find(member: number): number {
    let at = member;
    for (;;) {
      const parent = this.#parents[at] ?? at;
      if (parent === at) return at;
      const above = this.#parents[parent] ?? parent;
      this.#parents[at] = above;
      at = above;
    }
  }

  /** Makes one set of those of two numbers. */
  join(a: number, b: number): void {
    const [one, other] = [this.find(a), this.find(b)];
    if (one === other) return;
    const [large, small] =
      (this.#sizes[one] ?? 0) >= (this.#sizes[other] ?? 0) ? ([one, other] as const) : ([other, one] as const);
    this.#parents[small] = large;
    this.#sizes[large] = (this.#sizes[large] ?? 0) + (this.#sizes[small] ?? 0);
  }
}
