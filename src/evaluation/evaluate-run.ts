import { basename, join, resolve } from 'node:path';
import type { Context } from '../context.ts';
import { evaluationBatch, sequentialBatches } from '../data/batches.ts';
import type { SplitName } from '../data/dataset.ts';
import { labelsAt } from '../data/images.ts';
import type { Selection } from '../data/splits.ts';
import { messageOf } from '../errors.ts';
import { checkWritable, ensureDirectory, writeFileAtomic } from '../files/atomic.ts';
import { writeJsonAtomic } from '../files/json.ts';
import { said, setting } from '../message.ts';
import type { CheckpointName } from '../training/run-checkpoint.ts';
import type { RunDataPlace } from '../training/run-data.ts';
import type { WorkObserver } from '../work-observer.ts';
import { classificationReport } from './classification-report.ts';
import { confusionCsv } from './confusion.ts';
import { computeMetrics, type Metrics } from './metrics.ts';
import { type Predictions, predictionsOf } from './predictions.ts';
import { predictionsCsv } from './predictions-csv.ts';
import { openTrainedModel, type TrainedModel } from './trained-model.ts';
import { heldOutSplit, imagesOfSplit } from './trained-model-images.ts';

/** Which checkpoint of a run is evaluated, on which images. */
export interface EvaluationOptions extends RunDataPlace {
  /** The test images by default, or the validation images of a data set without. */
  readonly split?: SplitName | undefined;
  readonly checkpoint: CheckpointName;
  /** The folder that the files are written to; by default one in the run's, for this split and checkpoint. */
  readonly out?: string | undefined;
  readonly threads: number;
  /** Is told of the images that are done. */
  readonly observer?: WorkObserver | undefined;
}

/** What an evaluation found, and where it was written. */
export interface Evaluation {
  readonly metrics: Metrics;
  readonly predictions: Predictions;
  readonly report: string;
  /** Where the files were written. */
  readonly directory: string;
  /** Seconds spent computing predictions. */
  readonly seconds: number;
}

/**
 * Evaluates a run's checkpoint on one part of the data set and writes metrics.json, classification_report.txt,
 * confusion_matrix.csv and predictions.csv below the run's evaluation folder.
 *
 * @throws AtelierError where the folder is no run, has no such checkpoint, data or checkpoint cannot be used, or the files
 *   cannot be written, which is found before anything is computed
 */
export async function evaluateRun(path: string, options: EvaluationOptions, context: Context): Promise<Evaluation> {
  const model = await openTrainedModel(path, options, context);
  try {
    const judged = { ...options, split: options.split ?? heldOutSplit(model.config) };
    const directory = options.out ?? model.run.evaluation(judged.split, options.checkpoint);
    await checkWritable(directory, said`${setting('out')} puts the evaluation elsewhere.`);
    const evaluation = await evaluateModel(model, judged, context);
    await writeEvaluation(directory, evaluation);
    return { ...evaluation, directory };
  } finally {
    await model.release();
  }
}

/**
 * Like `evaluateRun`, for whoever needs the results more than the files: where those cannot be written, a warning says that
 * they are not kept.
 */
export async function evaluateAnyway(
  path: string,
  options: EvaluationOptions,
  context: Context,
): Promise<Omit<Evaluation, 'directory'>> {
  const model = await openTrainedModel(path, options, context);
  try {
    const judged = { ...options, split: options.split ?? heldOutSplit(model.config) };
    const directory = model.run.evaluation(judged.split, options.checkpoint);
    const problem = await checkWritable(directory).catch((error: unknown) => error);
    const evaluation = await evaluateModel(model, judged, context);
    if (problem === undefined) await writeEvaluation(directory, evaluation);
    else context.logger.warn({ run: path }, `the evaluation of '${path}' is not kept: ${messageOf(problem)}`);
    return evaluation;
  } finally {
    await model.release();
  }
}

async function evaluateModel(
  model: TrainedModel,
  options: EvaluationOptions & { readonly split: SplitName },
  context: Context,
): Promise<Omit<Evaluation, 'directory'>> {
  const { run, config } = model;
  const source = await imagesOfSplit(config, options, context);
  const { images, indices, classes } = source;
  const started = performance.now();
  const logits = await logitsOf(model, source, (done) =>
    options.observer?.progress?.({ work: `evaluating ${run.path}`, done, total: indices.length, unit: 'images' }),
  );
  const seconds = (performance.now() - started) / 1000;

  const scores = { classNames: classes, labels: labelsAt(images, indices), logits };
  const subject = {
    model: config.model,
    run: basename(resolve(run.path)),
    checkpoint: options.checkpoint,
    split: options.split,
    weights: model.weights,
  };
  const metrics = computeMetrics(subject, scores);
  context.logger.info(
    { ...subject, accuracy: metrics.accuracy, loss: metrics.loss, seconds },
    `evaluated ${run.path} on ${metrics.count} ${options.split} images in ${seconds.toFixed(2)} s`,
  );
  return { metrics, predictions: predictionsOf(scores, indices), report: classificationReport(metrics), seconds };
}

async function writeEvaluation(
  directory: string,
  { metrics, predictions, report }: Omit<Evaluation, 'directory'>,
): Promise<void> {
  await ensureDirectory(directory);
  const write = (name: string, text: string) => writeFileAtomic(join(directory, name), text, 'the evaluation');
  await write('classification_report.txt', report);
  await write('confusion_matrix.csv', confusionCsv(metrics.confusion, predictions.classNames));
  await write('predictions.csv', predictionsCsv(predictions));
  // Last: where metrics.json is, the evaluation is whole.
  await writeJsonAtomic(join(directory, 'metrics.json'), metrics, 'the metrics');
}

/**
 * Logits float32 [N * classes] of the chosen images.
 *
 * @param onDone is told how many images are done, first that none is
 */
export async function logitsOf(
  model: TrainedModel,
  { images: source, indices }: Selection,
  onDone: (count: number) => void = () => undefined,
): Promise<Float32Array> {
  const logits = new Float32Array(indices.length * model.classes);
  let done = 0;
  onDone(done);
  for await (const { images, count } of sequentialBatches(source, indices, evaluationBatch)) {
    logits.set((await model.predict(images, count)).logits, done * model.classes);
    done += count;
    onDone(done);
  }
  return logits;
}
