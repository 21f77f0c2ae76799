import { basename, join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { sequentialBatches } from '../data/batches.ts';
import type { LabelledImages } from '../data/images.ts';
import { ensureDirectory, writeFileAtomic } from '../files/atomic.ts';
import { writeJsonAtomic } from '../files/json.ts';
import { classificationReport } from './classification-report.ts';
import { confusionCsv } from './confusion.ts';
import { computeMetrics, type Metrics } from './metrics.ts';
import { type Predictions, predictionsOf } from './predictions.ts';
import { predictionsCsv } from './predictions-csv.ts';
import { type CheckpointName, openTrainedModel, type TrainedModel } from './trained-model.ts';
import { imagesOfSplit, type SplitName } from './trained-model-images.ts';

export interface EvaluationOptions {
  readonly split: SplitName;
  readonly checkpoint: CheckpointName;
  readonly dataDirectory?: string | undefined;
  readonly threads: number;
}

export interface Evaluation {
  readonly metrics: Metrics;
  readonly predictions: Predictions;
  readonly report: string;
  /** Where the files were written. */
  readonly directory: string;
  /** Seconds spent computing predictions. */
  readonly seconds: number;
}

const batchSize = 500;

/**
 * Evaluates a run's checkpoint on one part of the data set and writes metrics.json, classification_report.txt,
 * confusion_matrix.csv and predictions.csv below the run's evaluation folder.
 *
 * @throws AtelierError where the folder is no run, has no such checkpoint, or data or checkpoint cannot be used
 */
export async function evaluateRun(path: string, options: EvaluationOptions, logger: Logger): Promise<Evaluation> {
  const model = await openTrainedModel(path, options);
  try {
    return await evaluateModel(model, options, logger);
  } finally {
    await model.release();
  }
}

async function evaluateModel(model: TrainedModel, options: EvaluationOptions, logger: Logger): Promise<Evaluation> {
  const { run, config } = model;
  const { dataset, indices } = await imagesOfSplit(config, options, logger);
  const started = performance.now();
  const logits = await logitsOf(model, dataset, indices);
  const seconds = (performance.now() - started) / 1000;

  const labels = Uint8Array.from(indices, (index) => dataset.labels[index] ?? 0);
  const scores = { classNames: dataset.classes, labels, logits };
  const subject = {
    model: config.model,
    run: basename(resolve(run.path)),
    checkpoint: options.checkpoint,
    split: options.split,
  };
  const metrics = computeMetrics(subject, scores);
  const predictions = predictionsOf(scores, indices);
  const report = classificationReport(metrics);
  const directory = run.evaluation(options.split);
  await ensureDirectory(directory);
  const write = (name: string, text: string) => writeFileAtomic(join(directory, name), text, 'the evaluation');
  await write('classification_report.txt', report);
  await write('confusion_matrix.csv', confusionCsv(metrics.confusion, dataset.classes));
  await write('predictions.csv', predictionsCsv(predictions));
  // Last: where metrics.json is, the evaluation is whole.
  await writeJsonAtomic(join(directory, 'metrics.json'), metrics, 'the metrics');
  logger.info(
    { ...subject, accuracy: metrics.accuracy, loss: metrics.loss, seconds },
    `evaluated ${run.path} on ${metrics.count} ${options.split} images in ${seconds.toFixed(2)} s`,
  );
  return { metrics, predictions, report, directory, seconds };
}

/** Logits float32 [N * classes] of the images at `indices`. */
export async function logitsOf(
  model: TrainedModel,
  dataset: LabelledImages,
  indices: Uint32Array,
): Promise<Float32Array> {
  const logits = new Float32Array(indices.length * model.classes);
  let done = 0;
  for (const { images, count } of sequentialBatches(dataset, indices, batchSize)) {
    logits.set((await model.predict(images, count)).logits, done * model.classes);
    done += count;
  }
  return logits;
}
