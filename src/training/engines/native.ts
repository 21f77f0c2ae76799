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
import { StatePair } from './state-pair.ts';
import { BatchOutputs, batchFeeds, StepPorts } from './step-ports.ts';

export interface NativeEngineOptions {
  /** The lowered training step for a batch of this size. Called once for each size that occurs. */
  readonly trainStep: (batchSize: number) => Program;
  /** The lowered evaluation step, batch symbolic. Called with each evaluation. */
  readonly evalStep: () => Program;
  readonly batchSize: number;
  /** The training step of that size, serialized, where somebody has done so already. */
  readonly model?: Uint8Array | undefined;
  readonly target: string;
  readonly seed: number;
  /** Training steps that one call of the runtime makes, 1 by default; more save the way of the state to it and back. */
  readonly stepsPerCall?: number | undefined;
  readonly session: SessionOptions;
}

/** A compiled graph of one or more training steps. */
interface CompiledSteps {
  readonly session: Session;
  readonly steps: readonly StepPorts[];
}

/** Trains through onnxruntime-node: a run of one graph is a step, or several. */
export class NativeEngine implements LocalEngine {
  readonly name = 'native';
  readonly target: string;
  readonly stepsPerCall: number;
  readonly #options: NativeEngineOptions;
  readonly #state: StatePair;
  readonly #steps = new Map<number, CompiledSteps>();
  /** Several steps in one graph; compiled when a second whole group comes. */
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
    const { batchSize, model } = options;
    const program = options.trainStep(batchSize);
    const engine = new NativeEngine(options, program);
    engine.#steps.set(batchSize, await engine.#compileStep(program, model));
    return engine;
  }

  async trainStep(input: StepInput): Promise<BatchResult> {
    const [result] = await this.#run(await this.#stepFor(input.batch.count), [input]);
    if (!result) throw new AtelierError('internal: a training step gave no result');
    return result;
  }

  /**
   * The first group is made step by step: a graph of several steps takes several times as long to compile, and the single
   * step, which the end of an epoch needs in any case, shows sooner that training runs.
   */
  async trainSteps(inputs: readonly StepInput[]): Promise<readonly BatchResult[]> {
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
    const compiled = [...this.#steps.values(), ...(this.#call ? [this.#call] : [])];
    this.#steps.clear();
    this.#call = undefined;
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
