/** Where explorations of data are kept. */
import { join } from 'node:path';
import type { DatasetDescription } from '../../data/dataset.ts';
import { type Exploration, readExploration } from '../../exploration/exploration.ts';
import { byteLimits, readRegular } from '../../files/regular.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import { exists } from '../../training/run-folder.ts';
import { figuresFolder } from '../report-folder.ts';

const explorationsFolder = join('artifacts', 'explore');

/** The files of an exploration, beside its figures. */
export function explorationFiles(out: string): { readonly json: string; readonly page: string } {
  return { json: join(out, 'explore.json'), page: join(out, 'explore.html') };
}

/**
 * The usual folder of a data set's exploration: the name of one that has a name; of others the beginning of their fingerprint,
 * too, since many folders are called `photos`.
 */
export function explorationFolder({
  name,
  fingerprint,
  origin,
}: Pick<DatasetDescription, 'name' | 'fingerprint' | 'origin'>): string {
  const plain = name.replaceAll(/[^\w-]+/g, '-').slice(0, 60);
  return join(explorationsFolder, origin === undefined ? plain : `${plain}-${fingerprint.slice(0, 8)}`);
}

/** An exploration, and what was drawn for it. */
export interface KeptExploration {
  readonly folder: string;
  readonly exploration: Exploration;
  /** PNGs; undefined for those that are not there. */
  readonly means: Buffer | undefined;
  readonly duplicates: Buffer | undefined;
}

/**
 * The exploration of a run's data, where its folder has one of the same content, image size and division.
 *
 * @param folder the usual one by default
 * @throws AtelierError where the file is damaged
 */
export async function keptExploration(
  { data, recipe }: Pick<RunConfig, 'data' | 'recipe'>,
  folder = explorationFolder(data),
): Promise<KeptExploration | undefined> {
  const { json } = explorationFiles(folder);
  if (!(await exists(json))) return undefined;
  const exploration = await readExploration(json);
  const { dataset, splits, splitSeed } = exploration;
  const isOfThese =
    dataset.fingerprint === data.fingerprint &&
    (['channels', 'height', 'width'] as const).every((side) => dataset.shape[side] === data.shape[side]) &&
    splitSeed === recipe.splitSeed &&
    (['train', 'validation', 'test'] as const).every((split) => splits[split] === data.images[split]);
  if (!isOfThese) return undefined;
  const figure = async (name: string) => {
    const path = join(folder, figuresFolder, `${name}.png`);
    return (await exists(path)) ? readRegular(path, byteLimits.picture, 'read the figure') : undefined;
  };
  return { folder, exploration, means: await figure('mean-pictures'), duplicates: await figure('duplicates') };
}
