import { join } from 'node:path';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { type ActivationBatch, activationBatches, channelsOf } from '../evaluation/activations.ts';
import { parseRanges } from '../evaluation/activations-ranges.ts';
import { type InspectedLayer, openTrainedModel, type TrainedModel } from '../evaluation/trained-model.ts';
import { heldOutSplit, imagesOfSplit, type SplitImages } from '../evaluation/trained-model-images.ts';
import { ensureDirectory, writeFileAtomic } from '../files/atomic.ts';
import { writeJsonAtomic } from '../files/json.ts';
import { mapAhead } from '../map-ahead.ts';
import { said, setting } from '../message.ts';
import type { MapScaling } from '../rendering/activations/sheet.ts';
import { requireFont } from '../rendering/font.ts';
import { encodeNpy } from '../rendering/npy.ts';
import { thousands } from '../text/numbers.ts';
import { readRunConfig } from '../training/config/run-config.ts';
import type { CheckpointName } from '../training/run-checkpoint.ts';
import type { RunDataPlace } from '../training/run-data.ts';
import { requireRun } from '../training/run-folder.ts';
import type { WeightsIdentity } from '../training/weights-identity.ts';
import { checkSheetFolder, sheetList } from './sheet-folder.ts';
import { channelSheet, imageSheets } from './sheets.ts';

/** A sheet of all channels for each image, or of all images for each channel. */
export type SheetKind = 'image' | 'channel';

/** What is drawn of which images, and where it is written: what {@link activations} takes. */
export interface ActivationOptions extends RunDataPlace {
  /** Places in the split, from 0: `0-63,100,7`; the first 16 by default. */
  readonly images?: string | undefined;
  /** Taps; those that the model's figures show by default. */
  readonly layers?: readonly string[] | undefined;
  /** Which channels of each layer: `0-7,12`; all by default. */
  readonly channels?: string | undefined;
  /** By default a sheet for each image. */
  readonly sheets?: SheetKind | undefined;
  /** What colours span; by default the values of each map. */
  readonly scaling?: MapScaling | undefined;
  /** Also write the numbers, as .npy. */
  readonly raw?: boolean | undefined;
  /** The folder; by default `figures/activations` in the run's. */
  readonly out?: string | undefined;
  /** By default the test images, or the validation images of a data set without. */
  readonly split?: SplitImages['split'] | undefined;
  /** The best by default. */
  readonly checkpoint?: CheckpointName | undefined;
  readonly threads: number;
}

/** How far the drawing of {@link activations} is. */
export interface ActivationsProgress {
  /** Computed so far, of all. */
  readonly images: number;
  readonly total: number;
  /** Written. */
  readonly files: number;
  readonly imagesPerSecond: number;
}

/** Is told how far the drawing of {@link activations} is. */
export interface ActivationsObserver {
  /** After each file. */
  file?(progress: ActivationsProgress): void;
}

/** Which image is where, and what the model said about it: the rows of .npy files are in this order. */
export interface ImageRecord {
  readonly position: number;
  /** In the data set file. */
  readonly index: number;
  readonly truth: string;
  readonly predicted: string;
  readonly probability: number;
}

/** What activations.json holds. */
export interface ActivationsIndex {
  /** The run folder. */
  readonly run: string;
  /** When the run began: runs of one name differ in it. */
  readonly created: string;
  readonly model: string;
  readonly checkpoint: CheckpointName;
  /** Which weights made the maps. */
  readonly weights: WeightsIdentity;
  readonly split: SplitImages['split'];
  readonly scale: MapScaling;
  readonly sheets: SheetKind;
  readonly layers: readonly {
    readonly name: string;
    readonly shape: InspectedLayer['shape'];
    readonly channels: readonly number[];
  }[];
  readonly images: readonly ImageRecord[];
  /** Paths below the folder. */
  readonly files: readonly string[];
}

/** What {@link activations} has drawn. */
export interface DrawnActivations {
  /** The folder that was written to. */
  readonly out: string;
  readonly seconds: number;
  readonly index: ActivationsIndex;
}

/** Images computed together; of channel sheets, images on a sheet: ten rows of six. */
const batchSizes: Readonly<Record<SheetKind, number>> = { image: 32, channel: 60 };
/** Files that are compressed or written at the same time. */
const underWay = 8;
const defaultImages = 16;
/** A sheet of more would be some twenty thousand pixels high. */
const channelLimit = 512;

/**
 * Draws what layers of a trained model make of images, and writes a folder for each layer with sheets
 * (`conv1/image-00017.png`, `conv1/channel-005.png`) and, if asked for, numbers (`conv1/images-00000-00031.npy`,
 * float32 [N, channels, height, width]), with activations.json beside them.
 *
 * @param path the run folder
 * @throws UsageError for images, channels or layers that there are not, or a folder with the sheets of another run; AtelierError where run, data
 *   or folder cannot be used, or no font is installed
 */
export async function drawActivations(
  path: string,
  options: ActivationOptions,
  context: Context,
  observer: ActivationsObserver = {},
): Promise<DrawnActivations> {
  const { checkpoint = 'best', threads } = options;
  requireFont();
  const run = await requireRun(path);
  const out = options.out ?? join(run.figures, 'activations');
  await checkSheetFolder(out, await readRunConfig(path));
  const model = await openTrainedModel(path, { checkpoint, threads }, context);
  try {
    return await draw(model, { ...options, out }, context, observer);
  } finally {
    await model.release();
  }
}

async function draw(
  model: TrainedModel,
  options: ActivationOptions & { readonly out: string },
  context: Context,
  observer: ActivationsObserver,
): Promise<DrawnActivations> {
  const { sheets = 'image', scaling = 'map', checkpoint = 'best', raw = false, data, dataDirectory } = options;
  const { out, split = heldOutSplit(model.config) } = options;
  const inspector = await model.inspector(options.layers ?? model.model.figureLayers);
  const channels = chooseChannels(inspector.layers, options, context);
  const source = await imagesOfSplit(model.config, { split, data, dataDirectory }, context);
  const count = source.indices.length;
  const images = options.images ?? `0-${Math.min(defaultImages, count) - 1}`;
  const positions = parseRanges(images, { option: 'images', what: 'image', where: `the ${split} split`, count });
  for (const { name } of inspector.layers) await ensureDirectory(join(out, name));

  const batchSize = batchSizes[sheets];
  const filesOf = [
    sheets === 'image'
      ? imageFiles(inspector.layers, channels, scaling, split)
      : channelFiles(channels, scaling, positions.length > batchSize),
    ...(raw ? [rawFiles(channels)] : []),
  ];
  const seen: ImageRecord[] = [];
  const batches = noted(activationBatches(inspector, source, positions, batchSize), seen);
  const started = performance.now();
  const written: string[] = [];
  const work = async ({ path, encode }: FileJob) => {
    await writeFileAtomic(join(out, path), await encode(), 'the sheet');
    return path;
  };
  // Draws, compresses and writes, while the next batch is computed.
  for await (const path of mapAhead(jobsOf(batches, filesOf), underWay, work)) {
    written.push(path);
    const imagesPerSecond = seen.length / ((performance.now() - started) / 1000);
    observer.file?.({ images: seen.length, total: positions.length, files: written.length, imagesPerSecond });
  }
  const seconds = (performance.now() - started) / 1000;

  const index: ActivationsIndex = {
    run: model.run.path,
    created: model.config.created,
    model: model.config.model,
    checkpoint,
    weights: model.weights,
    split,
    scale: scaling,
    sheets,
    layers: inspector.layers.map(({ name, shape }) => ({ name, shape, channels: channels.get(name) ?? [] })),
    images: seen,
    files: written,
  };
  await writeJsonAtomic(sheetList(out), index, 'the list of sheets');
  return { out, seconds, index };
}

/** A file to write. */
interface FileJob {
  /** Below the output folder. */
  readonly path: string;
  /** Draws at once and compresses beside whatever happens next. */
  readonly encode: () => Promise<Buffer>;
}

/** The files that a batch becomes. */
type BatchFiles = (batch: ActivationBatch) => Iterable<FileJob>;

/** Of each layer, by name. */
type ChosenChannels = ReadonlyMap<string, readonly number[]>;

/** The name of an image's sheet below the folder of its layer. */
export function imageName(position: number): string {
  return `image-${padded(position, 5)}`;
}

/** A sheet for each image and layer: `conv1/image-00017.png`. */
function imageFiles(
  layers: readonly InspectedLayer[],
  channels: ChosenChannels,
  scaling: MapScaling,
  split: SplitImages['split'],
): BatchFiles {
  const sheets = imageSheets({ layers, channels, scaling, split });
  return function* files(batch) {
    for (const { layer, position, encode } of sheets(batch))
      yield { path: join(layer, `${imageName(position)}.png`), encode };
  };
}

/** A sheet of a whole batch for each layer and channel: `conv1/channel-005.png`, of several: with the images' numbers. */
function channelFiles(channels: ChosenChannels, scaling: MapScaling, several: boolean): BatchFiles {
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

/** The chosen channels of each layer as numbers: `conv1/images-00000-00031.npy`. */
function rawFiles(channels: ChosenChannels): BatchFiles {
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

async function* noted(batches: AsyncIterable<ActivationBatch>, seen: ImageRecord[]): AsyncGenerator<ActivationBatch> {
  for await (const batch of batches) {
    const { classNames, indices, labels, predicted, probabilities } = batch.predictions;
    for (const [at, position] of batch.positions.entries()) {
      const said = predicted[at] ?? 0;
      seen.push({
        position,
        index: indices[at] ?? 0,
        truth: classNames[labels[at] ?? 0] ?? '',
        predicted: classNames[said] ?? '',
        probability: probabilities[at * classNames.length + said] ?? 0,
      });
    }
    yield batch;
  }
}

async function* jobsOf(batches: AsyncIterable<ActivationBatch>, files: readonly BatchFiles[]): AsyncGenerator<FileJob> {
  for await (const batch of batches) for (const filesOf of files) yield* filesOf(batch);
}

/** Of layers that nobody has chosen as many channels are drawn as there may be; of those that somebody has, all or none. */
function chooseChannels(
  layers: readonly InspectedLayer[],
  { channels, layers: asked }: ActivationOptions,
  { logger }: Pick<Context, 'logger'>,
): ChosenChannels {
  return new Map(
    layers.map(({ name, shape: [count] }) => {
      const limits = { option: 'channels', what: 'channel', where: name, count } as const;
      const drawn = asked === undefined ? Math.min(count, channelLimit) : count;
      const chosen = parseRanges(channels ?? `0-${drawn - 1}`, limits);
      if (chosen.length > channelLimit)
        throw new UsageError(
          said`layer ${name} has ${thousands(chosen.length)} channels, at most ${channelLimit} can be drawn. Choose some: ${setting('channels', '0-63')}`,
          { code: 'invalid-setting' },
        );
      if (channels === undefined && drawn < count)
        logger.info(`layer ${name}: the first ${drawn} of its ${thousands(count)} channels are drawn`);
      return [name, chosen] as const;
    }),
  );
}

/** First and last of a batch. */
function imageNumbers({ positions }: ActivationBatch): string {
  return `images-${padded(positions[0] ?? 0, 5)}-${padded(positions.at(-1) ?? 0, 5)}`;
}

function padded(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}
