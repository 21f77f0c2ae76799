import type { Measure } from './catalogue.ts';
import type { FailureKind } from './protocol.ts';
import type { Spread } from './statistics.ts';

/** What the whole run was asked for. */
export interface BenchSettings {
  readonly models: readonly string[];
  readonly measures: readonly Measure[];
  readonly repetitions: number;
  /** Training steps of one repetition; a repetition counts their median. */
  readonly steps: number;
  /** Steps before the first one that is timed. */
  readonly warmUp: number;
  readonly threads: number;
  readonly batchSize: number;
  readonly predictImages: number;
  readonly predictBatchSizes: readonly number[];
  readonly epochBatches: number;
  /** The comparison of losses: so many steps of so many images, dropout off. */
  readonly verifySteps: number;
  readonly verifyBatchSize: number;
  /** Milliseconds between two peers' turns: threads of the one before may still spin. */
  readonly pause: number;
}

/** One peer under one measure. */
export interface PeerResult {
  readonly peer: string;
  readonly title: string;
  readonly status: 'measured' | FailureKind;
  /** Why there are no numbers; null where there are. */
  readonly reason: string | null;
  readonly versions: Readonly<Record<string, string>>;
  /** Threads that it really computed with; null where it did not start. */
  readonly threads: number | null;
  readonly details: string;
  readonly batchSize: number | null;
  /** Images that one value of `ms` was spent on; null where it does not depend on them, or there is none. */
  readonly images: number | null;
  /** One value a repetition. */
  readonly ms: readonly number[];
  readonly spread: Spread | null;
  readonly imagesPerSecond: number | null;
  readonly peakMemoryBytes: number | null;
  /** Of an epoch's training, the median share in which it waited for images; null where nobody looked. */
  readonly waiting: number | null;
  /** Atelier's time over this one's, by the image, repetition by repetition. */
  readonly ratio: { readonly pairs: readonly number[]; readonly spread: Spread } | null;
  /** Losses of the same steps from the same weights, or the first image's logits: what shows that the work is the same. */
  readonly evidence: readonly number[];
  /** The largest relative difference of `evidence` from Atelier's. */
  readonly disagreement: number | null;
}

export interface MeasureResult {
  readonly model: string;
  readonly measure: Measure;
  readonly peers: readonly PeerResult[];
}

export interface BenchResult {
  readonly kind: 'atelier-bench-1';
  readonly environment: Environment;
  /** What was trained on, in words, where somebody named it. */
  readonly data: string | null;
  readonly settings: BenchSettings;
  readonly results: readonly MeasureResult[];
}

/** Where and when it was measured. */
export interface Environment {
  readonly date: string;
  readonly processor: string;
  /** Processors that this process may use. */
  readonly processors: number;
  readonly memoryBytes: number;
  readonly system: string;
  /** Processes that computed or waited for a processor, averaged over the minute before; [0, …] on a quiet machine. */
  readonly loadBefore: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly revision: string | null;
  readonly dataset: string;
}
