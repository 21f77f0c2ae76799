import type { Batch, Batches } from '../../data/batches.ts';
import { AtelierError } from '../../errors.ts';
import type { TensorMap } from '../initialize.ts';

/** What a pass over one batch found. */
export interface BatchResult {
  /** Mean cross-entropy over the batch, in nats; of a training step, before its update. */
  readonly loss: number;
  readonly correct: number;
}

export interface StepInput {
  readonly batch: Batch;
  readonly learningRate: number;
  /** Counts from 1 over the whole run; names the step's dropout masks and enters the bias correction. */
  readonly step: number;
}

/** Whatever can train a model: it owns the state, and each step changes it. */
export interface Engine {
  readonly name: string;
  /** What its graphs are lowered to. */
  readonly target: string;
  /** How many steps `trainSteps` makes at the price of one crossing to the runtime. */
  readonly stepsPerCall: number;
  trainStep(input: StepInput): Promise<BatchResult>;
  /** Steps one after the other, the same numbers as one call each; any number of them, of any batch sizes. */
  trainSteps(inputs: readonly StepInput[]): Promise<readonly BatchResult[]>;
  /** Mean loss and accuracy over all batches, in evaluation mode. */
  evaluate(batches: Batches): Promise<{ readonly loss: number; readonly accuracy: number }>;
  /** A copy of the whole state under its checkpoint names. */
  state(): TensorMap;
  /** Replaces the whole state. Throws AtelierError where a tensor is missing or of another shape. */
  load(state: TensorMap): void;
  release(): Promise<void>;
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
 * Mean loss and accuracy over all batches, each weighed by its images.
 *
 * @throws AtelierError where there are no batches
 */
export async function meanOver(
  batches: Batches,
  pass: (batch: Batch) => Promise<BatchResult>,
): Promise<{ readonly loss: number; readonly accuracy: number }> {
  const total = { loss: 0, correct: 0, count: 0 };
  for await (const batch of batches) {
    const { loss, correct } = await pass(batch);
    total.loss += loss * batch.count;
    total.correct += correct;
    total.count += batch.count;
  }
  if (total.count === 0) throw new AtelierError('internal: nothing to evaluate');
  return { loss: total.loss / total.count, accuracy: total.correct / total.count };
}
