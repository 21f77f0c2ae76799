import { join } from 'node:path';
import type { ExportForm } from '../../graphs/export/inference-graph.ts';
import { imagesBetween } from '../data/images.ts';
import { predictedClasses } from '../evaluation/scores.ts';
import type { Answers } from '../evaluation/trained-model.ts';
import type { LabelledImageSet } from './feed.ts';
import type { ExportFormat } from './formats.ts';
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

/** How an exported file compares with the float32 run that it came from. */
export interface Verification {
  readonly runtime: string;
  readonly images: number;
  readonly compared: 'logits' | 'probabilities';
  /** Largest difference of any of them. */
  readonly largestDifference: number;
  readonly accuracy: number;
  /** The float32 run's on the same images. */
  readonly referenceAccuracy: number;
  /** Images that both put into the same class. */
  readonly agreeing: number;
  readonly imagesPerSecond: number;
  /** The float32 run's. */
  readonly referenceImagesPerSecond: number;
}

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

/** Runs a written export on the trial's images. Returns why not where that cannot be done here. */
export async function verify(
  format: ExportFormat,
  directory: string,
  main: string,
  subject: Subject,
  form: ExportForm,
  trial: Trial,
): Promise<Verification | string> {
  // Each runtime is loaded only by those who verify its format.
  const { runners } = await import('./runners.ts');
  const answers = await runners[format](join(directory, main), subject, form, trial);
  if (typeof answers === 'string') return answers;
  const compared = format !== 'safetensors' && form.output === 'probabilities' ? 'probabilities' : 'logits';
  const classNames = subject.config.data.classes;
  const classesOf = (logits: Float32Array) => predictedClasses({ classNames, labels: trial.labels, logits });
  const expected = trial.reference[compared];
  const [ours, theirs] = [classesOf(expected), classesOf(answers.values)];
  const share = (right: (image: number) => boolean) => {
    const hits = Array.from(trial.labels.keys()).filter(right).length;
    return hits / trial.count;
  };
  return {
    runtime: answers.runtime,
    images: trial.count,
    compared,
    largestDifference: largestDifference(expected, answers.values),
    accuracy: share((image) => theirs[image] === trial.labels[image]),
    referenceAccuracy: share((image) => ours[image] === trial.labels[image]),
    agreeing: Array.from(ours.keys()).filter((image) => ours[image] === theirs[image]).length,
    imagesPerSecond: trial.count / answers.seconds,
    referenceImagesPerSecond: trial.count / trial.referenceSeconds,
  };
}

/** Infinite where a number is missing or none. */
function largestDifference(expected: Float32Array, found: Float32Array): number {
  return expected.reduce((largest, value, i) => {
    const difference = Math.abs(value - (found[i] ?? Number.NaN));
    return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(largest, difference);
  }, 0);
}
