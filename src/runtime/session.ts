import type { Graph } from '../../graphs/ir/graph.ts';
import { AtelierError, messageOf } from '../errors.ts';
import type { Device } from './device-names.ts';
import { InferenceSession, type Tensor as OrtTensor } from './onnxruntime.ts';
import { withThreads } from './spare-threads.ts';

/** How sessions compute. */
export interface SessionOptions {
  readonly device: Device;
  /** Threads of one operator; the same number gives the same bits, another may not. */
  readonly threads: number;
  /**
   * Let the runtime change the layout of tensors (level 'all'). That pays where weights are constants; in a training step
   * it only converts to and fro around the pools.
   */
  readonly layout?: boolean;
  /** Keep a trace of every kernel; releasing the session writes it to a file of this path, date and time added. */
  readonly tracePrefix?: string;
}

export type Feeds = Readonly<Record<string, OrtTensor>>;

/** A compiled graph. Inputs are not copied; outputs are written into the tensors that the caller gives. */
export class Session {
  readonly #session: InferenceSession;
  readonly #name: string;
  readonly #traced: boolean;

  private constructor(session: InferenceSession, name: string, traced: boolean) {
    this.#session = session;
    this.#name = name;
    this.#traced = traced;
  }

  /** Compiles a graph. Throws AtelierError with the graph's name where the runtime refuses it. */
  static async create(graph: Graph, options: SessionOptions): Promise<Session> {
    // Loaded by those who need it only: an engine's thread is given its first graph serialized, and starts sooner without.
    const { serializeModel } = await import('../../graphs/ir/serialize.ts');
    return Session.load(serializeModel(graph), graph.name, options);
  }

  /** Compiles a serialized model; `name` stands in messages. Throws AtelierError where it is refused, or so many threads are. */
  static async load(
    model: Uint8Array,
    name: string,
    { device, threads, layout = true, tracePrefix }: SessionOptions,
  ): Promise<Session> {
    try {
      const session = await withThreads(threads, () =>
        InferenceSession.create(model, {
          executionProviders: [device],
          intraOpNumThreads: threads,
          interOpNumThreads: 1,
          executionMode: 'sequential',
          graphOptimizationLevel: layout ? 'all' : 'extended',
          // Fatal ones only: all others are thrown as well, and its lines would go to standard error raw.
          logSeverityLevel: 4,
          ...(tracePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: tracePrefix }),
        }),
      );
      return new Session(session, name, tracePrefix !== undefined);
    } catch (error) {
      if (error instanceof AtelierError) throw error;
      throw new AtelierError(`onnxruntime refuses graph '${name}' on ${device}: ${messageOf(error)}`, {
        code: 'runtime-failed',
        cause: error,
      });
    }
  }

  /** Runs once. With `outputs`, results are written into these tensors; without, new ones are made for all outputs. */
  async run(feeds: Feeds, outputs?: Feeds): Promise<Feeds> {
    try {
      return await (outputs ? this.#session.run(feeds, outputs) : this.#session.run(feeds));
    } catch (error) {
      throw new AtelierError(`graph '${this.#name}' failed: ${messageOf(error)}`, {
        code: 'runtime-failed',
        cause: error,
      });
    }
  }

  async release(): Promise<void> {
    if (this.#traced) this.#session.endProfiling();
    await this.#session.release();
  }
}
