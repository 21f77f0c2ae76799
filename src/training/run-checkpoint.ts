/** Checkpoints as parts of a run: what is said of one that cannot be checked, and what the run has besides a damaged one. */
import type { Logger } from 'pino';
import { AtelierError } from '../errors.ts';
import { call, type Message, said } from '../message.ts';
import { readCheckpoint, readCheckpointHead, type StoredCheckpoint } from './checkpoint.ts';
import type { RunConfig } from './config/run-config.ts';
import { namedModel } from './named-model.ts';
import { exists, type RunFolder } from './run-folder.ts';

export type CheckpointName = 'best' | 'last';

/** What names the model of a run. */
type NamedRun = Pick<RunConfig, 'model' | 'network'>;

/** Paths of which it has been said: once is enough, however often a process reads a file. */
const toldOf = new Set<string>();

/**
 * A checkpoint of a run. Says once of a file that holds no hash of itself that damage to it would not be noticed.
 *
 * @param config the run's
 * @throws AtelierError with the path where it cannot be read or is none; of a damaged one it says what else the run has
 */
export async function readRunCheckpoint(
  folder: RunFolder,
  which: CheckpointName,
  config: NamedRun,
  logger: Pick<Logger, 'info'>,
): Promise<StoredCheckpoint> {
  const path = folder.checkpoint(which);
  const checkpoint = await orWayOut(folder, which, config, readCheckpoint(path));
  if (!checkpoint.checked && !toldOf.has(path)) {
    toldOf.add(path);
    logger.info(`'${path}' holds no hash of itself, as older versions wrote it: damage to it would not be noticed`);
  }
  return checkpoint;
}

/** What a checkpoint of a run says of itself; otherwise as `readRunCheckpoint`. */
export async function readRunCheckpointHead(folder: RunFolder, which: CheckpointName, config: NamedRun) {
  return orWayOut(folder, which, config, readCheckpointHead(folder.checkpoint(which)));
}

/** What is read; where that is damaged, its error with what can be done about it. */
async function orWayOut<T>(folder: RunFolder, which: CheckpointName, config: NamedRun, read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (error) {
    if (!(error instanceof AtelierError) || error.code !== 'file-damaged') throw error;
    throw new AtelierError(said`${error} ${await wayOut(folder, which, config)}`, { code: error.code, cause: error });
  }
}

async function wayOut(folder: RunFolder, which: CheckpointName, config: NamedRun): Promise<Message> {
  const named = namedModel(config);
  const other = which === 'best' ? 'last' : 'best';
  const path = folder.checkpoint(other);
  const epoch = await epochOf(path);
  if (epoch === undefined)
    return said`Without one, train the run anew: ${call('train', { ...named, configFile: folder.config })}`;
  const whole = `The ${other} checkpoint, '${path}' (epoch ${epoch}), is whole`;
  if (which === 'best') return said`${whole}: ${call('evaluate', { checkpoint: 'last', runs: [folder.path] })}`;
  return said`${whole}: put it in this one's place, and the run goes on from there by ${call('train', { ...named, resume: true, run: folder.path })}`;
}

/** The epoch after which a checkpoint stands; undefined where there is none, or one that cannot be used. */
async function epochOf(path: string): Promise<number | undefined> {
  if (!(await exists(path))) return undefined;
  try {
    return (await readCheckpoint(path)).progress.epoch;
  } catch (error) {
    if (error instanceof AtelierError) return undefined;
    throw error;
  }
}
