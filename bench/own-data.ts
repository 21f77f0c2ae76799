/** Data of one's own, and the models that are measured on them. */
import type { Context } from '../src/context.ts';
import { requireModel } from '../src/context.ts';
import type { Dataset, SplitName } from '../src/data/dataset.ts';
import { imageShapeText, type LabelledImages } from '../src/data/images.ts';
import type { DataOptions } from '../src/data/own/options.ts';
import type { Reading } from '../src/data/own/picture-files.ts';
import { partOf, selectSplit, splitSizes } from '../src/data/splits.ts';
import { UsageError } from '../src/errors.ts';
import { thousands } from '../src/text/numbers.ts';
import { oneLine } from '../src/text/printable.ts';
import { chooseModel } from '../src/training/choose-model.ts';
import { recipeOfModel } from '../src/training/recipe-of-model.ts';
import { suited } from '../src/training/suited.ts';
import type { BenchPart, BenchSource } from './data.ts';
import type { BenchCounts } from './options.ts';
import type { BenchSettings } from './result.ts';

/** Data that somebody names. */
export interface OwnDataRequest extends Reading {
  readonly data: string;
  readonly dir?: string | undefined;
  readonly dataOptions?: DataOptions | undefined;
}

/** Data that are found, and read where they have to be decoded. */
export interface OwnData {
  readonly dataset: Dataset;
  readonly counts: BenchCounts;
  /** One line, for people. */
  readonly about: string;
}

/**
 * Finds a data set as `train` does.
 *
 * @throws UsageError or AtelierError as `openData`
 */
export async function openOwnData(
  { data, dir, dataOptions, ...reading }: OwnDataRequest,
  context: Pick<Context, 'datasets'>,
): Promise<OwnData> {
  const dataset = await context.datasets(data, { dir, options: dataOptions, ...reading });
  const sizes = splitSizes(dataset);
  const test = sizes.test ?? sizes.validation;
  const about =
    `data: ${oneLine(dataset.title)}, images of ${imageShapeText(dataset.shape)}, ${dataset.classes.length} classes, ` +
    `${thousands(sizes.train)} to train with, ${thousands(sizes.validation)} to validate with`;
  return { dataset, counts: { train: sizes.train, test }, about };
}

/** The model that is named, or the one that `train` would choose. Throws UsageError where there is none of that name. */
export function ownModelName(
  { dataset }: OwnData,
  model: string | undefined,
  context: Pick<Context, 'models' | 'logger'>,
): string {
  if (model !== undefined) return requireModel(context, model).name;
  const { definition, because } = chooseModel(dataset, context);
  context.logger.info({ model: definition.name }, `model ${definition.name}: ${because}`);
  return definition.name;
}

/**
 * What peers are given: as many images of each part as the settings ask for, in the order of the split.
 *
 * @throws UsageError where a model takes no images of this size
 */
export async function ownSource(
  { dataset }: OwnData,
  settings: BenchSettings,
  context: Pick<Context, 'models' | 'experiment'>,
): Promise<BenchSource> {
  const parts = await loadedParts(dataset);
  const recipes: Record<string, BenchSource['subject']['recipes'][string]> = {};
  for (const name of settings.models) {
    const definition = requireModel(context, name);
    suited(definition, dataset.shape, () => definition.build(dataset.shape, dataset.classes.length));
    recipes[name] = await recipeOfModel(definition, dataset, context, {});
  }
  const { epochBatches, batchSize, predictImages } = settings;
  const trained = epochBatches * batchSize;
  const limits = { train: trained, validation: Math.max(1, Math.round(trained / 9)), test: predictImages };
  const { test } = splitSizes(dataset);
  const selected = (part: BenchPart) => {
    const split = part === 'test' && test === null ? 'validation' : part;
    const images = parts.get(partOf(dataset, split));
    if (!images) throw new Error(`internal: the ${part} images were not loaded`);
    const { indices } = selectSplit(dataset, split, images, {
      seed: recipes[settings.models[0] ?? '']?.splitSeed ?? 0,
    });
    return { images, indices: indices.subarray(0, limits[part]) };
  };
  return {
    subject: {
      shape: dataset.shape,
      classes: dataset.classes.length,
      recipes,
      inFile: dataset.origin?.preparation !== undefined,
    },
    fingerprint: dataset.fingerprint,
    parts: { train: selected('train'), validation: selected('validation'), test: selected('test') },
  };
}

async function loadedParts(dataset: Dataset): Promise<ReadonlyMap<SplitName, LabelledImages>> {
  const splits = ['train', 'validation', ...(splitSizes(dataset).test === null ? [] : (['test'] as const))] as const;
  const names = new Set(splits.map((split) => partOf(dataset, split)));
  return new Map(await Promise.all([...names].map(async (name) => [name, await dataset.load(name)] as const)));
}

/** Throws UsageError where options of pictures are given without data that they could be for. */
export function refuseWithoutData(options: DataOptions): void {
  const [stray] = Object.entries(options).find(([, value]) => value !== undefined) ?? [];
  if (stray === undefined) return;
  const flag = stray.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new UsageError(`--${flag} is for data of your own. Name them with --data, or leave it out.`, {
    code: 'settings-exclude-each-other',
  });
}
