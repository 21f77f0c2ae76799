import { elementCount, formatType, staticShape, type Tensor, zeros } from '../../../graphs/ir/types.ts';
import type { Program, StateTensor } from '../../../graphs/programs/program.ts';
import { evaluationGraph } from '../../../graphs/targets/ort-training/artifacts.ts';
import type { Batch, Batches } from '../../data/batches.ts';
import { AtelierError } from '../../errors.ts';
import { TrainingSession } from '../../runtime/ort-training-session.ts';
import { copyOf, fromOrt } from '../../runtime/tensors.ts';
import type { TensorMap } from '../initialize.ts';
import { DropoutMasks } from '../masks.ts';
import {
  type BatchResult,
  type Evaluation,
  evaluateAll,
  type LocalEngine,
  type Means,
  oneByOne,
  type StepInput,
} from './engine.ts';

export interface OrtTrainingEngineOptions {
  /** The training step for a batch of this size, lowered to target `ort-training`. Called once for each size. */
  readonly trainStep: (batchSize: number) => Program;
  /** The evaluation step, lowered likewise, batch symbolic. */
  readonly evalStep: Program;
  readonly batchSize: number;
  readonly seed: number;
  readonly threads: number;
}

interface CompiledStep {
  readonly session: TrainingSession;
  readonly masks: DropoutMasks;
}

/**
 * Trains through ONNX Runtime's own TrainingSession. The state is read back after each step (2 % of its time), so that
 * a failed step leaves the last one's, and sessions for several batch sizes can take turns.
 */
export class OrtTrainingEngine implements LocalEngine {
  readonly name = 'ort-training';
  readonly target = 'ort-training';
  readonly stepsPerCall = 1;
  readonly #options: OrtTrainingEngineOptions;
  /** What the sessions hold, in their order; the rest of the state goes in and out with each step. */
  readonly #held: readonly StateTensor[];
  readonly #fed: readonly StateTensor[];
  readonly #imageShape: readonly number[];
  readonly #steps = new Map<number, CompiledStep>();
  #state: TensorMap;
  /** The session whose parameters are the state's. */
  #current: TrainingSession | undefined;

  private constructor(options: OrtTrainingEngineOptions, { state, inputs }: Program) {
    this.#options = options;
    this.#held = state.filter(({ next }) => next === '');
    this.#fed = state.filter(({ next }) => next !== '');
    const images = inputs.find(({ name }) => name === 'images');
    this.#imageShape = staticShape(images?.shape.slice(1) ?? [], 'images');
    this.#state = new Map(state.map(({ name, dtype, shape }) => [name, zeros(dtype, shape)]));
  }

  /** Compiles the step for the usual batch size; that of a partial last batch is compiled when it first comes. */
  static async create(options: OrtTrainingEngineOptions): Promise<OrtTrainingEngine> {
    const program = options.trainStep(options.batchSize);
    const engine = new OrtTrainingEngine(options, program);
    engine.#steps.set(options.batchSize, await engine.#compile(program));
    return engine;
  }

  async trainStep({ batch, learningRate, step }: StepInput): Promise<BatchResult> {
    const { session, masks } = await this.#stepFor(batch.count);
    await this.#bring(session);
    // From here on the session may hold a state half written; only success makes it current again.
    this.#current = undefined;
    const results = await session.train(
      new Map<string, Tensor>([
        ...this.#images(batch),
        ['learning_rate', { dtype: 'float32', shape: [1], data: Float32Array.of(learningRate) }],
        ['step', { dtype: 'int64', shape: [1], data: BigInt64Array.of(BigInt(step)) }],
        ...Object.entries(masks.draw(step)).map(([name, mask]) => [name, fromOrt(mask, name)] as const),
        ...this.#fed.map(({ name }) => [name, lookUp(this.#state, name)] as const),
      ]),
    );
    const parameters = this.#split(await session.parameters());
    const fed = this.#fed.map(({ name, next }) => [name, lookUp(results, next)] as const);
    this.#state = new Map([...parameters, ...fed]);
    this.#current = session;
    return { loss: numberOf(results, 'loss'), correct: numberOf(results, 'correct') };
  }

  trainSteps(inputs: readonly StepInput[]): Promise<readonly BatchResult[]> {
    return oneByOne(this, inputs);
  }

  async evaluate(batches: Batches): Promise<Means> {
    return evaluateAll(await this.openEvaluation(), batches, 0);
  }

  async openEvaluation(): Promise<Evaluation> {
    const { session } = await this.#stepFor(this.#options.batchSize);
    await this.#bring(session);
    return {
      pass: async (batch) => {
        const results = await session.evaluate(new Map(this.#images(batch)));
        return { loss: numberOf(results, 'loss'), correct: numberOf(results, 'correct') };
      },
      close: async () => undefined,
    };
  }

  async state(): Promise<TensorMap> {
    return new Map([...this.#state].map(([name, tensor]) => [name, copyOf(tensor)]));
  }

  async load(state: TensorMap): Promise<void> {
    const wanted = [...this.#held, ...this.#fed].map((spec): readonly [string, Tensor] => {
      const tensor = state.get(spec.name);
      if (!tensor)
        throw new AtelierError(`the state lacks '${spec.name}' (${formatType(spec)})`, { code: 'weights-mismatch' });
      if (formatType(tensor) !== formatType(spec))
        throw new AtelierError(`state '${spec.name}': expected ${formatType(spec)}, found ${formatType(tensor)}`, {
          code: 'weights-mismatch',
        });
      return [spec.name, copyOf(tensor)];
    });
    this.#state = new Map(wanted);
    this.#current = undefined;
  }

  async release(): Promise<void> {
    const sessions = [...this.#steps.values()].map(({ session }) => session);
    this.#steps.clear();
    this.#current = undefined;
    for (const session of sessions) await session.release();
  }

  #images({ images, labels, count }: Batch): readonly (readonly [string, Tensor])[] {
    return [
      ['images', { dtype: 'uint8', shape: [count, ...this.#imageShape], data: images }],
      ['labels', { dtype: 'int64', shape: [count], data: labels }],
    ];
  }

  async #stepFor(count: number): Promise<CompiledStep> {
    const known = this.#steps.get(count);
    if (known) return known;
    const compiled = await this.#compile(this.#options.trainStep(count));
    this.#steps.set(count, compiled);
    return compiled;
  }

  async #compile({ graph, masks }: Program): Promise<CompiledStep> {
    const { evalStep, seed, threads } = this.#options;
    const models = { training: graph, evaluation: evaluationGraph(evalStep.graph, this.#held) };
    const parameters = this.#held.map(({ name, shape }) => [name, zeros('float32', shape)] as const);
    const checkpoint = { trainable: new Map(), frozen: new Map(parameters) };
    const session = await TrainingSession.create(models, checkpoint, threads);
    return { session, masks: new DropoutMasks(masks, seed) };
  }

  /** Gives the session the current state, unless it is the one that made it. */
  async #bring(session: TrainingSession): Promise<void> {
    if (session === this.#current) return;
    const values = new Float32Array(this.#held.reduce((sum, { shape }) => sum + elementCount(shape), 0));
    let offset = 0;
    for (const { name } of this.#held) {
      const { dtype, data } = lookUp(this.#state, name);
      if (dtype !== 'float32') throw new AtelierError(`internal: '${name}' is ${dtype}, a session holds float32`);
      values.set(data, offset);
      offset += data.length;
    }
    await session.setParameters(values);
    this.#current = session;
  }

  /** The session's parameters by name: views of one array. */
  #split(values: Float32Array): readonly (readonly [string, Tensor])[] {
    let offset = 0;
    return this.#held.map(({ name, shape }) => {
      const data = values.subarray(offset, offset + elementCount(shape));
      offset += data.length;
      return [name, { dtype: 'float32', shape, data }];
    });
  }
}

function lookUp(tensors: TensorMap, name: string): Tensor {
  const tensor = tensors.get(name);
  if (!tensor) throw new AtelierError(`internal: the ort-training engine lost '${name}'`);
  return tensor;
}

function numberOf(results: TensorMap, name: string): number {
  return Number(lookUp(results, name).data[0]);
}
