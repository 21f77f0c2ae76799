/** Runs in a few values each: what a list of them shows, and how one is removed. */
import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AtelierError } from '../errors.ts';
import { isAbandoned } from '../files/atomic.ts';
import { acquireLock, isLocked } from '../files/lock.ts';
import { fileProblem } from '../files/problems.ts';
import { type RunConfig, readRunConfig } from './config/run-config.ts';
import { divergenceOf } from './divergence.ts';
import { endingOf } from './fit.ts';
import { bestEpoch, type EpochRecord, readHistory } from './history.ts';
import { exists, type RunFolder, requireRun } from './run-folder.ts';

/**
 * Where a run stands: a process trains it; its recipe is done (all epochs, or no better one for as long as it waits); it
 * ended before; its numbers became infinite; its folder cannot be read.
 */
export const runStates = ['running', 'finished', 'stopped', 'diverged', 'damaged'] as const;
/** What became of a run, as {@link runs} lists it. */
export type RunState = (typeof runStates)[number];

/** A run in a few values. */
export interface RunSummary {
  /** The folder, as it was given. */
  readonly path: string;
  /** The folder's name. */
  readonly folder: string;
  readonly state: RunState;
  /** What is wrong with a run that diverged, whose folder is damaged or whose evaluation cannot be read; null for all others. */
  readonly problem: string | null;
  /** What somebody called it; null without. */
  readonly name: string | null;
  readonly tags: readonly string[];
  readonly note: string | null;
  /** Bytes of all its files. */
  readonly bytes: number;
  /** What its configuration and its history say; null where they cannot be read. */
  readonly training: TrainingSummary | null;
}

export interface TrainingSummary {
  readonly model: string;
  /** The name of the data set. */
  readonly data: string;
  readonly seed: number;
  /** When it was begun: ISO 8601. */
  readonly created: string;
  /** Done, and as the recipe has them. */
  readonly epochs: { readonly done: number; readonly planned: number };
  /** The epoch with the lowest validation loss; null before the first has ended. */
  readonly best: { readonly epoch: number; readonly loss: number; readonly accuracy: number } | null;
}

/** What a list says of a run's state. */
export function stateText({ state, problem, training }: RunSummary): string {
  if (problem !== null) {
    const [first, ...more] = problem.split('\n');
    return `${state}: ${first}${more.length > 0 ? ' …' : ''}`;
  }
  if (training === null || state === 'finished') return state;
  const { done, planned } = training.epochs;
  return `${state} after ${done} of ${planned} epochs`.replace('running after', 'running:');
}

/**
 * What is known of a run. A folder that cannot be read is a run that is damaged.
 *
 * @throws UsageError where the folder holds no run
 */
export async function summarizeRun(path: string): Promise<RunSummary> {
  const folder = await requireRun(path);
  const files = { path, folder: basename(resolve(path)), bytes: await sizeOf(path) };
  try {
    const config = await readRunConfig(path);
    const { name = null, tags = [], note = null } = config;
    const history = (await exists(folder.history)) ? await readHistory(folder.history) : [];
    const { found = null } = (await divergenceOf(folder)) ?? {};
    const training = trainingOf(config, history);
    const state = stateOf(folder, config, training, found !== null);
    return { ...files, state, problem: state === 'diverged' ? found : null, name, tags, note, training };
  } catch (error) {
    if (!(error instanceof AtelierError)) throw error;
    return { ...files, state: 'damaged', problem: error.message, name: null, tags: [], note: null, training: null };
  }
}

function trainingOf({ model, recipe, data, created }: RunConfig, history: readonly EpochRecord[]): TrainingSummary {
  const best = bestEpoch(history);
  return {
    model,
    data: data.name,
    seed: recipe.seed,
    created,
    epochs: { done: history.at(-1)?.epoch ?? 0, planned: recipe.epochs },
    best: best ? { epoch: best.epoch, ...best.validation } : null,
  };
}

function stateOf(
  folder: RunFolder,
  { recipe }: RunConfig,
  { epochs, best }: TrainingSummary,
  hasDiverged: boolean,
): RunState {
  if (isLocked(folder.path)) return 'running';
  if (hasDiverged) return 'diverged';
  return endingOf(recipe, { epoch: epochs.done, best }) === undefined ? 'stopped' : 'finished';
}

/** Bytes of all files below a folder; links are not followed. */
async function sizeOf(path: string): Promise<number> {
  let bytes = 0;
  try {
    for (const entry of await readdir(path, { withFileTypes: true, recursive: true }))
      if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name))).size;
  } catch (error) {
    throw fileProblem('list', path, error);
  }
  return bytes;
}

/**
 * Removes a run with all that its folder holds. The folder vanishes at once, whatever happens while its files are deleted.
 *
 * @throws UsageError where it is no run; AtelierError where it is a link, a process trains it, or it cannot be removed
 */
export async function removeRun(path: string): Promise<void> {
  await requireRun(path);
  const folder = resolve(path);
  if ((await lstat(folder)).isSymbolicLink())
    throw new AtelierError(`'${path}' is a link to a run folder: name the folder itself, or delete the link.`, {
      code: 'file-unusable',
    });
  const unlock = await acquireLock(folder);
  const aside = join(dirname(folder), `.removed-${basename(folder)}-${process.pid}`);
  try {
    await finishRemovals(dirname(folder));
    await rename(folder, aside);
    await rm(aside, { recursive: true });
  } catch (error) {
    const rest = (await exists(aside).catch(() => false)) ? `What is left of it is '${aside}'` : undefined;
    throw fileProblem('remove the run', path, error, rest);
  } finally {
    unlock();
  }
}

const removedName = /^\.removed-.*-(\d+)$/;

/** Deletes what is left of runs whose removal was killed; what cannot be deleted is in nobody's way. */
async function finishRemovals(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const [, remover] = removedName.exec(name) ?? [];
    if (remover !== undefined && (await isAbandoned(path, Number(remover))))
      await rm(path, { recursive: true }).catch(() => undefined);
  }
}
