import { basename, join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { bindInputs } from '../../graphs/ir/passes/bind.ts';
import type { Program } from '../../graphs/programs/program.ts';
import { sequentialBatches } from '../data/batches.ts';
import { type DatasetIdentity, loadDatasetPart } from '../data/dataset.ts';
import type { LabelledImages } from '../data/images.ts';
import { splitIndices } from '../data/split.ts';
import { AtelierError } from '../errors.ts';
import { ensureDirectory, writeFileAtomic } from '../files/atomic.ts';
import { writeJsonAtomic } from '../files/json.ts';
import { naturalOrder } from '../random/sampling.ts';
import { programsOf } from '../runtime/programs.ts';
import { Session, type SessionOptions } from '../runtime/session.ts';
import { fromOrt, toOrt } from '../runtime/tensors.ts';
import { readCheckpoint } from '../training/checkpoint.ts';
import { type RunConfig, readRunConfig } from '../training/config/run-config.ts';
import type { TensorMap } from '../training/initialize.ts';
import { exists, type RunFolder, requireRun } from '../training/run-folder.ts';
import { classificationReport } from './classification-report.ts';
import { confusionCsv } from './confusion.ts';
import { computeMetrics, type Metrics } from './metrics.ts';
import { type Predictions, predictionsOf } from './predictions.ts';
import { predictionsCsv } from './predictions-csv.ts';

export type SplitName = 'test' | 'validation' | 'train';
export type CheckpointName = 'best' | 'last';

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
  const run = await requireRun(path);
  const config = await readRunConfig(run.path);
  const state = await checkpointState(run, config, options.checkpoint);
  const { dataset, indices } = await splitOf(config, options, logger);
  const { predict } = programsOf(config.model, config.recipe, 'portable');
  const started = performance.now();
  const logits = await logitsOf(predict(), state, dataset, indices, { device: 'cpu', threads: options.threads });
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

async function checkpointState(run: RunFolder, { model }: RunConfig, which: CheckpointName): Promise<TensorMap> {
  const path = run.checkpoint(which);
  if (!(await exists(path)))
    throw new AtelierError(
      `'${run.path}' has no ${which} checkpoint: no epoch of it has been completed. Go on with it: npx atelier train ${model} --resume --run ${run.path}`,
    );
  const checkpoint = await readCheckpoint(path);
  if (checkpoint.model !== model)
    throw new AtelierError(`'${path}' is a checkpoint of model ${checkpoint.model}, the run is of model ${model}`);
  return checkpoint.state;
}

/** The images of a split: positions in the published half that holds them. */
async function splitOf(
  { recipe, limits, dataset: recorded }: RunConfig,
  { split, dataDirectory }: EvaluationOptions,
  logger: Logger,
): Promise<{ dataset: LabelledImages & DatasetIdentity; indices: Uint32Array }> {
  const dataset = await loadDatasetPart(split === 'test' ? 'test' : 'train', { dir: dataDirectory, logger });
  if (dataset.fingerprint !== recorded.fingerprint)
    logger.warn('the run was trained on another data set than the one it is evaluated on');
  if (split === 'test') return { dataset, indices: naturalOrder(dataset.count) };
  const parts = splitIndices(recipe.splitSeed, {
    train: limits.train ?? undefined,
    validation: limits.validation ?? undefined,
  });
  return { dataset, indices: parts[split] };
}

/** Logits float32[N,classes] of the images at `indices`, the weights bound into the graph as constants. */
export async function logitsOf(
  program: Program,
  state: TensorMap,
  dataset: LabelledImages,
  indices: Uint32Array,
  options: SessionOptions,
): Promise<Float32Array> {
  const tensors = new Map(
    program.state.map(({ name }) => {
      const tensor = state.get(name);
      if (!tensor) throw new AtelierError(`the checkpoint lacks '${name}', which the model needs`);
      return [name, tensor] as const;
    }),
  );
  const session = await Session.create(bindInputs(program.graph, tensors), options);
  try {
    const classes = program.outputs.find(({ name }) => name === 'logits')?.shape[1];
    if (typeof classes !== 'number') throw new AtelierError('internal: the predict program has no logits');
    const logits = new Float32Array(indices.length * classes);
    let done = 0;
    for (const { images, count } of sequentialBatches(dataset, indices, batchSize)) {
      const shape = [count, ...imageShape(program)];
      const outputs = await session.run({ images: toOrt({ dtype: 'uint8', shape, data: images }) });
      const result = outputs['logits'];
      const tensor = result && fromOrt(result, 'logits');
      if (tensor?.dtype !== 'float32') throw new AtelierError('internal: the predict program returned no logits');
      logits.set(tensor.data, done * classes);
      done += count;
    }
    return logits;
  } finally {
    await session.release();
  }
}

function imageShape({ inputs }: Program): readonly number[] {
  return inputs.flatMap(({ name, shape }) =>
    name === 'images' ? shape.slice(1).filter((size) => typeof size === 'number') : [],
  );
}
