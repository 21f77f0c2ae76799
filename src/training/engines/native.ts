import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { bindInputs } from '../../../graphs/ir/passes/bind.ts';
import { staticShape } from '../../../graphs/ir/types.ts';
import type { Program } from '../../../graphs/programs/program.ts';
import type { Batch } from '../../data/batches.ts';
import { AtelierError } from '../../errors.ts';
import { Session, type SessionOptions } from '../../runtime/session.ts';
import { toOrt } from '../../runtime/tensors.ts';
import type { TensorMap } from '../initialize.ts';
import { DropoutMasks } from '../masks.ts';
import type { BatchResult, Engine, StepInput } from './engine.ts';
import { StatePair } from './state-pair.ts';

export interface NativeEngineOptions {
  /** The lowered training step for a batch of this size. Called once for each size that occurs. */
  readonly trainStep: (batchSize: number) => Program;
  /** The lowered evaluation step, batch symbolic. */
  readonly evalStep: Program;
  readonly batchSize: number;
  readonly target: string;
  readonly seed: number;
  readonly session: SessionOptions;
}

/** One compiled training step with the tensors that are its own. */
interface CompiledStep {
  readonly session: Session;
  readonly masks: DropoutMasks;
}

/** Trains through onnxruntime-node: a step is one run of one graph. */
export class NativeEngine implements Engine {
  readonly name = 'native';
  readonly target: string;
  readonly #options: NativeEngineOptions;
  readonly #state: StatePair;
  readonly #steps = new Map<number, CompiledStep>();
  readonly #imageShape: readonly number[];
  readonly #learningRate = Float32Array.of(0);
  readonly #step = BigInt64Array.of(0n);
  readonly #loss = Float32Array.of(0);
  readonly #correct = BigInt64Array.of(0n);
  readonly #scalars: Readonly<Record<string, OrtTensor>>;
  readonly #results: Readonly<Record<string, OrtTensor>>;

  private constructor(options: NativeEngineOptions, program: Program) {
    this.#options = options;
    this.target = options.target;
    this.#state = new StatePair(program.state);
    const images = program.inputs.find(({ name }) => name === 'images');
    this.#imageShape = staticShape(images?.shape.slice(1) ?? [], 'images');
    this.#scalars = {
      learning_rate: toOrt({ dtype: 'float32', shape: [1], data: this.#learningRate }),
      step: toOrt({ dtype: 'int64', shape: [1], data: this.#step }),
    };
    this.#results = resultTensors(this.#loss, this.#correct);
  }

  /** Compiles the step for the usual batch size; that of a partial last batch is compiled when it first comes. */
  static async create(options: NativeEngineOptions): Promise<NativeEngine> {
    const program = options.trainStep(options.batchSize);
    const engine = new NativeEngine(options, program);
    engine.#steps.set(options.batchSize, await engine.#compile(program));
    return engine;
  }

  async trainStep({ batch, learningRate, step }: StepInput): Promise<BatchResult> {
    const { session, masks } = await this.#stepFor(batch.count);
    this.#learningRate[0] = learningRate;
    this.#step[0] = BigInt(step);
    const feeds = { ...this.#scalars, ...this.#images(batch), ...masks.draw(step), ...this.#state.feeds() };
    await session.run(feeds, { ...this.#results, ...this.#state.fetches() });
    this.#state.swap();
    return { loss: this.#loss[0] ?? Number.NaN, correct: Number(this.#correct[0]) };
  }

  /** Parameters become constants of the graph, so that the runtime can lay them out once for all batches. */
  async evaluate(batches: Iterable<Batch>): Promise<{ loss: number; accuracy: number }> {
    const { evalStep, session: options } = this.#options;
    const session = await Session.create(bindInputs(evalStep.graph, this.#bound(evalStep)), options);
    const loss = Float32Array.of(0);
    const correct = BigInt64Array.of(0n);
    const results = resultTensors(loss, correct);
    const total = { loss: 0, correct: 0, count: 0 };
    try {
      for (const batch of batches) {
        await session.run(this.#images(batch), results);
        total.loss += (loss[0] ?? Number.NaN) * batch.count;
        total.correct += Number(correct[0]);
        total.count += batch.count;
      }
    } finally {
      await session.release();
    }
    if (total.count === 0) throw new AtelierError('internal: nothing to evaluate');
    return { loss: total.loss / total.count, accuracy: total.correct / total.count };
  }

  state(): TensorMap {
    return this.#state.copy();
  }

  load(state: TensorMap): void {
    this.#state.load(state);
  }

  async release(): Promise<void> {
    for (const { session } of this.#steps.values()) await session.release();
    this.#steps.clear();
  }

  #images({ images, labels, count }: Batch): Record<string, OrtTensor> {
    return {
      images: toOrt({ dtype: 'uint8', shape: [count, ...this.#imageShape], data: images }),
      labels: toOrt({ dtype: 'int64', shape: [count], data: labels }),
    };
  }

  #bound(program: Program): TensorMap {
    const current = this.#state.view();
    return new Map(
      program.state.map(({ name }) => {
        const tensor = current.get(name);
        if (!tensor) throw new AtelierError(`internal: ${program.name} needs '${name}', which training does not keep`);
        return [name, tensor];
      }),
    );
  }

  async #stepFor(count: number): Promise<CompiledStep> {
    const known = this.#steps.get(count);
    if (known) return known;
    const compiled = await this.#compile(this.#options.trainStep(count));
    this.#steps.set(count, compiled);
    return compiled;
  }

  async #compile(program: Program): Promise<CompiledStep> {
    const session = await Session.create(program.graph, { ...this.#options.session, layout: false });
    return { session, masks: new DropoutMasks(program.masks, this.#options.seed) };
  }
}

function resultTensors(loss: Float32Array, correct: BigInt64Array): Record<string, OrtTensor> {
  return {
    loss: toOrt({ dtype: 'float32', shape: [], data: loss }),
    correct: toOrt({ dtype: 'int64', shape: [], data: correct }),
  };
}
