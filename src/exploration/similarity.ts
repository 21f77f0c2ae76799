import type { ImageShape } from '../data/images.ts';
import { AreaReducer } from './area-reducer.ts';
import { differenceHash, hashGrid } from './difference-hash.ts';

/** Pictures are held against each other at this many pixels a side at most. */
export const mostSide = 28;
/**
 * Two pictures show nearly the same where their levels correlate this much, or the steps from pixel to pixel do. On
 * Fashion-MNIST, whose trousers look alike, the first finds little else than the same piece photographed once, the second
 * also the same in another colour.
 */
export const surely = { levels: 0.995, steps: 0.98 } as const;
/**
 * Less is enough where nothing else is as near: both correlate this much, and no other picture is nearer to one of the two
 * than `apart` times their distance (1 less the correlation of levels). Small pictures lose detail when they are resized.
 * The idea is that of D. Lowe, "Distinctive Image Features from Scale-Invariant Keypoints" (IJCV 2004), section 7.1.
 */
export const alone = { levels: 0.985, steps: 0.9, apart: 4 } as const;
/** Less contrast (standard deviation, levels) is noise: such pictures are not compared. */
const leastContrast = 2;
/** What the few levels of a hash must correlate before pixels are looked at. */
const leastCoarse = 0.985;
const coarseSize = hashGrid.height * hashGrid.width;
/** Pictures whose levels correlate less are far apart. */
export const farLevels = 0.95;

/** How alike two pictures are: Pearson's correlation of their levels, and the cosine of their steps. */
export interface Likeness {
  readonly levels: number;
  readonly steps: number;
}

/** What is kept of pictures to find those that are alike: about 3 kB each in colour. */
export class Thumbnails {
  /** Two words each. */
  readonly hashes: Uint32Array;
  readonly #shape: ImageShape;
  readonly #size: { readonly height: number; readonly width: number };
  readonly #pixels: Uint8Array;
  readonly #coarse: Float32Array;
  readonly #means: Float32Array;
  /** Of the levels less their mean, and of the steps. 0 where there is too little contrast. */
  readonly #norms: Float32Array;
  readonly #stepNorms: Float32Array;
  readonly #thumbnail: AreaReducer;
  readonly #grid: AreaReducer;
  readonly #reduced: Float32Array;
  readonly #grey: Float32Array;

  /** @param count pictures that will be set */
  constructor(shape: ImageShape, count: number) {
    this.#shape = shape;
    const share = Math.min(1, mostSide / Math.max(shape.height, shape.width));
    this.#size = {
      height: Math.max(1, Math.round(share * shape.height)),
      width: Math.max(1, Math.round(share * shape.width)),
    };
    this.hashes = new Uint32Array(2 * count);
    this.#pixels = new Uint8Array(count * this.#elements);
    this.#coarse = new Float32Array(count * coarseSize);
    this.#means = new Float32Array(count);
    this.#norms = new Float32Array(count);
    this.#stepNorms = new Float32Array(count);
    this.#thumbnail = new AreaReducer(shape, this.#size);
    this.#grid = new AreaReducer(shape, hashGrid);
    this.#reduced = new Float32Array(this.#elements);
    this.#grey = new Float32Array(shape.height * shape.width);
  }

  get #elements(): number {
    return this.#shape.channels * this.#size.height * this.#size.width;
  }

  /** Takes a picture. @param image uint8 [channels * height * width] */
  set(at: number, image: Uint8Array): void {
    const { channels, height, width } = this.#shape;
    const area = this.#size.height * this.#size.width;
    for (let channel = 0; channel < channels; channel += 1)
      this.#thumbnail.reduce(image, channel * height * width, this.#reduced, channel * area);
    const start = at * this.#elements;
    for (let i = 0; i < this.#elements; i += 1) this.#pixels[start + i] = Math.round(this.#reduced[i] ?? 0);
    this.#measure(at);

    greyOf(image, this.#shape, this.#grey);
    const coarse = this.#coarse.subarray(at * coarseSize, (at + 1) * coarseSize);
    this.#grid.reduce(this.#grey, 0, coarse, 0);
    const [high, low] = differenceHash(coarse);
    this.hashes[2 * at] = high;
    this.hashes[2 * at + 1] = low;
    normalize(coarse);
  }

  /** How alike two pictures are; undefined where they are far apart, or one of them is plain. */
  likeness(a: number, b: number): Likeness | undefined {
    const scale = (this.#norms[a] ?? 0) * (this.#norms[b] ?? 0);
    if (scale === 0) return undefined;
    if (!this.#isCoarselyAlike(a, b)) return undefined;
    const [pixels, elements] = [this.#pixels, this.#elements];
    const [startA, startB] = [a * elements, b * elements];
    let product = 0;
    for (let i = 0; i < elements; i += 1) product += (pixels[startA + i] ?? 0) * (pixels[startB + i] ?? 0);
    const levels = (product - elements * (this.#means[a] ?? 0) * (this.#means[b] ?? 0)) / scale;
    if (levels < farLevels) return undefined;
    const steps = this.#stepProduct(startA, startB) / ((this.#stepNorms[a] ?? 0) * (this.#stepNorms[b] ?? 0));
    return { levels, steps };
  }

  /** Of normalized vectors the squared distance says the correlation, and most are too far after a few rows. */
  #isCoarselyAlike(a: number, b: number): boolean {
    const most = 2 * (1 - leastCoarse);
    const coarse = this.#coarse;
    const startA = a * coarseSize;
    const startB = b * coarseSize;
    let distance = 0;
    for (let row = 0; row < coarseSize; row += hashGrid.width) {
      for (let i = row; i < row + hashGrid.width; i += 1) {
        const difference = (coarse[startA + i] ?? 0) - (coarse[startB + i] ?? 0);
        distance += difference * difference;
      }
      if (distance > most) return false;
    }
    return true;
  }

  #measure(at: number): void {
    const start = at * this.#elements;
    let [sum, squares] = [0, 0];
    for (let i = start; i < start + this.#elements; i += 1) {
      const level = this.#pixels[i] ?? 0;
      sum += level;
      squares += level * level;
    }
    const mean = sum / this.#elements;
    this.#means[at] = mean;
    const variance = squares / this.#elements - mean * mean;
    this.#norms[at] = variance < leastContrast ** 2 ? 0 : Math.sqrt(variance * this.#elements);
    this.#stepNorms[at] = Math.sqrt(this.#stepProduct(start, start));
  }

  /** The products of the steps to the right and down in two pictures, added up. */
  #stepProduct(startA: number, startB: number): number {
    const { height, width } = this.#size;
    const [pixels, elements] = [this.#pixels, this.#elements];
    let sum = 0;
    for (let plane = 0; plane < elements; plane += height * width)
      for (let y = 0; y < height; y += 1)
        for (let x = 0; x < width; x += 1) {
          const a = startA + plane + y * width + x;
          const b = startB + plane + y * width + x;
          const levelA = pixels[a] ?? 0;
          const levelB = pixels[b] ?? 0;
          if (x + 1 < width) sum += ((pixels[a + 1] ?? 0) - levelA) * ((pixels[b + 1] ?? 0) - levelB);
          if (y + 1 < height) sum += ((pixels[a + width] ?? 0) - levelA) * ((pixels[b + width] ?? 0) - levelB);
        }
    return sum;
  }
}

/** ITU-R BT.601's luma of three channels; the mean of any other number. */
function greyOf(image: Uint8Array, { channels, height, width }: ImageShape, grey: Float32Array): void {
  const area = height * width;
  const shares = channels === 3 ? [0.299, 0.587, 0.114] : Array.from({ length: channels }, () => 1 / channels);
  grey.fill(0);
  for (const [channel, share] of shares.entries()) {
    const start = channel * area;
    for (let i = 0; i < area; i += 1) grey[i] = (grey[i] ?? 0) + share * (image[start + i] ?? 0);
  }
}

/** Less their mean, of length 1; zeros where all are alike. */
function normalize(values: Float32Array): void {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  const norm = Math.sqrt(squares);
  for (let i = 0; i < values.length; i += 1) values[i] = norm === 0 ? 0 : ((values[i] ?? 0) - mean) / norm;
}
