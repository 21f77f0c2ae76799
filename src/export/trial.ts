import type { ExportForm } from '../../graphs/export/inference-graph.ts';
import { imagesBetween } from '../data/images.ts';
import type { Answers } from '../evaluation/trained-model.ts';
import type { LabelledImageSet } from './feed.ts';
import { feedSize } from './graph-run.ts';
import type { Subject } from './subject.ts';

/** Images that an export is tried on, with what the float32 model says about them. */
export interface Trial extends LabelledImageSet {
  readonly reference: Answers;
  readonly referenceSeconds: number;
}

/** What an exported file answered in its own runtime. */
export interface ForeignAnswers {
  /** float32[count * classes]: logits where the file has them, else probabilities. */
  readonly values: Float32Array;
  /** Seconds of classifying all images, without loading. */
  readonly seconds: number;
  /** `onnxruntime-node 1.30.0`. */
  readonly runtime: string;
}

/** Runs an exported file; a text instead says why it cannot be run here. */
export type Runner = (
  path: string,
  subject: Subject,
  form: ExportForm,
  trial: Trial,
) => Promise<ForeignAnswers | string>;

/** Classifies images with the run itself. */
export async function makeTrial({ reference, model }: Subject, images: LabelledImageSet): Promise<Trial> {
  const logits = new Float32Array(images.count * model.classes);
  const probabilities = new Float32Array(images.count * model.classes);
  const all = async () => {
    const started = performance.now();
    for (let start = 0; start < images.count; start += feedSize) {
      const end = Math.min(images.count, start + feedSize);
      const answers = await reference.predict(imagesBetween(images.images, images.shape, start, end), end - start);
      logits.set(answers.logits, start * model.classes);
      probabilities.set(answers.probabilities, start * model.classes);
    }
    return (performance.now() - started) / 1000;
  };
  // The first pass loads the graph and warms up; the second is timed.
  await all();
  return { ...images, reference: { logits, probabilities }, referenceSeconds: await all() };
}
