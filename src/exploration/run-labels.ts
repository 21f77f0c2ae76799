import { basename, resolve } from 'node:path';
import type { Context } from '../context.ts';
import type { Dataset, SplitName } from '../data/dataset.ts';
import { splitSizes } from '../data/splits.ts';
import { evaluationOf } from '../evaluation/comparison/load-runs.ts';
import { labelIssues } from '../evaluation/confident-learning.ts';
import type { Predictions } from '../evaluation/predictions.ts';
import { openTrainedModel, type TrainedModel } from '../evaluation/trained-model.ts';
import type { WorkObserver } from '../work-observer.ts';
import type { Exploration } from './exploration.ts';
import type { ExploredImages } from './explored-images.ts';

/** A run that judges labels. */
export interface Judge {
  readonly model: TrainedModel;
  /** The labels that it doubts. */
  doubts(images: ExploredImages): Promise<NonNullable<Exploration['labels']>>;
}

/** What a judge needs beside its run. */
export interface JudgeRequest {
  readonly threads: number;
  readonly observer?: WorkObserver | undefined;
  /** The folder of a named data set's files. */
  readonly dataDirectory?: string | undefined;
}

const checkpoint = 'best';
/** The run has learned the labels of the images that it was trained on: it does not judge them. */
const judgedSplits = ['validation', 'test'] as const;

/**
 * A run as a judge of the labels of its held-out images: by what its folder holds of their evaluation, or by a new one.
 *
 * @throws AtelierError where it has no checkpoint, or cannot be evaluated
 */
export async function openJudge(
  run: string,
  dataset: Dataset,
  { threads, observer, dataDirectory }: JudgeRequest,
  context: Context,
): Promise<Judge> {
  const model = await openTrainedModel(run, { checkpoint, threads }, context);
  const place = dataset.origin === undefined ? { dataDirectory } : { data: dataset.origin.path };
  return {
    model,
    doubts: async (images) => {
      const sizes = splitSizes(dataset);
      const judged: { readonly split: SplitName; readonly predictions: Predictions }[] = [];
      for (const split of judgedSplits) {
        if (sizes[split] === null) continue;
        const options = { split, checkpoint, threads, observer, ...place } as const;
        const { predictions } = await evaluationOf(model.run, options, context);
        judged.push({ split, predictions });
      }
      return doubtedLabels(judged, basename(resolve(run)), images);
    },
  };
}

function doubtedLabels(
  judged: readonly { readonly split: SplitName; readonly predictions: Predictions }[],
  run: string,
  images: ExploredImages,
): NonNullable<Exploration['labels']> {
  const all = joined(judged.map(({ predictions }) => predictions));
  const places = judged.flatMap(({ split, predictions }) =>
    Array.from(predictions.indices, (index) => ({ split, index })),
  );
  const { thresholds, issues } = labelIssues(all);
  return {
    run,
    checkpoint,
    judged: judged.map(({ split, predictions }) => ({ split, images: predictions.labels.length })),
    thresholds: [...thresholds],
    issues: issues.flatMap(({ at, given, suggested, givenProbability, suggestedProbability }) => {
      const place = places[at];
      if (!place) return [];
      const image = { ...place, label: given, ...images.nameOf(place) };
      return [{ image, suggested, givenProbability, suggestedProbability }];
    }),
  };
}

/** Predictions of several splits as one: thresholds are of all of them. */
function joined(parts: readonly Predictions[]): Predictions {
  return {
    classNames: parts[0]?.classNames ?? [],
    indices: Int32Array.from(parts.flatMap(({ indices }) => [...indices])),
    labels: Int32Array.from(parts.flatMap(({ labels }) => [...labels])),
    predicted: Int32Array.from(parts.flatMap(({ predicted }) => [...predicted])),
    probabilities: Float32Array.from(parts.flatMap(({ probabilities }) => [...probabilities])),
  };
}

const batch = 128;

/**
 * What a model's last layer that can be looked at makes of images: of maps the mean of each channel.
 *
 * @param images uint8 [channels * height * width] each
 */
export async function layerFeatures(
  model: TrainedModel,
  images: readonly Uint8Array[],
  tell: (work: string, done: number, total: number, unit: string) => void,
  pause: () => Promise<void>,
): Promise<{ readonly layer: string; readonly rows: number[][] }> {
  const layer = model.layers.at(-1) ?? '';
  const inspector = await model.inspector([layer]);
  const [channels, height, width] = inspector.layers[0]?.shape ?? [0, 1, 1];
  const area = height * width;
  const rows: number[][] = [];
  for (let start = 0; start < images.length; start += batch) {
    tell(`looking into ${layer}`, start, images.length, 'images');
    await pause();
    const some = images.slice(start, start + batch);
    const size = some[0]?.length ?? 0;
    const pixels = new Uint8Array(some.length * size);
    for (const [at, image] of some.entries()) pixels.set(image, at * size);
    const { activations } = await inspector.inspect(pixels, some.length);
    const values = activations.get(layer) ?? new Float32Array();
    for (let image = 0; image < some.length; image += 1)
      rows.push(
        Array.from({ length: channels }, (_, channel) => {
          const first = (image * channels + channel) * area;
          let sum = 0;
          for (let i = first; i < first + area; i += 1) sum += values[i] ?? 0;
          return sum / area;
        }),
      );
  }
  return { layer, rows };
}
