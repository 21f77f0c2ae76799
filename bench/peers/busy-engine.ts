import type { Batches } from '../../src/data/batches.ts';
import type { BatchResult, Engine, Means, StepInput } from '../../src/training/engines/engine.ts';
import type { TensorMap } from '../../src/training/initialize.ts';

/** An engine that remembers how long it made training steps, and so how long it waited for the next batches. */
export class BusyEngine implements Engine {
  readonly name: string;
  readonly target: string;
  readonly stepsPerCall: number;
  readonly #engine: Engine;
  readonly #now: () => number;
  #busy = 0;
  #ended: number | undefined;

  /** @param now milliseconds, of any clock */
  constructor(engine: Engine, now: () => number = () => performance.now()) {
    const { name, target, stepsPerCall } = engine;
    this.name = name;
    this.target = target;
    this.stepsPerCall = stepsPerCall;
    this.#engine = engine;
    this.#now = now;
  }

  /** The share of the time from `started` to the end of the last training step in which it made none: 0 to 1. */
  idleSince(started: number): number {
    const total = (this.#ended ?? started) - started;
    return total > 0 ? Math.min(1, Math.max(0, 1 - this.#busy / total)) : 0;
  }

  async trainStep(input: StepInput): Promise<BatchResult> {
    return this.#timed(() => this.#engine.trainStep(input));
  }

  async trainSteps(inputs: readonly StepInput[]): Promise<readonly BatchResult[]> {
    return this.#timed(() => this.#engine.trainSteps(inputs));
  }

  async evaluate(batches: Batches): Promise<Means> {
    return this.#engine.evaluate(batches);
  }

  async state(): Promise<TensorMap> {
    return this.#engine.state();
  }

  async load(state: TensorMap): Promise<void> {
    return this.#engine.load(state);
  }

  async release(): Promise<void> {
    return this.#engine.release();
  }

  async #timed<T>(work: () => Promise<T>): Promise<T> {
    const started = this.#now();
    const result = await work();
    this.#ended = this.#now();
    this.#busy += this.#ended - started;
    return result;
  }
}
