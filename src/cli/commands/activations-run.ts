import { join } from 'node:path';
import { UsageError } from '../../errors.ts';
import { type ActivationBatch, activationBatches } from '../../evaluation/activations.ts';
import { parseRanges } from '../../evaluation/activations-ranges.ts';
import { type InspectedLayer, openTrainedModel, type TrainedModel } from '../../evaluation/trained-model.ts';
import { imagesOfSplit } from '../../evaluation/trained-model-images.ts';
import { ensureDirectory, writeFileAtomic } from '../../files/atomic.ts';
import { writeJsonAtomic } from '../../files/json.ts';
import { mapAhead } from '../../rendering/activations/map-ahead.ts';
import { threadsOf } from '../../training/environment.ts';
import type { CommandContext, Run } from '../command.ts';
import { createBar } from '../progress.ts';
import type { ActivationsOptions } from './activations.ts';
import {
  type BatchFiles,
  channelSheets,
  type FileJob,
  imageSheets,
  rawFiles,
  type SheetPlan,
} from './activations-files.ts';

/** Images computed together; of channel sheets, images on a sheet: ten rows of six. */
const batchSizes = { image: 32, channel: 60 } as const;
/** Files that are compressed or written at the same time. */
const underWay = 8;
const defaultImages = 16;
/** A sheet of more would be some ten thousand pixels high. */
const channelLimit = 512;

export const run: Run<ActivationsOptions> = async (options, context) => {
  const { run: path = '', checkpoint = 'best' } = options;
  const model = await openTrainedModel(path, { checkpoint, threads: threadsOf(options.threads) }, context);
  try {
    return await draw(model, options, context);
  } finally {
    await model.release();
  }
};

async function draw(model: TrainedModel, options: ActivationsOptions, context: CommandContext) {
  const { sheets = 'image', scale = 'map', split = 'test', checkpoint = 'best', raw, dir } = options;
  const out = options.out ?? join(model.run.figures, 'activations');
  const layers = options.layers?.split(',').map((name) => name.trim()) ?? model.model.figureLayers;
  const inspector = await model.inspector(layers);
  const channels = chooseChannels(inspector.layers, options.channels);
  const source = await imagesOfSplit(model.config, { split, dataDirectory: dir }, context);
  const count = source.indices.length;
  const images = options.images ?? `0-${Math.min(defaultImages, count) - 1}`;
  const positions = parseRanges(images, { option: '--images', what: 'image', where: `the ${split} split`, count });
  for (const { name } of inspector.layers) await ensureDirectory(join(out, name));

  const plan: SheetPlan = { layers: inspector.layers, channels, scaling: scale, split };
  const batchSize = batchSizes[sheets];
  const several = positions.length > batchSize;
  const files = [
    sheets === 'image' ? imageSheets(plan) : channelSheets(plan, several),
    ...(raw ? [rawFiles(plan)] : []),
  ];
  const seen: ImageRecord[] = [];
  const batches = noted(activationBatches(inspector, source, positions, batchSize), seen);
  const started = performance.now();
  const written = await writeAll(jobsOf(batches, files), { out, images: positions.length, seen }, context);
  const seconds = (performance.now() - started) / 1000;

  const index = {
    run: model.run.path,
    model: model.config.model,
    checkpoint,
    split,
    scale,
    sheets,
    layers: inspector.layers.map(({ name, shape }) => ({ name, shape, channels: channels.get(name) })),
    images: seen,
    files: written,
  };
  await writeJsonAtomic(join(out, 'activations.json'), index, 'the list of sheets');
  const imagesPerSecond = positions.length / seconds;
  const text =
    `${written.length.toLocaleString('en')} files of ${positions.length.toLocaleString('en')} ${split} images, ` +
    `layers ${plan.layers.map(({ name }) => name).join(', ')}, in ${seconds.toFixed(1)} s ` +
    `(${imagesPerSecond.toFixed(0)} images/s), written to ${out}`;
  return { text, json: { out, seconds, imagesPerSecond, ...index } };
}

/** Which image is where, and what the model said about it: the rows of .npy files are in this order. */
interface ImageRecord {
  readonly position: number;
  /** In the data set file. */
  readonly index: number;
  readonly truth: string;
  readonly predicted: string;
  readonly probability: number;
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

/** Draws, compresses and writes, while the next batch is computed. Returns the files' paths below `out`. */
async function writeAll(
  jobs: AsyncIterable<FileJob>,
  { out, images, seen }: { readonly out: string; readonly images: number; readonly seen: readonly ImageRecord[] },
  { options }: CommandContext,
): Promise<readonly string[]> {
  const bar = createBar('activations |{bar}| {value}/{total} images  {files} files  {speed} images/s', options);
  const started = performance.now();
  const written: string[] = [];
  try {
    const work = async ({ path, encode }: FileJob) => {
      await writeFileAtomic(join(out, path), await encode(), 'the sheet');
      return path;
    };
    for await (const path of mapAhead(jobs, underWay, work)) {
      written.push(path);
      const speed = seen.length / ((performance.now() - started) / 1000);
      bar.update(seen.length, images, { files: String(written.length), speed: speed.toFixed(0) });
    }
    return written;
  } finally {
    bar.stop();
  }
}

function chooseChannels(layers: readonly InspectedLayer[], text: string | undefined) {
  return new Map(
    layers.map(({ name, shape: [count] }) => {
      const limits = { option: '--channels', what: 'channel', where: name, count };
      const chosen = parseRanges(text ?? `0-${count - 1}`, limits);
      if (chosen.length > channelLimit)
        throw new UsageError(
          `layer ${name} has ${chosen.length.toLocaleString('en')} channels, at most ${channelLimit} can be drawn. Choose some: --channels 0-63`,
        );
      return [name, chosen] as const;
    }),
  );
}
