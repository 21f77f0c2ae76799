import { join } from 'node:path';
import type { SplitName } from '../../data/dataset.ts';
import {
  type ActivationBatch,
  channelsOf,
  imageOf,
  type LayerActivations,
  mapsOf,
} from '../../evaluation/activations.ts';
import type { InspectedLayer } from '../../evaluation/trained-model.ts';
import { renderChannelSheet } from '../../rendering/activations/channel-sheet.ts';
import { activationSheets, type MapScaling } from '../../rendering/activations/sheet.ts';
import type { GreyImage } from '../../rendering/images.ts';
import { encodeNpy } from '../../rendering/npy.ts';

/** A file to write. */
export interface FileJob {
  /** Below the output folder. */
  readonly path: string;
  /** Draws at once and compresses beside whatever happens next. */
  readonly encode: () => Promise<Buffer>;
}

/** What is drawn of each batch. */
export interface SheetPlan {
  readonly layers: readonly InspectedLayer[];
  /** Of each layer, by name. */
  readonly channels: ReadonlyMap<string, readonly number[]>;
  readonly scaling: MapScaling;
  readonly split: SplitName;
}

/** The files that a batch becomes. */
export type BatchFiles = (batch: ActivationBatch) => Iterable<FileJob>;

/** A sheet for each image and layer: `conv1/image-00017.png`. */
export function imageSheets({ layers, channels, scaling, split }: SheetPlan): BatchFiles {
  const renderers = new Map(
    layers.map((layer) => {
      const chosen = channels.get(layer.name);
      return [layer.name, activationSheets({ ...layer, scaling, ...(chosen && { channels: chosen }) })] as const;
    }),
  );
  return function* files(batch) {
    for (const [at, position] of batch.positions.entries()) {
      const title = `${split} image ${position}: ${verdict(batch, at)}`;
      for (const layer of batch.layers) {
        const render = renderers.get(layer.name);
        if (render === undefined) continue;
        yield {
          path: join(layer.name, `image-${padded(position, 5)}.png`),
          encode: () => render({ title, image: greyImage(batch, at), maps: mapsOf(layer, at) }),
        };
      }
    }
  };
}

/** A sheet of a whole batch for each layer and channel: `conv1/channel-005.png`, of several: with the images' numbers. */
export function channelSheets({ channels, scaling }: SheetPlan, several: boolean): BatchFiles {
  return function* files(batch) {
    const pages = several ? `-${imageNumbers(batch)}` : '';
    for (const layer of batch.layers)
      for (const channel of channels.get(layer.name) ?? [])
        yield {
          path: join(layer.name, `channel-${padded(channel, 3)}${pages}.png`),
          encode: () => channelSheet(batch, layer, channel, scaling),
        };
  };
}

function channelSheet(batch: ActivationBatch, layer: LayerActivations, channel: number, scaling: MapScaling) {
  const [, height, width] = layer.shape;
  const { labels, classNames } = batch.predictions;
  const responses = batch.positions.map((position, at) => ({
    title: `${position} ${classNames[labels[at] ?? 0] ?? ''}`,
    image: greyImage(batch, at),
    map: mapsOf(layer, at, channel),
  }));
  return renderChannelSheet(responses, { layer: layer.name, channel, shape: [height, width], scaling });
}

/** The chosen channels of each layer as numbers, float32 [N, channels, height, width]: `conv1/images-00000-00031.npy`. */
export function rawFiles({ channels }: SheetPlan): BatchFiles {
  return function* files(batch) {
    const count = batch.positions.length;
    for (const layer of batch.layers) {
      const chosen = channels.get(layer.name) ?? [];
      const [, height, width] = layer.shape;
      yield {
        path: join(layer.name, `${imageNumbers(batch)}.npy`),
        encode: async () => encodeNpy(channelsOf(layer, count, chosen), [count, chosen.length, height, width]),
      };
    }
  };
}

function greyImage(batch: ActivationBatch, at: number): GreyImage {
  const { width, height } = batch.shape;
  return { width, height, pixels: imageOf(batch, at) };
}

/** 'Coat, predicted Shirt (54.2 %)' */
function verdict({ predictions }: ActivationBatch, at: number): string {
  const { classNames, labels, predicted, probabilities } = predictions;
  const said = predicted[at] ?? 0;
  const share = probabilities[at * classNames.length + said] ?? 0;
  return `${classNames[labels[at] ?? 0] ?? ''}, predicted ${classNames[said] ?? ''} (${(100 * share).toFixed(1)} %)`;
}

/** First and last of a batch. */
function imageNumbers({ positions }: ActivationBatch): string {
  return `images-${padded(positions[0] ?? 0, 5)}-${padded(positions.at(-1) ?? 0, 5)}`;
}

function padded(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}
