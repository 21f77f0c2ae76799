import { z } from 'zod';
import { AtelierError } from '../errors.ts';
import { readJsonLines } from '../files/jsonl.ts';

const means = z.object({ loss: z.number().nonnegative(), accuracy: z.number().min(0).max(1) });

/** One line of history.jsonl: what an epoch came to. */
export const epochRecordSchema = z.object({
  /** From 1. */
  epoch: z.int().positive(),
  /** Running means over the epoch's steps, each before its update, dropout and augmentation on. */
  train: means,
  /** After the epoch, in evaluation mode. */
  validation: means,
  /** The learning rate of the epoch's last step. */
  lr: z.number().nonnegative(),
  /** Training and validation, of the part that ran without interruption. */
  seconds: z.number().nonnegative(),
  /** Training only. */
  images_per_second: z.number().nonnegative(),
});
/** What an epoch came to: a line of history.jsonl, and what the observer of {@link train} is told. */
export type EpochRecord = z.infer<typeof epochRecordSchema>;

/**
 * The epochs of a run, in order.
 *
 * @throws AtelierError with the line where the file is damaged, or an epoch is missing, stands twice or in another place
 */
export async function readHistory(path: string): Promise<readonly EpochRecord[]> {
  let epochs = 0;
  return readJsonLines(path, (value) => {
    const { data: record, error } = epochRecordSchema.safeParse(value);
    if (record === undefined)
      throw new AtelierError(`it is no record of an epoch: ${z.prettifyError(error)}`, {
        code: 'file-damaged',
        cause: error,
      });
    epochs += 1;
    if (record.epoch === epochs) return record;
    throw new AtelierError(`expected epoch ${epochs}, found epoch ${record.epoch}`, { code: 'file-damaged' });
  });
}

/** The epoch with the lowest validation loss, of two the first: the one whose checkpoint is `best`. Undefined without one. */
export function bestEpoch(history: readonly EpochRecord[]): EpochRecord | undefined {
  return history.reduce<EpochRecord | undefined>(
    (best, record) => (best === undefined || record.validation.loss < best.validation.loss ? record : best),
    undefined,
  );
}
