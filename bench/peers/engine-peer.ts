import type { TargetName } from '../../graphs/targets/compile.ts';
import { type Batch, epochBatches, sequentialBatches } from '../../src/data/batches.ts';
import { imagesInMemory } from '../../src/data/images.ts';
import { BoundProgram } from '../../src/evaluation/trained-model-program.ts';
import { naturalOrder } from '../../src/random/sampling.ts';
import type { ResolvedRecipe } from '../../src/recipe/schema.ts';
import type { ProgramSet } from '../../src/runtime/programs.ts';
import type { SessionOptions } from '../../src/runtime/session.ts';
import type { Engine } from '../../src/training/engines/engine.ts';
import type { EngineName } from '../../src/training/engines/engine-names.ts';
import { createEngineInThread, EngineThread } from '../../src/training/engines/in-thread.ts';
import { usualStepsPerCall } from '../../src/training/engines/index.ts';
import { chooseTarget } from '../../src/training/engines/target.ts';
import { versions } from '../../src/training/environment.ts';
import { type Fit, fit, type RunStore } from '../../src/training/fit.ts';
import { initialState } from '../../src/training/initialize.ts';
import { initialProgress } from '../../src/training/progress.ts';
import { schedulerOf } from '../../src/training/schedulers/index.ts';
import { type BenchImages, consecutive, labelledImages, readBenchData, readBenchSubject } from '../data.ts';
import { type BenchSubject, benchPrograms, benchRecipe } from '../models.ts';
import { PeerError } from '../peer-error.ts';
import type { Answers, RequestOf } from '../protocol.ts';
import { BusyEngine } from './busy-engine.ts';
import { installedVersion } from './installed.ts';
import { type PeerProgram, required } from './serve.ts';

export const engineKinds = ['atelier', 'atelier-portable', 'ort-training'] as const;
export type EngineKind = (typeof engineKinds)[number];

/** Images of one evaluation batch, as `train` uses it. */
const evaluationBatch = 500;

interface Prepared {
  readonly request: RequestOf<'prepare'>;
  readonly subject: BenchSubject;
  readonly recipe: ResolvedRecipe;
  readonly session: SessionOptions;
  /** On its way while graphs are built, as in `train`. */
  readonly train: Promise<BenchImages>;
}

/** The engines that `train` has, doing exactly what `train` and `predict` do with them. */
export class EnginePeer implements PeerProgram {
  readonly #kind: EngineKind;
  readonly #engineName: EngineName;
  #prepared: Prepared | undefined;
  #target: TargetName | undefined;
  #engine: Engine | undefined;
  #predictor: ((images: Uint8Array, count: number) => Promise<readonly number[]>) | undefined;
  #step = 0;

  constructor(kind: EngineKind) {
    this.#kind = kind;
    this.#engineName = kind === 'ort-training' ? 'ort-training' : 'native';
  }

  async prepare(request: RequestOf<'prepare'>): Promise<Answers['prepare']> {
    const { model, threads, data, purpose, batchSize } = request;
    const subject = await readBenchSubject(data);
    const recipe = benchRecipe(model, subject);
    const session: SessionOptions = { device: 'cpu', threads };
    const predicts = purpose === 'predict' && this.#engineName === 'native';
    // As in `train`, it loads the runtime while this one reads data and builds graphs.
    const thread = predicts ? undefined : new EngineThread();
    const train = readBenchData(data, 'train', subject);
    // Awaited below; until then a failure must not end the process.
    train.catch(() => undefined);
    this.#prepared = { request, subject, recipe, session, train };
    if (predicts) {
      const programs = benchPrograms(model, recipe, 'portable', request.width, subject);
      const program = programs.predict();
      const state = initialState(programs.model.network, program, recipe.seed);
      const bound = await BoundProgram.create(program, state, 'the initial weights', session);
      this.#predictor = async (images, count) => {
        const logits = (await bound.run(images, count)).get('logits');
        return Array.from(logits?.subarray(0, programs.model.classes) ?? []);
      };
      return this.#about('weights as constants of the graph');
    }
    const choice = await chooseTarget(
      this.#engineName,
      session.device,
      this.#kind === 'atelier-portable' ? 'portable' : 'auto',
    );
    this.#target = choice.target;
    this.#engine = await this.#createEngine(recipe, batchSize, usualStepsPerCall.cpu, thread);
    await train;
    const { target, stepsPerCall } = this.#engine;
    return this.#about(`target ${target}${stepsPerCall === 1 ? '' : `, ${stepsPerCall} steps a call`}`);
  }

  async steps({ count }: RequestOf<'steps'>): Promise<Answers['steps']> {
    const { request, recipe, ...prepared } = required(this.#prepared, 'training');
    const engine = required(this.#engine, 'the engine');
    const train = await prepared.train;
    const ms: number[] = [];
    const losses: number[] = [];
    while (ms.length < count) {
      const size = Math.min(engine.stepsPerCall, count - ms.length);
      const inputs = Array.from({ length: size }, () => {
        const batch = batchAt(train, this.#step, request.batchSize);
        this.#step += 1;
        return { batch, learningRate: recipe.optimizer.lr, step: this.#step };
      });
      const started = performance.now();
      const results = await engine.trainSteps(inputs);
      // The steps of a call cannot be timed one by one: each gets its share.
      const share = (performance.now() - started) / size;
      for (const { loss } of results) {
        ms.push(share);
        losses.push(loss);
      }
    }
    return { ms, losses };
  }

  async predict({ count, batchSize }: RequestOf<'predict'>): Promise<Answers['predict']> {
    const { request, subject } = required(this.#prepared, 'prediction');
    const { images: bytes, labels } = consecutive(await readBenchData(request.data, 'test', subject), 0, count);
    const test = imagesInMemory(subject.shape, bytes, labels);
    const batches = () => sequentialBatches(test, naturalOrder(count), batchSize);
    const predict = this.#predictor;
    if (predict === undefined) {
      // The training session has no other forward pass than its evaluation step, which returns the loss.
      const engine = required(this.#engine, 'the engine');
      const started = performance.now();
      await engine.evaluate(batches());
      return { ms: performance.now() - started, logits: [] };
    }
    let logits: readonly number[] | undefined;
    const started = performance.now();
    for await (const { images, count: size } of batches()) {
      const found = await predict(images, size);
      logits ??= found;
    }
    return { ms: performance.now() - started, logits: logits ?? [] };
  }

  /** The training loop of `train` itself, only that nothing is saved. */
  async epoch({ batches, validationImages }: RequestOf<'epoch'>): Promise<Answers['epoch']> {
    const { request, subject, recipe } = required(this.#prepared, 'the epoch');
    const { batchSize, data } = request;
    const dataset = await labelledImages(data, 'train', subject);
    const validation = await labelledImages(data, 'validation', subject);
    const images = Math.min(batches * batchSize, dataset.count);
    const indices = naturalOrder(dataset.count).subarray(0, images);
    const held = naturalOrder(validation.count).subarray(0, validationImages);
    const { seed, augmentation } = recipe;
    const scheduler = schedulerOf(recipe.schedule, recipe.optimizer.lr);
    let loss = Number.NaN;
    const busy = new BusyEngine(required(this.#engine, 'the engine'));
    const run: Fit = {
      engine: busy,
      data: {
        imagesPerEpoch: images,
        stepsPerEpoch: Math.ceil(images / batchSize),
        trainBatches: (epoch, startBatch) =>
          epochBatches({ dataset, indices, batchSize, seed, epoch, shuffle: true, augmentation, startBatch }),
        validationBatches: () => sequentialBatches(validation, held, evaluationBatch),
      },
      recipe: { ...recipe, epochs: 1 },
      scheduler,
      store: savingNothing((trainingLoss) => {
        loss = trainingLoss;
      }),
      observer: {},
      checkpointEvery: null,
      maxSteps: null,
      signal: new AbortController().signal,
    };
    const started = performance.now();
    await fit(run, initialProgress(scheduler.initial()));
    return { ms: performance.now() - started, images, loss, waiting: busy.idleSince(started) };
  }

  async verify({ steps, batchSize }: RequestOf<'verify'>): Promise<Answers['verify']> {
    const { recipe, ...prepared } = required(this.#prepared, 'training');
    const train = await prepared.train;
    const engine = await this.#createEngine({ ...recipe, dropout: recipe.dropout.map(() => 0) }, batchSize);
    const losses: number[] = [];
    for (let step = 0; step < steps; step++) {
      const batch = batchAt(train, step, batchSize);
      losses.push((await engine.trainStep({ batch, learningRate: recipe.optimizer.lr, step: step + 1 })).loss);
    }
    await engine.release();
    return { losses };
  }

  async #createEngine(
    recipe: ResolvedRecipe,
    batchSize: number,
    stepsPerCall = 1,
    thread = new EngineThread(),
  ): Promise<Engine> {
    const { request, session, subject } = required(this.#prepared, 'the engine');
    const programs = benchPrograms(request.model, recipe, required(this.#target, 'the target'), request.width, subject);
    const { seed } = recipe;
    const options = { programs, batchSize, seed, session, stepsPerCall };
    const opening = createEngineInThread(this.#engineName, options, thread);
    // While the thread compiles; a failure is told by the await.
    opening.catch(() => undefined);
    const state = initialStateOf(programs, batchSize, recipe.seed);
    const engine = await opening;
    await engine.load(state);
    return engine;
  }

  #about(details: string): Answers['prepare'] {
    const { session } = required(this.#prepared, 'the peer');
    const { onnxruntime, ...others } = versions();
    const runtime =
      this.#engineName === 'native'
        ? { 'onnxruntime-node': onnxruntime }
        : { 'onnxruntime-web (training)': installedVersion('onnxruntime-training-web') };
    return { versions: { ...others, ...runtime }, threads: session.threads, details };
  }
}

function initialStateOf(programs: ProgramSet, batchSize: number, seed: number) {
  return initialState(programs.model.network, programs.trainStep(batchSize), seed);
}

function batchAt(train: BenchImages, step: number, batchSize: number): Batch {
  const { images, labels, count } = consecutive(train, step * batchSize, batchSize);
  return { index: step, images, labels: BigInt64Array.from(labels, (label) => BigInt(label)), count };
}

function savingNothing(trained: (loss: number) => void): RunStore {
  const nothing = async () => undefined;
  return {
    saveLast: nothing,
    saveBest: nothing,
    appendHistory: async ({ train }) => trained(train.loss),
    recordDivergence: nothing,
    lastSaved: () => {
      throw new PeerError('failed', 'the loss is no longer finite');
    },
  };
}
