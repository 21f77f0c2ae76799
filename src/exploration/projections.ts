import { setImmediate as othersTurn } from 'node:timers/promises';
import type { ImageShape } from '../data/images.ts';
import { AreaReducer } from './area-reducer.ts';

/** Points in the plane, in the order of the rows they were made of. */
export type Points = readonly (readonly [x: number, y: number])[];

/** Rows of numbers, all of one length. */
export type Rows = readonly (readonly number[])[];

/** The first principal components of some rows. */
export interface Components {
  /** Each row's scores, [rows][components]. */
  readonly scores: number[][];
  /** The shares of the variance that the components hold, the largest first. */
  readonly shares: readonly number[];
}

/** Numbers that an image is reduced to before it is projected: the decomposition grows with their cube. */
const mostFeatures = 256;
/** Components that a neighbour embedding is made of, as is usual for images: the rest is mostly noise. */
const usualComponents = 50;
const neighbours = 15;

/**
 * An image as the numbers that projections are made of: its levels from 0 to 1, reduced by averaging to 256 numbers at most
 * (16 x 16 of one channel, 9 x 9 of three).
 *
 * @returns a function of an image, uint8 [channels * height * width]
 */
export function featuresOf(shape: ImageShape): (image: Uint8Array) => number[] {
  const { channels, height, width } = shape;
  const share = Math.min(1, Math.sqrt(mostFeatures / (channels * height * width)));
  const size = {
    height: Math.max(1, Math.floor(share * height + 1e-9)),
    width: Math.max(1, Math.floor(share * width + 1e-9)),
  };
  const reducer = new AreaReducer(shape, size);
  const area = size.height * size.width;
  const reduced = new Float32Array(channels * area);
  return (image) => {
    for (let channel = 0; channel < channels; channel += 1)
      reducer.reduce(image, channel * height * width, reduced, channel * area);
    return Array.from(reduced, (level) => level / 255);
  };
}

/**
 * The principal components of rows, by the eigenvectors of their covariance (the package ml-pca). Of an eigenvector and its
 * negative, that is taken whose largest element is positive: the same picture on every machine.
 *
 * @returns undefined where all rows are alike
 */
export async function principalComponents(rows: Rows, most = usualComponents): Promise<Components | undefined> {
  const [{ PCA }, length] = [await import('ml-pca'), rows[0]?.length ?? 0];
  const count = Math.min(most, length, rows.length - 1);
  if (count < 1) return undefined;
  const pca = new PCA(
    rows.map((row) => [...row]),
    { method: 'covarianceMatrix', center: true, scale: false },
  );
  const shares = pca.getExplainedVariance();
  if (!(Number.isFinite(shares[0]) && (shares[0] ?? 0) > 0)) return undefined;
  const scores = pca.predict(
    rows.map((row) => [...row]),
    { nComponents: count },
  );
  // A row for each component.
  const vectors = pca.getEigenvectors().transpose();
  const signs = Array.from({ length: count }, (_, component) => {
    const largest = vectors.getRow(component).reduce((a, b) => (Math.abs(b) > Math.abs(a) + 1e-12 ? b : a), 0);
    return largest < 0 ? -1 : 1;
  });
  return {
    scores: scores.to2DArray().map((row) => row.map((value, component) => value * (signs[component] ?? 1))),
    shares: shares.slice(0, count).map((share) => Math.max(0, share)),
  };
}

/** The first two components as points. */
export function planeOf({ scores }: Components): Points {
  return scores.map(([x = 0, y = 0]) => [x, y] as const);
}

/** Words from a source of random bits, and who is told how far it is. */
export interface Embedding {
  /** The next 32 random bits. */
  readonly random: () => number;
  /** After each epoch; what it throws ends the work. */
  readonly onEpoch: (done: number, total: number) => void;
}

/**
 * Points that lie near each other where their rows do, by UMAP (the package umap-js; L. McInnes, J. Healy, J. Melville,
 * "UMAP: Uniform Manifold Approximation and Projection", 2018) with 15 neighbours and a least distance of 0.1. Others have
 * their turn between its epochs.
 *
 * @returns undefined where there are too few rows to have neighbours
 */
export async function neighbourEmbedding(
  rows: number[][],
  { random, onEpoch }: Embedding,
): Promise<Points | undefined> {
  if (rows.length < 5) return undefined;
  const { UMAP } = await import('umap-js');
  const umap = new UMAP({
    nComponents: 2,
    nNeighbors: Math.min(neighbours, rows.length - 1),
    minDist: 0.1,
    random: () => random() / 2 ** 32,
  });
  const total = umap.initializeFit(rows);
  for (let epoch = 0; epoch < total; epoch += 1) {
    umap.step();
    onEpoch(epoch + 1, total);
    await othersTurn();
  }
  return umap.getEmbedding().map(([x = 0, y = 0]) => [x, y] as const);
}
