import type { MaskInput } from '../../../graphs/nn/forward.ts';
import type { Batch } from '../../data/batches.ts';
import type { Tensor as OrtTensor } from '../../runtime/onnxruntime.ts';
import type { Feeds } from '../../runtime/session.ts';
import { toOrt } from '../../runtime/tensors.ts';
import { DropoutMasks } from '../masks.ts';
import type { BatchResult, StepInput } from './engine.ts';

/** Images and labels of a batch as a program's inputs. `imageShape` is that of one image. */
export function batchFeeds({ images, labels, count }: Batch, imageShape: readonly number[]) {
  return {
    images: toOrt({ dtype: 'uint8', shape: [count, ...imageShape], data: images }),
    labels: toOrt({ dtype: 'int64', shape: [count], data: labels }),
  };
}

/** Where a pass over one batch leaves its loss and its number of correct answers. */
export class BatchOutputs {
  readonly #loss = Float32Array.of(0);
  readonly #correct = BigInt64Array.of(0n);
  readonly tensors: Readonly<Record<'loss' | 'correct', OrtTensor>> = {
    loss: toOrt({ dtype: 'float32', shape: [], data: this.#loss }),
    correct: toOrt({ dtype: 'int64', shape: [], data: this.#correct }),
  };

  read(): BatchResult {
    return { loss: this.#loss[0] ?? Number.NaN, correct: Number(this.#correct[0]) };
  }
}

/** What one training step of a call reads and writes beside the state, under the names that the call's graph has for it. */
export class StepPorts {
  readonly #named: (name: string) => string;
  readonly #learningRate = Float32Array.of(0);
  readonly #step = BigInt64Array.of(0n);
  readonly #scalars: Feeds = {
    learning_rate: toOrt({ dtype: 'float32', shape: [1], data: this.#learningRate }),
    step: toOrt({ dtype: 'int64', shape: [1], data: this.#step }),
  };
  readonly #masks: DropoutMasks;
  readonly #outputs = new BatchOutputs();

  /** @param masks under the names of the single step, which also name their random streams */
  constructor(masks: readonly MaskInput[], seed: number, named: (name: string) => string = (name) => name) {
    this.#masks = new DropoutMasks(masks, seed);
    this.#named = named;
  }

  /** Draws the step's masks. What is returned stays valid until the next call. */
  feeds({ batch, learningRate, step }: StepInput, imageShape: readonly number[]): Feeds {
    this.#learningRate[0] = learningRate;
    this.#step[0] = BigInt(step);
    return this.#rename({ ...this.#scalars, ...batchFeeds(batch, imageShape), ...this.#masks.draw(step) });
  }

  fetches(): Feeds {
    return this.#rename(this.#outputs.tensors);
  }

  result(): BatchResult {
    return this.#outputs.read();
  }

  #rename(tensors: Feeds): Feeds {
    return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [this.#named(name), tensor]));
  }
}
