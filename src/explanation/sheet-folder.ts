/** The folder of activation sheets: it holds those of one run. */
import { join } from 'node:path';
import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { checkWritable } from '../files/atomic.ts';
import { readJson } from '../files/json.ts';
import { said, setting } from '../message.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import { exists } from '../training/run-folder.ts';

/** Absent in lists of older versions is when the run began. */
const listSchema = z.object({ run: z.string(), model: z.string(), created: z.string().optional() });

/** The file that says what the sheets of a folder are of. */
export function sheetList(folder: string): string {
  return join(folder, 'activations.json');
}

/**
 * Looks whether sheets of a run can be drawn into a folder, before any work.
 *
 * @throws UsageError where it holds sheets of another run, which have the same names; AtelierError where it cannot be written
 */
export async function checkSheetFolder(folder: string, run: Pick<RunConfig, 'model' | 'created'>): Promise<void> {
  await checkWritable(folder, said`${setting('out')} puts the sheets elsewhere.`);
  const list = sheetList(folder);
  if (!(await exists(list))) return;
  const { data: other } = listSchema.safeParse(await readJson(list, (value) => value));
  if (other?.model === run.model && (other.created ?? run.created) === run.created) return;
  const found =
    other === undefined ? `an activations.json that is no list of sheets` : `sheets of another run: '${other.run}'`;
  throw new UsageError(
    said`'${folder}' holds ${found}. Name another folder with ${setting('out')}, or move that one away.`,
    { code: 'folder-taken' },
  );
}
