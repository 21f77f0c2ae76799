import type { Logger } from 'pino';
import { imageSide } from '../../data/images.ts';
import { activationBatches, imageOf, mapsOf } from '../../evaluation/activations.ts';
import type { EvaluatedRun } from '../../evaluation/comparison/evaluated-run.ts';
import type { Predictions } from '../../evaluation/predictions.ts';
import { openTrainedModel, type TrainedModel } from '../../evaluation/trained-model.ts';
import type { SplitImages } from '../../evaluation/trained-model-images.ts';
import { activationSheets } from '../../rendering/activations/sheet.ts';
import { exists, RunFolder } from '../../training/run-folder.ts';

/** What one layer makes of a few images. */
export interface LayerSheets {
  /** The tap: `conv1`. */
  readonly layer: string;
  /** Of one image's activations. */
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly sheets: readonly ActivationSheet[];
}

export interface ActivationSheet {
  /** The image's position in the split. */
  readonly position: number;
  /** 'test image 17: Coat, predicted Shirt (54.2 %)' */
  readonly title: string;
  readonly png: Buffer;
}

export interface SheetOptions {
  readonly checkpoint: 'best' | 'last';
  readonly threads: number;
  /** Positions in the split. */
  readonly images: readonly number[];
}

/**
 * Draws the activation maps that the original report shows of a run's model, figures 8 to 11.
 *
 * @returns undefined, with a warning, where the run's checkpoint is gone: its evaluation outlives it, its maps do not
 * @throws AtelierError where the checkpoint cannot be used
 */
export async function drawSheets(
  { path, label }: Pick<EvaluatedRun, 'path' | 'label'>,
  split: SplitImages,
  { checkpoint, threads, images }: SheetOptions,
  logger: Logger,
): Promise<readonly LayerSheets[] | undefined> {
  const weights = new RunFolder(path).checkpoint(checkpoint);
  if (!(await exists(weights))) {
    logger.warn({ path: weights }, `${label} has no ${checkpoint} checkpoint any more: no activation maps are drawn`);
    return undefined;
  }
  const model = await openTrainedModel(path, { checkpoint, threads });
  try {
    return await draw(model, split, images);
  } finally {
    await model.release();
  }
}

async function draw(
  model: TrainedModel,
  split: SplitImages,
  positions: readonly number[],
): Promise<readonly LayerSheets[]> {
  const inspector = await model.inspector(model.figureLayers);
  const found = inspector.layers.map(({ name, shape }) => ({
    layer: name,
    shape,
    render: activationSheets({ name, shape, scaling: 'map' }),
    sheets: [] as ActivationSheet[],
  }));
  for await (const batch of activationBatches(inspector, split, positions, 8)) {
    for (const [at, position] of batch.positions.entries()) {
      const title = `${split.split} image ${position}: ${verdict(batch.predictions, at)}`;
      const image = { width: imageSide, height: imageSide, pixels: imageOf(batch, at) };
      for (const [index, { render, sheets }] of found.entries()) {
        const layer = batch.layers[index];
        if (layer !== undefined)
          sheets.push({ position, title, png: await render({ title, image, maps: mapsOf(layer, at) }) });
      }
    }
  }
  return found.map(({ layer, shape, sheets }) => ({ layer, shape, sheets }));
}

/** 'Coat, predicted Shirt (54.2 %)' */
function verdict({ classNames, labels, predicted, probabilities }: Predictions, at: number): string {
  const said = predicted[at] ?? 0;
  const share = probabilities[at * classNames.length + said] ?? 0;
  return `${classNames[labels[at] ?? 0] ?? ''}, predicted ${classNames[said] ?? ''} (${(100 * share).toFixed(1)} %)`;
}
