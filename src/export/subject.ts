import { basename, join, resolve } from 'node:path';
import { type ExportForm, inferenceGraph } from '../../graphs/export/inference-graph.ts';
import type { Graph } from '../../graphs/ir/graph.ts';
import type { Model } from '../../graphs/models/model.ts';
import type { Normalization } from '../../graphs/programs/preprocess.ts';
import { type Context, modelTitle } from '../context.ts';
import type { DatasetDescription } from '../data/dataset.ts';
import { AtelierError, textOf } from '../errors.ts';
import { staleBecause } from '../evaluation/kept-evaluation.ts';
import { type Metrics, readMetrics } from '../evaluation/metrics.ts';
import { openTrainedModel, type TrainedModel } from '../evaluation/trained-model.ts';
import { heldOutSplit } from '../evaluation/trained-model-images.ts';
import { call, said, wordedFor } from '../message.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import type { TensorMap } from '../training/initialize.ts';
import type { CheckpointName } from '../training/run-checkpoint.ts';
import { describeRecorded, type RunDataPlace } from '../training/run-data.ts';
import { exists } from '../training/run-folder.ts';
import type { WeightsIdentity } from '../training/weights-identity.ts';

/** A trained model about to be exported, with all that is known about it. */
export interface Subject {
  /** The run's name. */
  readonly name: string;
  readonly config: RunConfig;
  readonly model: Model;
  readonly title: string;
  readonly checkpoint: CheckpointName;
  /** Which weights are exported. */
  readonly weights: WeightsIdentity;
  /** Parameters and buffers under PyTorch's names, in the order of the layers; no optimizer state. */
  readonly state: TensorMap;
  /** What is known of the data beside what the run has recorded (`config.data`). */
  readonly dataset: DatasetDescription;
  readonly normalization: Normalization;
  /** The images that it is tried on and judged by. */
  readonly heldOut: 'test' | 'validation';
  /** Evaluations of this checkpoint that the run folder holds. */
  readonly metrics: readonly Metrics[];
  /** Threads that the runtime computes with. */
  readonly threads: number;
  /** The float32 model as training left it: what every export is held against. */
  readonly reference: TrainedModel;
  /** The model as a graph with its weights inside. */
  graph(form: ExportForm): Graph;
}

export interface SubjectOptions extends Pick<RunDataPlace, 'dataDirectory'> {
  readonly checkpoint: CheckpointName;
  readonly threads: number;
}

/**
 * Opens a run's checkpoint for export. `reference` must be released.
 *
 * @throws AtelierError where the folder is no run, has no such checkpoint, or one whose tensors are not the model's
 */
export async function openSubject(
  path: string,
  { checkpoint, threads, dataDirectory }: SubjectOptions,
  context: Context,
): Promise<Subject> {
  const reference = await openTrainedModel(path, { checkpoint, threads }, context);
  const { run, config, model, state } = reference;
  const file = run.checkpoint(checkpoint);
  const { normalization } = config.recipe;
  // Of one's own data nothing is known beside what the run has recorded: they need not be there.
  const { name, origin } = config.data;
  const dataset = origin ? describeRecorded(config.data) : await context.datasets(name, { dir: dataDirectory });
  const graph = (form: ExportForm) => {
    try {
      return inferenceGraph({ model, normalization }, state, form);
    } catch (error) {
      throw new AtelierError(said`'${file}' does not fit model ${model.name}: ${textOf(error)}`, {
        code: 'weights-mismatch',
        cause: error,
      });
    }
  };
  graph({ input: 'bytes', output: 'logits' });
  const { parameters, buffers } = model.network;
  const kept = [...parameters, ...buffers].flatMap(({ name }) => {
    const tensor = state.get(name);
    return tensor ? [[name, tensor] as const] : [];
  });
  return {
    name: basename(resolve(path)),
    config,
    model,
    title: modelTitle(context, config),
    normalization,
    heldOut: heldOutSplit(config),
    checkpoint,
    weights: reference.weights,
    state: new Map(kept),
    dataset,
    metrics: await metricsOf(reference, checkpoint, context),
    threads,
    reference,
    graph,
  };
}

/** What evaluations say of these weights. One of others is named, with the way to a new one, and left out. */
async function metricsOf(
  { run, weights }: TrainedModel,
  checkpoint: CheckpointName,
  { logger, wording }: Pick<Context, 'logger' | 'wording'>,
): Promise<readonly Metrics[]> {
  const found: Metrics[] = [];
  for (const split of ['test', 'validation'] as const) {
    const path = join(run.evaluation(split, checkpoint), 'metrics.json');
    if (!(await exists(path))) continue;
    const metrics = await readMetrics(path);
    const stale = await staleBecause(run, { split, checkpoint }, metrics, weights);
    if (stale === undefined) found.push(metrics);
    else {
      const again = call('evaluate', { run: run.path, split, checkpoint });
      logger.warn(
        { path },
        wordedFor(said`the export says nothing of the ${split} images: ${stale}. Evaluate again: ${again}`, wording),
      );
    }
  }
  return found;
}
