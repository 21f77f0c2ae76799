import { z } from 'zod';
import { AtelierError } from '../errors.ts';
import { checkFinite } from '../files/finite-tensors.ts';
import { toJson } from '../files/json.ts';
import { parseJson } from '../files/parse-json.ts';
import { readSafetensors, readSafetensorsMetadata, writeSafetensors } from '../files/safetensors.ts';
import type { TensorMap } from './initialize.ts';
import { type Progress, progressSchema } from './progress.ts';

/**
 * A run at one instant. Parameters and buffers carry PyTorch's names; optimizer state is `optimizer.<state>.<parameter>`.
 * No clock enters it: the same training gives the same bytes, interrupted or not.
 */
export interface Checkpoint {
  readonly model: string;
  /** Every random draw is a function of this seed, a stream's name and a step, so no generator's state is kept. */
  readonly seed: number;
  readonly progress: Progress;
  readonly state: TensorMap;
}

/** A checkpoint as it was read. */
export interface StoredCheckpoint extends Checkpoint {
  /** Whether the file holds hashes of itself, which were right; those of older versions hold none. */
  readonly checked: boolean;
}

const kind = 'atelier-checkpoint-1';

const metadataSchema = z.object({
  kind: z.literal(kind),
  model: z.string(),
  random_streams: z.string(),
  progress: z.string(),
});
const randomSchema = z.strictObject({
  seed: z.int().nonnegative(),
  /** Which streams the run draws from, and how far: for people and other programs. */
  shuffle: z.strictObject({ epoch: z.int() }),
  augmentation: z.strictObject({ epoch: z.int(), step: z.int() }),
  dropout: z.strictObject({ step: z.int() }),
});

/** Replaces the file atomically. */
export async function writeCheckpoint(path: string, { model, seed, progress, state }: Checkpoint): Promise<void> {
  const { epoch, step, stepInEpoch, scheduler } = progress;
  const streams = { seed, shuffle: { epoch }, augmentation: { epoch, step: stepInEpoch }, dropout: { step } };
  const metadata = new Map([
    // Hugging Face's readers ask for this key; 'pt' tells them that names follow PyTorch.
    ['format', 'pt'],
    ['kind', kind],
    ['model', model],
    ['epoch', String(epoch)],
    ['step', String(step)],
    ['scheduler', toJson(scheduler, 'the scheduler state')],
    ['random_streams', toJson(streams, 'the random streams')],
    ['progress', toJson(progress, 'the progress')],
  ]);
  await writeSafetensors(path, { tensors: state, metadata }, 'the checkpoint');
}

/** Reads a checkpoint back. Throws AtelierError with the path where it is cut short, damaged or none of ours. */
export async function readCheckpoint(path: string): Promise<StoredCheckpoint> {
  const { tensors, metadata, widened, checked } = await readSafetensors(path);
  const [foreign] = widened;
  if (foreign !== undefined)
    throw new AtelierError(
      `'${path}' is no checkpoint as a run writes it: '${foreign}' is of the type BF16. Such a file can start a new run, not continue one.`,
      { code: 'checkpoint-mismatch' },
    );
  const head = parseMetadata(metadata, path);
  checkFinite(tensors, path);
  return { ...head, state: tensors, checked };
}

/**
 * What a checkpoint says of itself; its tensors are not read.
 *
 * @throws AtelierError with the path where its header is damaged or not one of ours
 */
export async function readCheckpointHead(path: string): Promise<Omit<Checkpoint, 'state'>> {
  return parseMetadata(await readSafetensorsMetadata(path), path);
}

function parseMetadata(metadata: ReadonlyMap<string, string>, path: string): Omit<Checkpoint, 'state'> {
  try {
    const { model, random_streams, progress } = metadataSchema.parse(Object.fromEntries(metadata));
    const { seed } = randomSchema.parse(parseJson(random_streams));
    return { model, seed, progress: progressSchema.parse(parseJson(progress)) };
  } catch (error) {
    throw new AtelierError(
      `'${path}' is a safetensors file but not a checkpoint of a run: its metadata lack or spoil ` +
        `${error instanceof z.ZodError ? error.issues.map(({ path: at }) => at.join('.')).join(', ') : 'their JSON'}. ` +
        'A file that holds only weights can start a new run, not continue one.',
      { code: 'checkpoint-mismatch', cause: error },
    );
  }
}
