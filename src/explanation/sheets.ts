import {
  type ActivationBatch,
  activationBatches,
  imageOf,
  type LayerActivations,
  mapsOf,
} from '../evaluation/activations.ts';
import type { InspectedLayer, TrainedModel } from '../evaluation/trained-model.ts';
import type { SplitImages } from '../evaluation/trained-model-images.ts';
import { renderChannelSheet } from '../rendering/activations/channel-sheet.ts';
import { activationSheets, type MapScaling } from '../rendering/activations/sheet.ts';
import type { Raster } from '../rendering/raster.ts';
import { darkTheme, lightTheme, type Theme } from '../rendering/theme.ts';
import { percent } from '../text/numbers.ts';

/** What sheets show of some layers. */
export interface SheetPlan {
  readonly layers: readonly InspectedLayer[];
  /** The channels to draw of each layer, by its name; all of those that are not named. */
  readonly channels?: ReadonlyMap<string, readonly number[]>;
  readonly scaling: MapScaling;
  /** Where the images are from, for titles. */
  readonly split: SplitImages['split'];
}

/** The sheet of one layer for one image, to be drawn. */
export interface ImageSheet {
  /** The tap: `conv1`. */
  readonly layer: string;
  /** The image's place in its split. */
  readonly position: number;
  /** Its place in the data set file. */
  readonly index: number;
  /** 'test image 17: Coat, predicted Shirt (54.2 %)' */
  readonly title: string;
  /** A PNG, light by default. Draws at once, so that the batch may be given up, and compresses beside whatever happens next. */
  readonly encode: (theme?: Theme) => Promise<Buffer>;
}

/**
 * Prepares the sheets of some layers: what they have in common is drawn once. The function returned makes the sheets of a
 * batch, image by image and in each layer by layer.
 *
 * @throws UsageError for channels that a layer does not have
 */
export function imageSheets({
  layers,
  channels,
  scaling,
  split,
}: SheetPlan): (batch: ActivationBatch) => Iterable<ImageSheet> {
  const renderers = new Map(
    layers.map((layer) => {
      const chosen = channels?.get(layer.name);
      return [layer.name, activationSheets({ ...layer, scaling, ...(chosen && { channels: chosen }) })] as const;
    }),
  );
  return function* sheets(batch) {
    for (const [at, position] of batch.positions.entries()) {
      const title = `${split} image ${position}: ${verdict(batch, at)}`;
      const index = batch.predictions.indices[at] ?? 0;
      for (const layer of batch.layers) {
        const render = renderers.get(layer.name);
        if (render === undefined) continue;
        const encode = (theme = lightTheme) =>
          render({ title, image: rasterOf(batch, at), maps: mapsOf(layer, at), theme });
        yield { layer: layer.name, position, index, title, encode };
      }
    }
  };
}

/** One channel of a layer over all images of a batch, as a PNG. */
export function channelSheet(
  batch: ActivationBatch,
  layer: LayerActivations,
  channel: number,
  scaling: MapScaling,
): Promise<Buffer> {
  const [, height, width] = layer.shape;
  const { labels, classNames } = batch.predictions;
  const responses = batch.positions.map((position, at) => ({
    title: `${position} ${classNames[labels[at] ?? 0] ?? ''}`,
    image: rasterOf(batch, at),
    map: mapsOf(layer, at, channel),
  }));
  return renderChannelSheet(responses, { layer: layer.name, channel, shape: [height, width], scaling });
}

export interface SheetOptions {
  /** Places of the images in the split, from 0. */
  readonly positions: readonly number[];
  /** Taps; those that the model's figures show by default. */
  readonly layers?: readonly string[];
  /** What colours span; by default the values of each map. */
  readonly scaling?: MapScaling;
  /** Whether each sheet is drawn for dark pages, too. Default no. */
  readonly dark?: boolean;
}

/** What one layer makes of a few images. */
export interface LayerSheets {
  readonly layer: string;
  /** Of one image's activations; a vector is [C, 1, 1]. */
  readonly shape: InspectedLayer['shape'];
  /** In the order of the positions. */
  readonly sheets: readonly DrawnSheet[];
}

/** A sheet as a PNG, and as one for dark pages where that was asked for. */
export interface DrawnSheet extends Pick<ImageSheet, 'position' | 'index' | 'title'> {
  readonly png: Buffer;
  readonly dark?: Buffer;
}

/** Images computed together: few, because all sheets are kept. */
const batchSize = 8;

/**
 * Draws the sheets of a few images, all in memory.
 *
 * @throws UsageError, with the layers there are, for one that the model does not have
 */
export async function sheetsOf(
  model: TrainedModel,
  source: SplitImages,
  { positions, layers = model.model.figureLayers, scaling = 'map', dark = false }: SheetOptions,
): Promise<readonly LayerSheets[]> {
  const inspector = await model.inspector(layers);
  const sheets = imageSheets({ layers: inspector.layers, scaling, split: source.split });
  const drawn = new Map<string, DrawnSheet[]>(inspector.layers.map(({ name }) => [name, []]));
  for await (const batch of activationBatches(inspector, source, positions, batchSize))
    for (const { layer, position, index, title, encode } of sheets(batch))
      drawn
        .get(layer)
        ?.push({ position, index, title, png: await encode(), ...(dark && { dark: await encode(darkTheme) }) });
  return inspector.layers.map(({ name, shape }) => ({ layer: name, shape, sheets: drawn.get(name) ?? [] }));
}

function rasterOf(batch: ActivationBatch, at: number): Raster {
  return { ...batch.shape, pixels: imageOf(batch, at) };
}

/** 'Coat, predicted Shirt (54.2 %)' */
function verdict({ predictions }: ActivationBatch, at: number): string {
  const { classNames, labels, predicted, probabilities } = predictions;
  const said = predicted[at] ?? 0;
  const share = probabilities[at * classNames.length + said] ?? 0;
  return `${classNames[labels[at] ?? 0] ?? ''}, predicted ${classNames[said] ?? ''} (${percent(share)})`;
}
