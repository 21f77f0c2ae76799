import type { Graph } from '../../graphs/ir/graph.ts';
import { serializeModel } from '../../graphs/ir/serialize.ts';
import type { Tensor } from '../../graphs/ir/types.ts';
import { AtelierError, messageOf } from '../errors.ts';
import { recipeField, said, setting, type Text } from '../message.ts';
import { encodeCheckpoint, type OrtCheckpoint } from './ort-training-checkpoint.ts';
import {
  loadTrainingRuntime,
  type OrtFeeds,
  type OrtSession,
  type OrtTensor,
  type OrtTrainingRuntime,
} from './ort-training-runtime.ts';

export type Tensors = ReadonlyMap<string, Tensor>;

export interface TrainingModels {
  readonly training: Graph;
  readonly evaluation: Graph;
  /** Where there is none, the training graph updates its parameters itself. */
  readonly optimizer?: Graph;
}

/** One TrainingSession. It owns its parameters; steps change them. */
export class TrainingSession {
  readonly #runtime: OrtTrainingRuntime;
  readonly #session: OrtSession;
  readonly #name: string;

  private constructor(runtime: OrtTrainingRuntime, session: OrtSession, name: string) {
    this.#runtime = runtime;
    this.#session = session;
    this.#name = name;
  }

  /** Compiles the models. Throws AtelierError where the package is missing or the runtime refuses them. */
  static async create(models: TrainingModels, checkpoint: OrtCheckpoint, threads: number): Promise<TrainingSession> {
    const runtime = loadTrainingRuntime(threads);
    const { training, evaluation, optimizer } = models;
    const artifacts = {
      checkpointState: encodeCheckpoint(checkpoint),
      trainModel: serializeModel(training),
      evalModel: serializeModel(evaluation),
      ...(optimizer ? { optimizerModel: serializeModel(optimizer) } : {}),
    };
    const session = await attempt(`ONNX Runtime's training build refuses '${training.name}'`, () =>
      runtime.TrainingSession.create(artifacts, { executionProviders: ['wasm'], logSeverityLevel: 3 }),
    );
    return new TrainingSession(runtime, session, training.name);
  }

  /** Runs the training graph on what the caller feeds; returns its outputs. */
  train(feeds: Tensors): Promise<Tensors> {
    return this.#step('training step', feeds, this.#session.trainingInputNames, (inputs) =>
      this.#session.runTrainStep(inputs),
    );
  }

  evaluate(feeds: Tensors): Promise<Tensors> {
    return this.#step('evaluation step', feeds, this.#session.evalInputNames, (inputs) =>
      this.#session.runEvalStep(inputs),
    );
  }

  /** Updates the trainable parameters by the gradients so far, and lets the next training step begin with none. */
  async optimize(): Promise<void> {
    await attempt(`'${this.#name}': the optimizer step failed`, async () => {
      await this.#session.runOptimizerStep();
      await this.#session.lazyResetGrad();
    });
  }

  /** A copy of all parameters, one after the other in the order of the training graph's inputs. */
  async parameters(): Promise<Float32Array> {
    const { data } = await attempt(`'${this.#name}': the parameters cannot be read`, () =>
      this.#session.getContiguousParameters(false),
    );
    if (data instanceof Float32Array) return data;
    throw new AtelierError(`'${this.#name}': the runtime gave parameters that are not float32`, {
      code: 'runtime-failed',
    });
  }

  /** The inverse of `parameters`. */
  async setParameters(values: Float32Array): Promise<void> {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    await attempt(`'${this.#name}': the parameters cannot be set`, () =>
      this.#session.loadParametersBuffer(bytes, false),
    );
  }

  async release(): Promise<void> {
    await attempt(`'${this.#name}' cannot be released`, () => this.#session.release());
  }

  /** The runtime takes feeds by their order, whatever their names. */
  async #step(
    what: string,
    feeds: Tensors,
    names: readonly string[],
    run: (inputs: OrtFeeds) => Promise<OrtFeeds>,
  ): Promise<Tensors> {
    const inputs = names.map((name): readonly [string, OrtTensor] => {
      const tensor = feeds.get(name);
      if (!tensor) throw new AtelierError(`internal: '${this.#name}': a ${what} was not given '${name}'`);
      return [name, new this.#runtime.Tensor(tensor.dtype, tensor.data, tensor.shape)];
    });
    const outputs = await attempt(`'${this.#name}': a ${what} failed`, () => run(Object.fromEntries(inputs)));
    return new Map(Object.entries(outputs).map(([name, tensor]) => [name, fromRuntime(name, tensor)]));
  }
}

function fromRuntime(name: string, { type, dims: shape, data }: OrtTensor): Tensor {
  if (type === 'float32' && data instanceof Float32Array) return { dtype: type, shape, data };
  if (type === 'int64' && data instanceof BigInt64Array) return { dtype: type, shape, data };
  if (type === 'bool' && data instanceof Uint8Array) return { dtype: type, shape, data };
  throw new AtelierError(`internal: output '${name}' has element type ${type}, which no training graph here produces`);
}

async function attempt<T>(what: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw new AtelierError(said`${what}: ${reasonOf(error)}`, { code: 'runtime-failed', cause: error });
  }
}

/** Exceptions of the runtime's C++ code arrive as their address where nobody translated them. */
function reasonOf(error: unknown): Text {
  if (typeof error !== 'number') return messageOf(error);
  return said`the runtime gave no reason (a C++ exception). Most often its 4 GiB of memory are used up, or a tensor has not the shape that the graph was made for. Try a smaller ${recipeField('batchSize')}, or ${setting('engine', 'native')}.`;
}
