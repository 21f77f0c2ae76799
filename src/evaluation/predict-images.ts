import type { Context } from '../context.ts';
import { evaluationBatch } from '../data/batches.ts';
import type { SplitName } from '../data/dataset.ts';
import { imageSize } from '../data/images.ts';
import { UsageError } from '../errors.ts';
import { orFailure, type Several } from '../failures.ts';
import { said, setting, wordedFor } from '../message.ts';
import { thousands } from '../text/numbers.ts';
import { type RunConfig, readRunConfig } from '../training/config/run-config.ts';
import type { CheckpointName } from '../training/run-checkpoint.ts';
import type { RunDataPlace } from '../training/run-data.ts';
import { requireRun } from '../training/run-folder.ts';
import { preparedPicture } from './prepared-picture.ts';
import { openTrainedModel, type TrainedModel } from './trained-model.ts';
import { heldOutSplit, imagesOfSplit, type SplitImages } from './trained-model-images.ts';

/** What is classified, and by which checkpoint. */
export interface PredictOptions extends Several, RunDataPlace {
  /** Picture files (PNG, JPEG, WebP, AVIF, GIF, TIFF) by their paths, and images of the split by their places in it, from 0. */
  readonly images: readonly (string | number)[];
  /** How many classes of each, the most probable first; 3 by default, or as many as there are. */
  readonly top?: number | undefined;
  /** Negates files: for dark things on white, where the model knows light things on black. Never done unasked. */
  readonly invert?: boolean | undefined;
  /** Where places count; by default the test images, or the validation images of a data set without. */
  readonly split?: SplitName | undefined;
  /** The best by default. */
  readonly checkpoint?: CheckpointName | undefined;
  readonly threads: number;
}

/** What a model says about one image. */
export interface Prediction {
  /** The file's path, or 'test image 17'. */
  readonly image: string;
  /** Most probable first. */
  readonly top: readonly { readonly class: string; readonly probability: number }[];
  /** The true class, of images of the data set. */
  readonly truth?: string;
  /** What is to be known of a file besides, which the log says, too: that it should be inverted, that it has more frames. */
  readonly notes?: readonly string[];
}

/** The answers to `predict`. */
export interface PredictedImages {
  /** The name of the run's model. */
  readonly model: string;
  readonly checkpoint: CheckpointName;
  /** In the order in which they were asked for. */
  readonly predictions: readonly Prediction[];
}

/** There is no image at a place that was asked for. */
export class NoSuchImageError extends UsageError {
  readonly place: number;

  constructor(place: number, split: SplitName, count: number) {
    super(`there is no ${split} image ${place}; there are ${thousands(count)}: 0 to ${count - 1}`, {
      code: 'unknown-name',
    });
    this.place = place;
  }
}

/**
 * Classes and probabilities of pictures and of images of the run's data set. The data set is only loaded where a place
 * asks for it, the decoder of pictures where a file does.
 *
 * @param path the run folder
 * @throws UsageError for a `top` that is not from 1 to the number of classes, NoSuchImageError for a place beyond the
 *   split, AtelierError where run, data or a picture cannot be used
 */
export async function predictImages(path: string, options: PredictOptions, context: Context): Promise<PredictedImages> {
  const { checkpoint = 'best', threads } = options;
  const { path: folder } = await requireRun(path);
  const { classes } = (await readRunConfig(folder)).data;
  const { top = Math.min(3, classes.length) } = options;
  if (!Number.isInteger(top) || top < 1 || top > classes.length)
    throw new UsageError(
      said`${setting('top')}: expected a whole number from 1 to ${classes.length}, the number of classes, got ${top}`,
      { code: 'invalid-setting' },
    );
  const model = await openTrainedModel(path, { checkpoint, threads }, context);
  try {
    const questions = await collect(model, options, context);
    const predictions: Prediction[] = [];
    for (let start = 0; start < questions.length; start += evaluationBatch)
      predictions.push(...(await ask(model, questions.slice(start, start + evaluationBatch), top)));
    return { model: model.config.model, checkpoint, predictions };
  } finally {
    await model.release();
  }
}

/** Something to classify. */
interface Question {
  readonly name: string;
  /** uint8 [channels * height * width] */
  readonly pixels: Uint8Array;
  /** Number of the true class, of images of the data set. */
  readonly truth?: number;
  readonly notes?: readonly string[];
}

/** The pixels of all that was asked for, in its order. */
async function collect(
  { config }: TrainedModel,
  { images, invert = false, split = heldOutSplit(config), data, dataDirectory, onFailure }: PredictOptions,
  context: Context,
): Promise<readonly Question[]> {
  const places = images.some((image) => typeof image === 'number');
  const source = places ? await imagesOfSplit(config, { split, data, dataDirectory }, context) : undefined;
  const questions: Question[] = [];
  for (const image of images) {
    const question = await orFailure(String(image), onFailure, () =>
      source === undefined || typeof image === 'string'
        ? questionOfFile(String(image), invert, config, context)
        : questionOfPlace(image, source),
    );
    if (question) questions.push(question);
  }
  return questions;
}

/** An image of the data set. Throws NoSuchImageError for a place beyond the split. */
async function questionOfPlace(place: number, { images, indices, split }: SplitImages): Promise<Question> {
  const index = indices[place];
  if (index === undefined) throw new NoSuchImageError(place, split, indices.length);
  const pixels = await images.read(Uint32Array.of(index));
  return { name: `${split} image ${place}`, pixels, truth: images.labels[index] ?? 0 };
}

/** A file's pixels, with what is to be warned of: more than one frame, or a look that the model does not know. */
async function questionOfFile(name: string, invert: boolean, config: RunConfig, context: Context): Promise<Question> {
  const prepared = await preparedPicture(name, invert, config);
  const notes: string[] = [];
  if (prepared.frames > 1) notes.push(`'${name}' has ${prepared.frames} frames or pages: the first one is classified`);
  const remedy = wordedFor(said`give ${setting('invert', true)} to negate it`, context.wording);
  if (!invert && prepared.strangeGround !== undefined) notes.push(`'${name}' ${prepared.strangeGround}: ${remedy}`);
  if (prepared.strangeColour !== undefined) notes.push(`'${name}' ${prepared.strangeColour}`);
  for (const note of notes) context.logger.warn({ image: name }, note);
  return { name, pixels: prepared.pixels, ...(notes.length > 0 ? { notes } : {}) };
}

async function ask(model: TrainedModel, questions: readonly Question[], top: number): Promise<readonly Prediction[]> {
  const { shape, classes } = model.config.data;
  const size = imageSize(shape);
  const images = new Uint8Array(questions.length * size);
  for (const [at, { pixels }] of questions.entries()) images.set(pixels, at * size);
  const { probabilities } = await model.predict(images, questions.length);
  return questions.map(({ name, truth, notes }, at) => {
    const row = probabilities.subarray(at * classes.length, (at + 1) * classes.length);
    const ranked = Array.from(row, (probability, index) => ({ class: classes[index] ?? '', probability }));
    return {
      image: name,
      top: ranked.sort((a, b) => b.probability - a.probability).slice(0, top),
      ...(truth === undefined ? {} : { truth: classes[truth] ?? '' }),
      ...(notes === undefined ? {} : { notes }),
    };
  });
}
