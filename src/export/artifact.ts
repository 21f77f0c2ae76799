import type { ExportForm } from '../../graphs/export/inference-graph.ts';
import type { ImageSet, LabelledImageSet } from './feed.ts';
import type { Subject } from './subject.ts';

/** What all writers are told. */
export interface WriteOptions {
  readonly form: ExportForm;
  readonly opset: number;
  readonly threads: number;
  /** Training images: those that ranges are calibrated on, and others that decide between ways to do so. */
  readonly calibrationImages: () => Promise<{ readonly calibration: ImageSet; readonly trial: ImageSet }>;
  /** The first of the images that the run is judged by, with their classes, for people to try a model on. */
  readonly sampleImages: () => Promise<LabelledImageSet>;
}

/** One exported model, still in memory. */
export interface Artifact {
  /** Contents by file name; names may have folders: `assets/page.js`. */
  readonly files: ReadonlyMap<string, Uint8Array | string>;
  /** The file that a runtime is given. */
  readonly main: string;
  /** How it was made, for the model card and the report: short texts by what they are about. */
  readonly notes: Readonly<Record<string, string>>;
  /** What falls short of what the format is chosen for, said when it is written. */
  readonly warnings?: readonly string[];
}

/** Makes one format of a subject. */
export type Writer = (subject: Subject, options: WriteOptions) => Promise<Artifact>;
