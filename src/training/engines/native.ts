import { bindInputs } from '../../../graphs/ir/passes/bind.ts';
import { staticShape } from '../../../graphs/ir/types.ts';
import type { Program } from '../../../graphs/programs/program.ts';
import type { Batches } from '../../data/batches.ts';
import { AtelierError } from '../../errors.ts';
import { Session, type SessionOptions } from '../../runtime/session.ts';
import type { TensorMap } from '../initialize.ts';
import {
  type BatchResult,
  type Evaluation,
  evaluateAll,
  type LocalEngine,
  type Means,
  oneByOne,
  type StepInput,
} from './engine.ts';
import { ScannedSteps } from './scanned-steps.ts';
import type { serializedSteps } from './serialized-steps.ts';
import { StatePair } from './state-pair.ts';
import { BatchOutputs, batchFeeds, StepPorts } from './step-ports.ts';
import { type Together, togetherOn } from './together.ts';

export interface NativeEngineOptions {
  /** The lowered training step for a batch of this size. Called once for each size that occurs. */
  readonly trainStep: (batchSize: number) => Program;
  /** The lowered evaluation step, batch symbolic. Called with each evaluation. */
  readonly evalStep: () => Program;
  readonly batchSize: number;
  /** What `serializedSteps` gives for that size, where somebody has done so already. */
  readonly model?: Uint8Array | undefined;
  readonly target: string;
  readonly seed: number;
  /** Training steps that one call of the runtime makes, 1 by default; more save the way of the state to it and back. */
  readonly stepsPerCall?: number | undefined;
  /** How a call makes several; by what the device can do by default. */
  readonly together?: Together | undefined;
  readonly session: SessionOptions;
}

/** A compiled graph of one or more training steps. */
interface CompiledSteps {
  readonly session: Session;
  readonly steps: readonly StepPorts[];
}

/** A compiled Scan over training steps. */
interface Scan {
  readonly session: Session;
  readonly ports: ScannedSteps;
}

/** Trains through onnxruntime-node: a run of one graph is a step, or several. */
export class NativeEngine implements LocalEngine {
  readonly name = 'native';
  readonly target: string;
  readonly stepsPerCall: number;
  readonly #options: NativeEngineOptions;
  readonly #state: StatePair;
  readonly #steps = new Map<number, CompiledSteps>();
  /** Steps of the usual batch size as turns of a Scan. */
  #scan: Scan | undefined;
  /** Several steps written out in one graph; compiled when a second whole group comes. */
  #call: CompiledSteps | undefined;
  #groups = 0;
  readonly #imageShape: readonly number[];

  private constructor(options: NativeEngineOptions, program: Program) {
    this.#options = options;
    this.target = options.target;
    this.stepsPerCall = options.stepsPerCall ?? 1;
    this.#state = new StatePair(program.state);
    const images = program.inputs.find(({ name }) => name === 'images');
    this.#imageShape = staticShape(images?.shape.slice(1) ?? [], 'images');
  }

  /**
   * Compiles a single step of the usual batch size; another batch size, or a call, is compiled when it comes.
   *
   * @throws AtelierError for an impossible number of steps, or where the runtime refuses the graph
   */
  static async create(options: NativeEngineOptions): Promise<NativeEngine> {
    const { stepsPerCall = 1 } = options;
    if (!Number.isSafeInteger(stepsPerCall) || stepsPerCall < 1)
      throw new AtelierError(`internal: steps in a call: a whole number of at least 1 expected, got ${stepsPerCall}`);
    const { batchSize, session, together = togetherOn(session) } = options;
    const program = options.trainStep(batchSize);
    const model = options.model ?? (await serialized(program, stepsPerCall, together));
    const engine = new NativeEngine(options, program);
    if (stepsPerCall > 1 && together === 'scan') await engine.#compileScan(program, model);
    else engine.#steps.set(batchSize, await engine.#compileStep(program, model));
    return engine;
  }

  async trainStep(input: StepInput): Promise<BatchResult> {
    if (this.#scan && input.batch.count === this.#options.batchSize) {
      const [result] = await this.#runScan(this.#scan, [input]);
      return made(result);
    }
    const [result] = await this.#run(await this.#stepFor(input.batch.count), [input]);
    return made(result);
  }

  async trainSteps(inputs: readonly StepInput[]): Promise<readonly BatchResult[]> {
    return this.#scan ? this.#inTurns(this.#scan, inputs) : this.#unrolled(inputs);
  }

  /** As many steps of the usual batch size to a call as it can have; what is of another size is a call by itself. */
  async #inTurns(scan: Scan, inputs: readonly StepInput[]): Promise<readonly BatchResult[]> {
    const results: BatchResult[] = [];
    while (results.length < inputs.length) {
      const left = inputs.slice(results.length, results.length + this.stepsPerCall);
      const other = left.findIndex(({ batch }) => batch.count !== this.#options.batchSize);
      const usual = other === -1 ? left : left.slice(0, other);
      if (usual.length > 0) results.push(...(await this.#runScan(scan, usual)));
      else results.push(...(await oneByOne(this, left.slice(0, 1))));
    }
    return results;
  }

  async #runScan({ session, ports }: Scan, inputs: readonly StepInput[]): Promise<readonly BatchResult[]> {
    const feeds = { ...this.#state.feeds(), ...ports.feeds(inputs) };
    await session.run(feeds, { ...this.#state.fetches(), ...ports.fetches(inputs.length) });
    this.#state.swap();
    return ports.results(inputs.length);
  }

  /**
   * The first group is made step by step: a graph of several steps takes several times as long to compile, and the single
   * step, which the end of an epoch needs in any case, shows sooner that training runs.
   */
  async #unrolled(inputs: readonly StepInput[]): Promise<readonly BatchResult[]> {
    const { batchSize } = this.#options;
    const whole = inputs.length === this.stepsPerCall && inputs.every(({ batch }) => batch.count === batchSize);
    if (!whole || this.stepsPerCall === 1 || this.#groups++ === 0) return oneByOne(this, inputs);
    this.#call ??= await this.#compileCall(this.#options.trainStep(batchSize), this.stepsPerCall);
    return this.#run(this.#call, inputs);
  }

  async #run({ session, steps }: CompiledSteps, inputs: readonly StepInput[]): Promise<readonly BatchResult[]> {
    const feeds = { ...this.#state.feeds() };
    const fetches = { ...this.#state.fetches() };
    for (const [i, ports] of steps.entries()) {
      const input = inputs[i];
      if (!input) throw new AtelierError(`internal: ${steps.length} batches expected, got ${inputs.length}`);
      Object.assign(feeds, ports.feeds(input, this.#imageShape));
      Object.assign(fetches, ports.fetches());
    }
    await session.run(feeds, fetches);
    this.#state.swap();
    return steps.map((ports) => ports.result());
  }

  async evaluate(batches: Batches): Promise<Means> {
    return evaluateAll(await this.openEvaluation(), batches, 0);
  }

  /** Parameters become constants of the graph, so that the runtime can lay them out once for all batches. */
  async openEvaluation(): Promise<Evaluation> {
    const program = this.#options.evalStep();
    const session = await Session.create(bindInputs(program.graph, this.#bound(program)), this.#options.session);
    const outputs = new BatchOutputs();
    return {
      pass: async (batch) => {
        await session.run(batchFeeds(batch, this.#imageShape), outputs.tensors);
        return outputs.read();
      },
      close: () => session.release(),
    };
  }

  async state(): Promise<TensorMap> {
    return this.#state.copy();
  }

  async load(state: TensorMap): Promise<void> {
    this.#state.load(state);
  }

  async release(): Promise<void> {
    const compiled = [
      ...this.#steps.values(),
      ...(this.#call ? [this.#call] : []),
      ...(this.#scan ? [this.#scan] : []),
    ];
    this.#steps.clear();
    this.#call = undefined;
    this.#scan = undefined;
    for (const { session } of compiled) await session.release();
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

  async #stepFor(count: number): Promise<CompiledSteps> {
    const known = this.#steps.get(count);
    if (known) return known;
    const compiled = await this.#compileStep(this.#options.trainStep(count));
    this.#steps.set(count, compiled);
    return compiled;
  }

  async #compileScan({ graph, masks }: Program, model: Uint8Array): Promise<void> {
    const { seed, session, batchSize } = this.#options;
    this.#scan = {
      session: await Session.load(model, graph.name, { ...session, layout: false }),
      ports: new ScannedSteps({ masks, seed, batchSize, imageShape: this.#imageShape, most: this.stepsPerCall }),
    };
  }

  async #compileStep({ graph, masks }: Program, model?: Uint8Array): Promise<CompiledSteps> {
    const { seed, session: options } = this.#options;
    const settings = { ...options, layout: false };
    const session = await (model ? Session.load(model, graph.name, settings) : Session.create(graph, settings));
    return { session, steps: [new StepPorts(masks, seed)] };
  }

  async #compileCall(program: Program, count: number): Promise<CompiledSteps> {
    const { seed, session: options } = this.#options;
    // Needed only once training runs, and not worth the time before that.
    const { inStep, unroll } = await import('../../../graphs/programs/unroll.ts');
    const ports = (index: number) => new StepPorts(program.masks, seed, (name) => inStep(index, name));
    return {
      session: await Session.create(unroll(program, count).graph, { ...options, layout: false }),
      steps: Array.from({ length: count }, (_, i) => ports(i + 1)),
    };
  }
}

function made(result: BatchResult | undefined): BatchResult {
  if (!result) throw new AtelierError('internal: a training step gave no result');
  return result;
}

/** Loaded where nobody has done so already: an engine's thread starts sooner without. */
async function serialized(...step: Parameters<typeof serializedSteps>): Promise<Uint8Array> {
  const { serializedSteps } = await import('./serialized-steps.ts');
  return serializedSteps(...step);
}
