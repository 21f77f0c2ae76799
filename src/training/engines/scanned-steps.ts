import { elementCount, type Tensor } from '../../../graphs/ir/types.ts';
import type { MaskInput } from '../../../graphs/nn/forward.ts';
import { AtelierError } from '../../errors.ts';
import type { Feeds } from '../../runtime/session.ts';
import { toOrt } from '../../runtime/tensors.ts';
import { drawMask } from '../masks.ts';
import type { BatchResult, StepInput } from './engine.ts';

export interface ScannedStepsOptions {
  /** Dropout masks of one step. */
  readonly masks: readonly MaskInput[];
  readonly seed: number;
  /** Images of every step. */
  readonly batchSize: number;
  /** Of one image. */
  readonly imageShape: readonly number[];
  /** Steps of a call, at most. */
  readonly most: number;
}

/**
 * What a call of several steps reads and writes beside the state, where the steps are the turns of a Scan: of everything one entry for
 * each step along a first axis. The buffers are made once, for the most steps that a call can have, and filled anew for each.
 */
export class ScannedSteps {
  readonly #options: ScannedStepsOptions;
  readonly #images: Uint8Array;
  readonly #labels: BigInt64Array;
  readonly #rates: Float32Array;
  readonly #numbers: BigInt64Array;
  readonly #masks: readonly { readonly input: MaskInput; readonly size: number; readonly bytes: Uint8Array }[];
  readonly #losses: Float32Array;
  readonly #correct: BigInt64Array;

  constructor(options: ScannedStepsOptions) {
    const { masks, batchSize, imageShape, most } = options;
    this.#options = options;
    this.#images = new Uint8Array(most * batchSize * elementCount(imageShape));
    this.#labels = new BigInt64Array(most * batchSize);
    this.#rates = new Float32Array(most);
    this.#numbers = new BigInt64Array(most);
    this.#masks = masks.map((input) => {
      const size = elementCount(input.shape);
      return { input, size, bytes: new Uint8Array(most * size) };
    });
    this.#losses = new Float32Array(most);
    this.#correct = new BigInt64Array(most);
  }

  /**
   * Takes the batches over and draws the masks. What is returned stays valid until the next call.
   *
   * @throws AtelierError for batches of another size, or more of them than a call can have
   */
  feeds(inputs: readonly StepInput[]): Feeds {
    const { batchSize, imageShape, seed, most } = this.#options;
    const count = inputs.length;
    if (count > most) throw new AtelierError(`internal: a call has ${most} steps at most, got ${count}`);
    const size = batchSize * elementCount(imageShape);
    for (const [i, { batch, learningRate, step }] of inputs.entries()) {
      if (batch.images.length !== size || batch.labels.length !== batchSize)
        throw new AtelierError(
          `internal: batch ${batch.index}: expected ${size} bytes of images and ${batchSize} labels, got ${batch.images.length} and ${batch.labels.length}`,
        );
      this.#images.set(batch.images, i * size);
      this.#labels.set(batch.labels, i * batchSize);
      this.#rates[i] = learningRate;
      this.#numbers[i] = BigInt(step);
      for (const mask of this.#masks)
        drawMask(mask.bytes.subarray(i * mask.size, (i + 1) * mask.size), mask.input, seed, step);
    }
    const tensors: Record<string, Tensor> = {
      images: {
        dtype: 'uint8',
        shape: [count, batchSize, ...imageShape],
        data: this.#images.subarray(0, count * size),
      },
      labels: { dtype: 'int64', shape: [count, batchSize], data: this.#labels.subarray(0, count * batchSize) },
      learning_rate: { dtype: 'float32', shape: [count, 1], data: this.#rates.subarray(0, count) },
      step: { dtype: 'int64', shape: [count, 1], data: this.#numbers.subarray(0, count) },
    };
    for (const { input, size: elements, bytes } of this.#masks)
      tensors[input.name] = {
        dtype: 'bool',
        shape: [count, ...input.shape],
        data: bytes.subarray(0, count * elements),
      };
    return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, toOrt(tensor)]));
  }

  /** Where so many steps leave their results. */
  fetches(count: number): Feeds {
    return {
      loss: toOrt({ dtype: 'float32', shape: [count], data: this.#losses.subarray(0, count) }),
      correct: toOrt({ dtype: 'int64', shape: [count], data: this.#correct.subarray(0, count) }),
    };
  }

  results(count: number): readonly BatchResult[] {
    return Array.from({ length: count }, (_, i) => ({
      loss: this.#losses[i] ?? Number.NaN,
      correct: Number(this.#correct[i]),
    }));
  }
}
