import { z } from 'zod';
import { readJsonLines } from '../files/jsonl.ts';

const means = z.object({ loss: z.number(), accuracy: z.number() });

/** One line of history.jsonl: what an epoch came to. */
export const epochRecordSchema = z.object({
  /** From 1. */
  epoch: z.int().positive(),
  /** Running means over the epoch's steps, each before its update, dropout and augmentation on. */
  train: means,
  /** After the epoch, in evaluation mode. */
  validation: means,
  /** The learning rate of the epoch's last step. */
  lr: z.number(),
  /** Training and validation, of the part that ran without interruption. */
  seconds: z.number(),
  /** Training only. */
  images_per_second: z.number(),
});
/** What an epoch came to: a line of history.jsonl. */
export type EpochRecord = z.infer<typeof epochRecordSchema>;

/** The epochs of a run, in order. Throws AtelierError where the file is missing or damaged. */
export async function readHistory(path: string): Promise<readonly EpochRecord[]> {
  return readJsonLines(path, (value) => epochRecordSchema.parse(value));
}

/** The epoch with the lowest validation loss, of two the first: the one whose checkpoint is `best`. Undefined without one. */
export function bestEpoch(history: readonly EpochRecord[]): EpochRecord | undefined {
  return history.reduce<EpochRecord | undefined>(
    (best, record) => (best === undefined || record.validation.loss < best.validation.loss ? record : best),
    undefined,
  );
}
