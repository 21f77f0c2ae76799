import type { Measure, Peer } from './catalogue.ts';
import { PeerError } from './peer-error.ts';
import { PeerProcess } from './peer-process.ts';
import type { Answers, FailureKind, RequestOf } from './protocol.ts';
import type { PeerResult } from './result.ts';
import { median, spreadOf } from './statistics.ts';

/** What one repetition of a peer is. */
export interface Work {
  /** Milliseconds of one repetition. */
  readonly once: () => Promise<number>;
  /** Images that one value was spent on; null where it does not depend on them. */
  readonly images: number | null;
  readonly batchSize: number;
  readonly repetitions: number;
  /** The share of each repetition in which it waited for images, of a measure and a peer that has one. */
  readonly waiting?: readonly number[];
  /** After the last repetition: what shows that the work was the same. */
  readonly evidence: () => Promise<readonly number[]>;
}

/** A peer under one measure, from its start to its result. A failure ends its part, not the run. */
export class Contender {
  readonly peer: Peer;
  readonly #measure: Measure;
  #process: PeerProcess | undefined;
  #about: Answers['prepare'] = { versions: {}, threads: 1, details: '' };
  #started = false;
  #work: Work | undefined;
  #failure: { readonly kind: FailureKind; readonly message: string } | undefined;
  #peakMemory: number | null = null;
  #evidence: readonly number[] = [];
  readonly #ms: number[] = [];

  constructor(peer: Peer, measure: Measure) {
    this.peer = peer;
    this.#measure = measure;
  }

  get failure(): string | undefined {
    return this.#failure?.message;
  }

  /** Starts the peer, prepares it and finds out its work. */
  async begin(request: RequestOf<'prepare'>, work: (process: PeerProcess) => Promise<Work>): Promise<void> {
    await this.#attempt(async () => {
      this.#process = new PeerProcess(this.peer.name, this.peer.launch(request.threads));
      this.#about = await this.#process.ask(request);
      this.#started = true;
      this.#work = await work(this.#process);
    });
  }

  /** True where it takes part in this repetition. */
  takesPart(repetition: number): boolean {
    return this.#failure === undefined && repetition < (this.#work?.repetitions ?? 0);
  }

  async turn(): Promise<void> {
    await this.#attempt(async () => {
      if (this.#work) this.#ms.push(await this.#work.once());
    });
  }

  /** Reads the memory before the evidence is asked for, which may need some of its own; then stops the process. */
  async end(): Promise<void> {
    await this.#attempt(async () => {
      if (this.#failure !== undefined) return;
      this.#peakMemory = this.#process?.peakMemory() ?? null;
      this.#evidence = (await this.#work?.evidence()) ?? [];
    });
    await this.#process?.stop();
  }

  /** The result, not yet compared with anybody's. */
  result(): PeerResult {
    const { versions, threads, details } = this.#about;
    const [work, failure] = [this.#work, this.#failure];
    const measured = failure === undefined && this.#ms.length > 0;
    const spread = measured ? spreadOf(this.#ms) : null;
    return {
      peer: this.peer.name,
      title: this.peer.title,
      status: failure?.kind ?? (measured ? 'measured' : 'failed'),
      reason: failure?.message ?? (measured ? null : 'it was not asked for a single repetition'),
      versions,
      threads: this.#started ? threads : null,
      details: [details, this.peer.remarks?.[this.#measure] ?? ''].filter((text) => text !== '').join('; '),
      batchSize: work?.batchSize ?? null,
      images: work?.images ?? null,
      ms: measured ? this.#ms : [],
      spread,
      imagesPerSecond: spread && work?.images ? (work.images / spread.median) * 1000 : null,
      peakMemoryBytes: measured ? this.#peakMemory : null,
      waiting: measured && work?.waiting && work.waiting.length > 0 ? median(work.waiting) : null,
      ratio: null,
      evidence: measured ? this.#evidence : [],
      disagreement: null,
    };
  }

  /** A PeerError is a result; anything else is a fault of ours. */
  async #attempt(body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      this.#failure ??= { kind: error.kind, message: error.message };
    }
  }
}
