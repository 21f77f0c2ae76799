/** Along one axis: what each cell of the reduced image takes of the original. */
interface Axis {
  /** The first pixel of each cell, and how many it touches. */
  readonly first: Uint32Array;
  readonly count: Uint32Array;
  /** The shares of a cell that its pixels cover, `most` places for each cell; they add up to 1. */
  readonly weights: Float64Array;
  readonly most: number;
}

/** Height and width in pixels. */
export interface Size {
  readonly height: number;
  readonly width: number;
}

/**
 * Reduces images of one size: each pixel of the result is the mean of the area that it covers, whatever the proportions. The
 * weights are computed once, so that tens of thousands of images take seconds.
 */
export class AreaReducer {
  readonly #from: Size;
  readonly #to: Size;
  readonly #rows: Axis;
  readonly #columns: Axis;
  readonly #line: Float64Array;

  constructor(from: Size, to: Size) {
    this.#from = from;
    this.#to = to;
    this.#rows = axisOf(from.height, to.height);
    this.#columns = axisOf(from.width, to.width);
    this.#line = new Float64Array(from.width);
  }

  /**
   * Reduces one channel.
   *
   * @param pixels levels, row-major; the channel begins at `start`
   * @param target takes float32 [to.height * to.width] from `at` on
   */
  reduce(pixels: Uint8Array | Float32Array, start: number, target: Float32Array, at: number): void {
    const { width } = this.#from;
    const line = this.#line;
    for (let y = 0; y < this.#to.height; y += 1) {
      line.fill(0);
      const rows = this.#rows.count[y] ?? 0;
      for (let i = 0; i < rows; i += 1) {
        const weight = this.#rows.weights[y * this.#rows.most + i] ?? 0;
        const row = start + ((this.#rows.first[y] ?? 0) + i) * width;
        for (let x = 0; x < width; x += 1) line[x] = (line[x] ?? 0) + weight * (pixels[row + x] ?? 0);
      }
      for (let x = 0; x < this.#to.width; x += 1) {
        const first = this.#columns.first[x] ?? 0;
        const columns = this.#columns.count[x] ?? 0;
        let sum = 0;
        for (let i = 0; i < columns; i += 1)
          sum += (this.#columns.weights[x * this.#columns.most + i] ?? 0) * (line[first + i] ?? 0);
        target[at + y * this.#to.width + x] = sum;
      }
    }
  }
}

function axisOf(length: number, cells: number): Axis {
  const most = Math.ceil(length / cells) + 1;
  const [first, count] = [new Uint32Array(cells), new Uint32Array(cells)];
  const weights = new Float64Array(cells * most);
  for (let cell = 0; cell < cells; cell += 1) {
    const [from, to] = [(cell * length) / cells, ((cell + 1) * length) / cells];
    const begin = Math.floor(from);
    const end = Math.min(length, Math.ceil(to));
    first[cell] = begin;
    count[cell] = end - begin;
    for (let i = begin; i < end; i += 1)
      weights[cell * most + i - begin] = (Math.min(to, i + 1) - Math.max(from, i)) / (to - from);
  }
  return { first, count, weights, most };
}
