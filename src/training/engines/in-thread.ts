/** Engines in a thread of their own: the calling thread stays free for timers, signals and the terminal. */
import type { Batch, Batches } from '../../data/batches.ts';
import { AtelierError } from '../../errors.ts';
import type { TensorMap } from '../initialize.ts';
import type { EngineOptions, TrainingPrograms } from './create-engine.ts';
import { type BatchResult, type Engine, type Evaluation, evaluateAll, type Means, type StepInput } from './engine.ts';
import type { EngineName } from './engine-names.ts';
import { serializedSteps } from './serialized-steps.ts';
import { arrayBuffers } from './thread/buffers.ts';
import { EngineThread } from './thread/engine-thread.ts';
import type { Answer, NewPrograms, ProgramKey } from './thread/messages.ts';
import { togetherOn } from './together.ts';

export { EngineThread } from './thread/engine-thread.ts';

/** Batches on their way to the thread while it computes another: enough that it never waits for one. */
const batchesAhead = 2;

/**
 * As `createEngine`, but what it computes is computed in a thread: the same numbers, and the calling thread is free
 * meanwhile. Graphs are built here, where models are, and handed over as data.
 *
 * @param thread one that was started before, so that it loads the runtime while this thread prepares the graphs. The engine
 *   owns it from here on: releasing the engine ends it, and so does a failure of this call
 * @throws AtelierError where the runtime is missing or refuses the graphs
 */
export async function createEngineInThread(
  name: EngineName,
  options: EngineOptions,
  thread = new EngineThread(),
): Promise<Engine> {
  try {
    return await ThreadedEngine.open(name, options, thread);
  } catch (error) {
    await thread.stop();
    throw error;
  }
}

class ThreadedEngine implements Engine {
  readonly name: string;
  readonly target: string;
  readonly stepsPerCall: number;
  readonly #thread: EngineThread;
  readonly #programs: UnsentPrograms;
  #released: Promise<void> | undefined;

  private constructor(
    { name, target, stepsPerCall }: Extract<Answer, { readonly to: 'open' }>,
    thread: EngineThread,
    programs: UnsentPrograms,
  ) {
    this.name = name;
    this.target = target;
    this.stepsPerCall = stepsPerCall;
    this.#thread = thread;
    this.#programs = programs;
  }

  static async open(engine: EngineName, options: EngineOptions, thread: EngineThread): Promise<ThreadedEngine> {
    const { batchSize, seed, session, stepsPerCall } = options;
    const { target } = options.programs;
    const unsent = new UnsentPrograms(options.programs);
    // ONNX Runtime's training build compiles both steps together.
    const programs = unsent.of(engine === 'ort-training' ? [batchSize, 'evaluation'] : [batchSize]);
    // This thread has serialized graphs before; there it would be done for the first time, which takes several times as long.
    const model =
      engine === 'native'
        ? serializedSteps(options.programs.trainStep(batchSize), stepsPerCall ?? 1, togetherOn(session))
        : undefined;
    const facts = await thread.ask({
      to: 'open',
      engine,
      target,
      batchSize,
      seed,
      session,
      stepsPerCall,
      programs,
      model,
    });
    return new ThreadedEngine(facts, thread, unsent);
  }

  async trainStep(input: StepInput): Promise<BatchResult> {
    const [result] = await this.trainSteps([input]);
    if (!result) throw new AtelierError('internal: a training step gave no result');
    return result;
  }

  async trainSteps(inputs: readonly StepInput[]): Promise<readonly BatchResult[]> {
    const programs = this.#programs.of(inputs.map(({ batch }) => batch.count));
    const given = inputs.map((input) => ({ ...input, batch: transferable(input.batch) }));
    const buffers = buffersOf(given.map(({ batch }) => batch));
    return (await this.#thread.ask({ to: 'train', inputs: given, programs }, buffers)).results;
  }

  async evaluate(batches: Batches): Promise<Means> {
    await this.#thread.ask({ to: 'open evaluation', programs: this.#programs.of(['evaluation']) });
    const evaluation: Evaluation = {
      pass: async (batch) => {
        const given = transferable(batch);
        return (await this.#thread.ask({ to: 'evaluate', batch: given }, buffersOf([given]))).result;
      },
      close: async () => {
        await this.#thread.ask({ to: 'close evaluation' });
      },
    };
    return evaluateAll(evaluation, batches, batchesAhead);
  }

  async state(): Promise<TensorMap> {
    return (await this.#thread.ask({ to: 'copy state' })).state;
  }

  async load(state: TensorMap): Promise<void> {
    await this.#thread.ask({ to: 'load state', state });
  }

  release(): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  /** The sessions first, so that an engine's memory is given back in order. A thread that is gone has none left. */
  async #release(): Promise<void> {
    try {
      if (this.#thread.isAlive) await this.#thread.ask({ to: 'release' });
    } finally {
      await this.#thread.stop();
    }
  }
}

/** Programs as the thread comes to need them: each is built and sent once. */
class UnsentPrograms {
  readonly #programs: TrainingPrograms;
  readonly #sent = new Set<ProgramKey>();

  constructor(programs: TrainingPrograms) {
    this.#programs = programs;
  }

  /** Those of the named ones that have not been asked for here before. */
  of(keys: readonly ProgramKey[]): NewPrograms {
    const unsent = new Set(keys.filter((key) => !this.#sent.has(key)));
    for (const key of unsent) this.#sent.add(key);
    const { trainStep, evalStep } = this.#programs;
    return new Map([...unsent].map((key) => [key, key === 'evaluation' ? evalStep() : trainStep(key)]));
  }
}

/** The batch with arrays that fill their buffers: what is handed over may hold nothing that belongs to others. */
function transferable(batch: Batch): Batch {
  const { images, labels } = batch;
  return {
    ...batch,
    images: fillsBuffer(images) ? images : new Uint8Array(images),
    labels: fillsBuffer(labels) ? labels : new BigInt64Array(labels),
  };
}

function fillsBuffer({ buffer, byteLength }: ArrayBufferView): boolean {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
}

/** Each buffer once, also where two steps are given the same batch. */
function buffersOf(batches: readonly Batch[]): ArrayBuffer[] {
  return arrayBuffers(batches.flatMap(({ images, labels }) => [images, labels]));
}
