import { join } from 'node:path';
import type { ExportForm } from '../../graphs/export/inference-graph.ts';
import { predictedClasses } from '../evaluation/scores.ts';
import type { ExportFormat } from './formats.ts';
import type { Subject } from './subject.ts';
import type { Trial } from './trial.ts';

/** How an exported file compares with the float32 run that it came from. */
export interface Verification {
  readonly runtime: string;
  /** The first so many held-out images, as many as could be classified in a minute. */
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
  const { count } = answers;
  const labels = trial.labels.subarray(0, count);
  const classesOf = (logits: Float32Array) => predictedClasses({ classNames, labels, logits });
  const ofThose = (values: Float32Array) => values.subarray(0, count * classNames.length);
  const [expected, found] = [ofThose(trial.reference[compared]), ofThose(answers.values)] as const;
  const [ours, theirs] = [classesOf(expected), classesOf(found)];
  const share = (right: (image: number) => boolean) => {
    const hits = Array.from(labels.keys()).filter(right).length;
    return hits / count;
  };
  return {
    runtime: answers.runtime,
    images: count,
    compared,
    largestDifference: largestDifference(expected, found),
    accuracy: share((image) => theirs[image] === labels[image]),
    referenceAccuracy: share((image) => ours[image] === labels[image]),
    agreeing: Array.from(ours.keys()).filter((image) => ours[image] === theirs[image]).length,
    imagesPerSecond: count / answers.seconds,
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
