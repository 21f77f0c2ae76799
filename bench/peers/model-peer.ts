import { imageSize } from '../../src/data/images.ts';
import type { ResolvedRecipe } from '../../src/recipe/schema.ts';
import type { TensorMap } from '../../src/training/initialize.ts';
import { type BenchImages, consecutive, readBenchData, readBenchWeights } from '../data.ts';
import { benchClasses, benchRecipe, benchShape } from '../models.ts';
import { PeerError } from '../peer-error.ts';
import type { Answers, RequestOf } from '../protocol.ts';
import { type PeerProgram, required } from './serve.ts';

/** A batch as these libraries take it. */
export interface FloatBatch {
  /** float32 [count * size of an image], normalised. */
  readonly images: Float32Array;
  readonly labels: Int32Array;
  readonly count: number;
}

/** A model with its weights and its optimizer, written in a library. */
export interface LibraryModel {
  /** One training step; the mean loss before it. Returns when the new weights are computed. */
  step(batch: FloatBatch): Promise<number>;
  /** float32 [count * classes] */
  logits(images: Float32Array, count: number): Promise<Float32Array>;
}

export interface LibraryOptions {
  readonly recipe: ResolvedRecipe;
  /** Off for the comparison of losses. */
  readonly dropout: boolean;
  readonly weights: TensorMap;
}

/** A JavaScript library in which our models are written. */
export interface Library extends Pick<Answers['prepare'], 'versions' | 'threads' | 'details'> {
  create(model: string, options: LibraryOptions): LibraryModel;
}

/** A peer that is a JavaScript library. It has no data loading of its own, so there is no epoch. */
export class ModelPeer implements PeerProgram {
  readonly #open: (threads: number) => Promise<Library>;
  #request: RequestOf<'prepare'> | undefined;
  #library: Library | undefined;
  #model: LibraryModel | undefined;
  #train: BenchImages | undefined;
  #step = 0;

  /** @param open loads the library; throws PeerError 'absent' where it is not installed */
  constructor(open: (threads: number) => Promise<Library>) {
    this.#open = open;
  }

  async prepare(request: RequestOf<'prepare'>): Promise<Answers['prepare']> {
    if ((request.width ?? 1) !== 1) throw new PeerError('cannot', 'this peer knows the models at width 1 only');
    this.#request = request;
    this.#library = await this.#open(request.threads);
    this.#model = await this.#create(true);
    this.#train = await readBenchData(request.data, 'train');
    const { versions, threads, details } = this.#library;
    return { versions: { ...versions, node: process.versions.node }, threads, details };
  }

  async steps({ count }: RequestOf<'steps'>): Promise<Answers['steps']> {
    const { batchSize } = required(this.#request, 'training');
    const model = required(this.#model, 'the model');
    const ms: number[] = [];
    const losses: number[] = [];
    for (let i = 0; i < count; i++) {
      const batch = this.#batch(this.#step * batchSize, batchSize);
      this.#step += 1;
      const started = performance.now();
      losses.push(await model.step(batch));
      ms.push(performance.now() - started);
    }
    return { ms, losses };
  }

  async predict({ count, batchSize }: RequestOf<'predict'>): Promise<Answers['predict']> {
    const { data, model: name } = required(this.#request, 'prediction');
    const model = required(this.#model, 'the model');
    const test = consecutive(await readBenchData(data, 'test'), 0, count);
    const images = normalised(test.images, benchRecipe(name));
    let logits: Float32Array | undefined;
    const started = performance.now();
    for (let at = 0; at < count; at += batchSize) {
      const size = Math.min(batchSize, count - at);
      const found = await model.logits(
        images.subarray(at * imageSize(benchShape), (at + size) * imageSize(benchShape)),
        size,
      );
      logits ??= found;
    }
    return { ms: performance.now() - started, logits: Array.from(logits?.subarray(0, benchClasses) ?? []) };
  }

  async epoch(): Promise<Answers['epoch']> {
    throw new PeerError('cannot', 'this peer has no data loading of its own');
  }

  async verify({ steps, batchSize }: RequestOf<'verify'>): Promise<Answers['verify']> {
    const model = await this.#create(false);
    const losses: number[] = [];
    for (let step = 0; step < steps; step++) losses.push(await model.step(this.#batch(step * batchSize, batchSize)));
    return { losses };
  }

  async #create(dropout: boolean): Promise<LibraryModel> {
    const { model, data } = required(this.#request, 'the model');
    const recipe = benchRecipe(model);
    const weights = await readBenchWeights(data, model);
    return required(this.#library, 'the library').create(model, { recipe, dropout, weights });
  }

  #batch(position: number, size: number): FloatBatch {
    const { model } = required(this.#request, 'training');
    const { images, labels, count } = consecutive(required(this.#train, 'training'), position, size);
    return { images: normalised(images, benchRecipe(model)), labels: Int32Array.from(labels), count };
  }
}

/** A weight's elements. Throws PeerError where it is missing. */
export function weightOf(weights: TensorMap, name: string): { readonly shape: number[]; readonly data: Float32Array } {
  const tensor = weights.get(name);
  if (tensor?.dtype !== 'float32') throw new PeerError('failed', `internal: no float32 weight '${name}'`);
  return { shape: [...tensor.shape], data: tensor.data };
}

/** The networks that are written out for peers take one channel. */
function normalised(images: Uint8Array, { normalization }: ResolvedRecipe): Float32Array {
  const [mean = 0] = normalization.mean;
  const [std = 1] = normalization.std;
  return Float32Array.from(images, (pixel) => (pixel / 255 - mean) / std);
}
