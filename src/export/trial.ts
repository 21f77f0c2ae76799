import type { ExportForm } from '../../graphs/export/inference-graph.ts';
import { type ImageShape, imagesBetween } from '../data/images.ts';
import type { Answers } from '../evaluation/trained-model.ts';
import type { LabelledImageSet } from './feed.ts';
import { feedSize, type Span } from './graph-run.ts';
import type { Subject } from './subject.ts';

/** Images that an export is tried on, with what the float32 model says about them. */
export interface Trial extends LabelledImageSet {
  readonly reference: Answers;
  readonly referenceSeconds: number;
}

/** What an exported file answered in its own runtime. */
export interface ForeignAnswers extends Timed {
  /** float32[count * classes]: logits where the file has them, else probabilities. */
  readonly values: Float32Array;
  /** `onnxruntime-node 1.30.0`. */
  readonly runtime: string;
}

/** How much was classified. */
export interface Timed {
  /** The first so many images of a trial: all, unless that would have taken too long. */
  readonly count: number;
  /** Seconds of classifying them, without loading. */
  readonly seconds: number;
}

/** Runs an exported file; a text instead says why it cannot be run here. */
export type Runner = (
  path: string,
  subject: Subject,
  form: ExportForm,
  trial: Trial,
) => Promise<ForeignAnswers | string>;

/** Seconds of classifying, after which no further images are: a large network in a page's runtime would take an hour. */
const patience = 60;
/** Between two looks at the clock. */
const stride = 5;

/**
 * Classifies the first images of a set: `most` of them, or as many as can be done in a minute, one at least. The first image is
 * classified twice, as the first call lays out weights and is not timed.
 *
 * @param classify images from one place to before another
 */
export async function classifyInTime(
  most: number,
  shape: ImageShape,
  classify: (span: Span) => Promise<void>,
): Promise<Timed> {
  const warm = performance.now();
  await classify({ from: 0, to: 1 });
  const one = secondsSince(warm);
  const size = Math.max(1, Math.min(feedSize(shape), Math.floor(stride / one)));
  const started = performance.now();
  let count = 0;
  while (count < most && (count === 0 || secondsSince(started) < patience)) {
    const to = Math.min(most, count + size);
    await classify({ from: count, to });
    count = to;
  }
  return { count, seconds: secondsSince(started) };
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}

/** Classifies images with the run itself: those that a trial consists of. */
export async function makeTrial({ reference, model }: Subject, images: LabelledImageSet): Promise<Trial> {
  const { classes } = model;
  const logits = new Float32Array(images.count * classes);
  const probabilities = new Float32Array(images.count * classes);
  const { count, seconds } = await classifyInTime(images.count, images.shape, async ({ from, to }) => {
    const answers = await reference.predict(imagesBetween(images.images, images.shape, from, to), to - from);
    logits.set(answers.logits, from * classes);
    probabilities.set(answers.probabilities, from * classes);
  });
  return {
    images: imagesBetween(images.images, images.shape, 0, count),
    shape: images.shape,
    count,
    labels: images.labels.subarray(0, count),
    reference: {
      logits: logits.subarray(0, count * classes),
      probabilities: probabilities.subarray(0, count * classes),
    },
    referenceSeconds: seconds,
  };
}
