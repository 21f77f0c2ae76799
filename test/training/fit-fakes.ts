import type { Batch, Batches } from '../../src/data/batches.ts';
import type { ResolvedRecipe } from '../../src/recipe/schema.ts';
import type { Divergence } from '../../src/training/divergence.ts';
import {
  type BatchResult,
  type Engine,
  type Means,
  oneByOne,
  type StepInput,
} from '../../src/training/engines/engine.ts';
import {
  type Fit,
  type RunStore,
  type TrainingData,
  type TrainingObserver,
  fit as train,
} from '../../src/training/fit.ts';
import type { EpochRecord } from '../../src/training/history.ts';
import type { TensorMap } from '../../src/training/initialize.ts';
import { initialProgress, type Progress } from '../../src/training/progress.ts';
import { schedulerOf } from '../../src/training/schedulers/index.ts';
import { entryOf } from '../models.ts';

/** An engine that computes nothing: it answers with what a test says, and remembers what it was asked. */
export class FakeEngine implements Engine {
  readonly name = 'fake';
  readonly target = 'none';
  readonly stepsPerCall: number;
  readonly steps: { readonly step: number; readonly learningRate: number; readonly count: number }[] = [];
  /** The validation batches that were handed over, by their place. */
  readonly evaluated: number[] = [];
  /** The steps of each call, in order. */
  readonly calls: (readonly number[])[] = [];
  readonly #losses: (step: number) => number;
  readonly #validations: (evaluation: number) => number;
  #evaluations: number;
  state: () => Promise<TensorMap> = async () =>
    new Map([['w', { dtype: 'float32', shape: [1], data: Float32Array.of(1) }]]);

  /** @param evaluations epochs that a resumed run has behind it */
  constructor(
    losses: (step: number) => number,
    validations: (epoch: number) => number,
    evaluations = 0,
    stepsPerCall = 1,
  ) {
    this.stepsPerCall = stepsPerCall;
    this.#losses = losses;
    this.#validations = validations;
    this.#evaluations = evaluations;
  }

  async trainStep({ batch, learningRate, step }: StepInput): Promise<BatchResult> {
    this.steps.push({ step, learningRate, count: batch.count });
    return { loss: this.#losses(step), correct: 1 };
  }

  async trainSteps(inputs: readonly StepInput[]): Promise<readonly BatchResult[]> {
    this.calls.push(inputs.map(({ step }) => step));
    return oneByOne(this, inputs);
  }

  async evaluate(batches: Batches): Promise<Means> {
    for await (const { index } of batches) this.evaluated.push(index);
    this.#evaluations += 1;
    return { loss: this.#validations(this.#evaluations), accuracy: 0.5 };
  }

  async load(): Promise<void> {}

  async release(): Promise<void> {}
}

/** A store that only notes what it was told to keep, in order. */
export class FakeStore implements RunStore {
  /** `best 3`: the best checkpoint was saved at step 3. */
  readonly events: string[] = [];
  readonly records: EpochRecord[] = [];
  last: Progress | undefined;

  async saveLast(_engine: Engine, progress: Progress): Promise<void> {
    this.events.push(`last ${progress.step}`);
    this.last = progress;
  }

  async saveBest(_engine: Engine, { step }: Progress): Promise<void> {
    this.events.push(`best ${step}`);
  }

  async appendHistory(record: EpochRecord): Promise<void> {
    this.events.push(`history ${record.epoch}`);
    this.records.push(record);
  }

  async recordDivergence({ step }: Divergence): Promise<void> {
    this.events.push(`diverged ${step}`);
  }

  lastSaved(): string {
    return `the checkpoint after step ${this.last?.step ?? 'none'}`;
  }
}

/** Ten images in batches of four: three steps an epoch, the last with two images. */
const batchCounts = [4, 4, 2];
export const data: TrainingData = {
  stepsPerEpoch: batchCounts.length,
  imagesPerEpoch: 10,
  *trainBatches(_epoch, startStep) {
    for (const [index, count] of batchCounts.entries()) if (index >= startStep) yield batchOf(index, count);
  },
  validationBatches: () => [],
};

export function batchOf(index: number, count: number): Batch {
  return { index, count, images: new Uint8Array(784 * count), labels: new BigInt64Array(count) };
}

export interface Setting {
  readonly recipe?: Partial<ResolvedRecipe>;
  readonly losses?: (step: number) => number;
  readonly validations?: (epoch: number) => number;
  readonly checkpointEvery?: number;
  readonly maxSteps?: number;
  readonly observer?: TrainingObserver;
  readonly signal?: AbortSignal;
  /** 1 if absent. */
  readonly stepsPerCall?: number;
  /** `data` if absent. */
  readonly data?: TrainingData;
  /** Where a run is resumed; the beginning if absent. */
  readonly start?: Progress;
}

/** Model 1's recipe with two epochs, and losses that fall from epoch to epoch, unless the setting says otherwise. */
export function prepare(setting: Setting) {
  const recipe: ResolvedRecipe = { ...entryOf('m1').recipe, epochs: 2, ...setting.recipe };
  const scheduler = schedulerOf(recipe.schedule, recipe.optimizer.lr);
  const start = setting.start ?? initialProgress(scheduler.initial());
  const { losses = () => 1, validations = (epoch) => 1 / epoch } = setting;
  const engine = new FakeEngine(losses, validations, start.epoch, setting.stepsPerCall);
  const store = new FakeStore();
  const run: Fit = {
    engine,
    data: setting.data ?? data,
    recipe,
    scheduler,
    store,
    observer: setting.observer ?? {},
    checkpointEvery: setting.checkpointEvery ?? null,
    maxSteps: setting.maxSteps ?? null,
    signal: setting.signal ?? new AbortController().signal,
  };
  return { engine, store, run: () => train(run, start) };
}
