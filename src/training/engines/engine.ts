import type { Batch, Batches } from '../../data/batches.ts';
import { AtelierError } from '../../errors.ts';
import type { TensorMap } from '../initialize.ts';

/** What a pass over one batch found. */
export interface BatchResult {
  /** Mean cross-entropy over the batch, in nats; of a training step, before its update. */
  readonly loss: number;
  readonly correct: number;
}

/** Mean loss (in nats) and accuracy (0 to 1) over images. */
export interface Means {
  readonly loss: number;
  readonly accuracy: number;
}

export interface StepInput {
  readonly batch: Batch;
  readonly learningRate: number;
  /** Counts from 1 over the whole run; names the step's dropout masks and enters the bias correction. */
  readonly step: number;
}

/**
 * Whatever can train a model: it owns the state, and each step changes it. Requests are met in the order in which they are
 * made. Batches are handed over: their arrays are the engine's from the call on, and may be gone after it.
 */
export interface Engine {
  readonly name: string;
  /** What its graphs are lowered to. */
  readonly target: string;
  /** How many steps `trainSteps` makes at the price of one crossing to the runtime. */
  readonly stepsPerCall: number;
  trainStep(input: StepInput): Promise<BatchResult>;
  /** Steps one after the other, the same numbers as one call each; any number of them, of any batch sizes. */
  trainSteps(inputs: readonly StepInput[]): Promise<readonly BatchResult[]>;
  /** Mean loss and accuracy over all batches, in evaluation mode. Rejects with what the batches reject with. */
  evaluate(batches: Batches): Promise<Means>;
  /** A copy of the whole state under its checkpoint names. */
  state(): Promise<TensorMap>;
  /** Replaces the whole state by a copy. Rejects with AtelierError where a tensor is missing or of another shape. */
  load(state: TensorMap): Promise<void>;
  /** Gives memory and threads back, after the requests that were made before. Calling it again does nothing. */
  release(): Promise<void>;
}

/** One evaluation of the state as it stood when it was opened. */
export interface Evaluation {
  pass(batch: Batch): Promise<BatchResult>;
  close(): Promise<void>;
}

/** An engine that computes in the thread that calls it. Its evaluations can be gone through batch by batch. */
export interface LocalEngine extends Engine {
  openEvaluation(): Promise<Evaluation>;
}

/** Several steps for an engine that makes one at a time. */
export async function oneByOne(
  engine: Pick<Engine, 'trainStep'>,
  inputs: readonly StepInput[],
): Promise<readonly BatchResult[]> {
  const results: BatchResult[] = [];
  for (const input of inputs) results.push(await engine.trainStep(input));
  return results;
}

/**
 * Mean loss and accuracy over all batches, each weighed by its images; the evaluation is closed, come what may.
 *
 * @param ahead batches to hand over while one before them is computed; 0 where the evaluation takes one at a time
 * @throws AtelierError where there are no batches
 */
export async function evaluateAll(evaluation: Evaluation, batches: Batches, ahead: number): Promise<Means> {
  const total = { loss: 0, correct: 0, count: 0 };
  const passes: { readonly count: number; readonly result: Promise<BatchResult> }[] = [];
  const add = async (left: number) => {
    for (let pass = passes[0]; pass !== undefined && passes.length > left; pass = passes[0]) {
      passes.shift();
      const { loss, correct } = await pass.result;
      total.loss += loss * pass.count;
      total.correct += correct;
      total.count += pass.count;
    }
  };
  try {
    for await (const batch of batches) {
      const result = evaluation.pass(batch);
      // It is awaited below; until then, or where another fails first, its failure must not end the process.
      result.catch(() => undefined);
      passes.push({ count: batch.count, result });
      await add(ahead);
    }
    await add(0);
  } finally {
    await evaluation.close();
  }
  if (total.count === 0) throw new AtelierError('internal: nothing to evaluate');
  return { loss: total.loss / total.count, accuracy: total.correct / total.count };
}
