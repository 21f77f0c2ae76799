import type { Context } from '../../context.ts';
import { activationBatches, imageOf, mapsOf } from '../../evaluation/activations.ts';
import type { Predictions } from '../../evaluation/predictions.ts';
import { openTrainedModel, type TrainedModel } from '../../evaluation/trained-model.ts';
import type { SplitImages } from '../../evaluation/trained-model-images.ts';
import { activationSheets } from '../../rendering/activations/sheet.ts';
import { exists, RunFolder } from '../../training/run-folder.ts';
import type { ReportedRun } from '../model.ts';
import { pictureOf } from './images.ts';

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
  /** Taps of the model. */
  readonly layers: readonly string[];
}

/**
 * Draws what layers of a run's model make of a few images.
 *
 * @returns undefined, with a warning, where the run's checkpoint is gone: its evaluation outlives it, its maps do not
 * @throws AtelierError where the checkpoint cannot be used
 */
export async function drawSheets(
  { path, label }: Pick<ReportedRun, 'path' | 'label'>,
  split: SplitImages,
  { checkpoint, threads, images, layers }: SheetOptions,
  context: Pick<Context, 'models' | 'logger'>,
): Promise<readonly LayerSheets[] | undefined> {
  const weights = new RunFolder(path).checkpoint(checkpoint);
  if (!(await exists(weights))) {
    const gone = `${label} has no ${checkpoint} checkpoint any more: no activation maps are drawn`;
    context.logger.warn({ path: weights }, gone);
    return undefined;
  }
  const model = await openTrainedModel(path, { checkpoint, threads }, context);
  try {
    return await draw(model, split, images, layers);
  } finally {
    await model.release();
  }
}

async function draw(
  model: TrainedModel,
  split: SplitImages,
  positions: readonly number[],
  layers: readonly string[],
): Promise<readonly LayerSheets[]> {
  const inspector = await model.inspector(layers);
  const found = inspector.layers.map(({ name, shape }) => ({
    layer: name,
    shape,
    render: activationSheets({ name, shape, scaling: 'map' }),
    sheets: [] as ActivationSheet[],
  }));
  for await (const batch of activationBatches(inspector, split, positions, 8)) {
    for (const [at, position] of batch.positions.entries()) {
      const title = `${split.split} image ${position}: ${verdict(batch.predictions, at)}`;
      const image = pictureOf(imageOf(batch, at), batch.shape);
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
