/** The folder of one exported format: whose it is, and which of its files an export wrote. */
import { readdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import type { Logger } from 'pino';
import { z } from 'zod';
import { AtelierError, hasCode, UsageError } from '../errors.ts';
import { type OnFailure, orFailure } from '../failures.ts';
import { checkWritable, isLeftover } from '../files/atomic.ts';
import { readJson, writeJsonAtomic } from '../files/json.ts';
import { fileProblem } from '../files/problems.ts';
import { said, setting } from '../message.ts';
import { type ExportFormat, exportFormats } from './formats.ts';

/** Says what an export is of; with the file's other fields, of what it consists. */
const recordName = 'export.json';

/** What identifies the run that an export is of, wherever its folder is, and the state of it that was exported. */
export interface ExportOrigin {
  /** The run's name. */
  readonly run: string;
  readonly model: string;
  /** When the run began: runs of one name differ in it. */
  readonly created: string;
  readonly checkpoint: string;
}

const recordSchema = z.object({
  run: z.string(),
  model: z.string(),
  /** Absent in exports of older versions, as the next one. */
  created: z.string().optional(),
  checkpoint: z.string().optional(),
  files: z.array(z.object({ name: z.string() })).optional(),
  /** Files of an export that is being written, and of the one that it replaces. */
  writing: z.array(z.string()).optional(),
});
type ExportRecord = z.infer<typeof recordSchema>;

/**
 * Looks which formats can be exported into a folder, before any work: it holds exports of the same run, or none.
 *
 * @param onFailure is told of each format that cannot; the others are returned
 * @throws UsageError where an export of another run, or something that is no export, would be replaced or stand beside
 *   it; AtelierError where the place cannot be written
 */
export async function checkExportFolders(
  out: string,
  formats: readonly ExportFormat[],
  origin: ExportOrigin,
  logger: Pick<Logger, 'info' | 'warn'>,
  onFailure: OnFailure | undefined,
): Promise<readonly ExportFormat[]> {
  for (const format of exportFormats.filter((one) => !formats.includes(one))) {
    const directory = join(out, format);
    const record = await recordOf(directory, false);
    if (record !== undefined) refuseOther(directory, record, origin);
  }
  const possible: ExportFormat[] = [];
  for (const format of formats) {
    await orFailure(format, onFailure, async () => {
      await checkExportFolder(join(out, format), origin, logger);
      possible.push(format);
    });
  }
  return possible;
}

async function checkExportFolder(
  directory: string,
  origin: ExportOrigin,
  logger: Pick<Logger, 'info' | 'warn'>,
): Promise<void> {
  await checkWritable(directory, said`${setting('out')} puts it elsewhere.`);
  const record = await recordOf(directory, true);
  if (record === undefined) return;
  refuseOther(directory, record, origin);
  if (record.created === undefined)
    logger.warn(
      `'${directory}' does not say when its run began: it is taken for an export of ${origin.run}, and replaced`,
    );
  if (record.checkpoint !== undefined && record.checkpoint !== origin.checkpoint)
    logger.info(
      `'${directory}' holds the export of the ${record.checkpoint} checkpoint: that of the ${origin.checkpoint} one replaces it`,
    );
}

function refuseOther(directory: string, { run, created }: ExportRecord, origin: ExportOrigin): void {
  if (run === origin.run && (created === undefined || created === origin.created)) return;
  const begun = (of: string, at: string | undefined) => (at === undefined ? `'${of}'` : `'${of}', begun ${at}`);
  throw new UsageError(
    said`'${directory}' holds an export of another run: ${begun(run, created)}; this one is ${begun(origin.run, origin.created)}. Name another folder with ${setting('out')}, or move that one away.`,
    { code: 'folder-taken' },
  );
}

/**
 * What a folder says it is an export of; undefined where it is empty.
 *
 * @param wanted whether it is going to be written to: what is no export is nothing to stumble over elsewhere
 * @throws UsageError where it is to be written to and holds something else than an export
 */
async function recordOf(directory: string, wanted: boolean): Promise<ExportRecord | undefined> {
  const names = await namesIn(directory);
  if (names.includes(recordName)) {
    try {
      return await readJson(join(directory, recordName), (value) => recordSchema.parse(value));
    } catch (error) {
      if (!(error instanceof AtelierError)) throw error;
    }
  }
  if (!wanted || names.length === 0) return undefined;
  const shown = `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`;
  throw new UsageError(
    said`'${directory}' is not the folder of an export: it holds ${shown}, and no ${recordName} that says what of. Name another folder with ${setting('out')}, or move that one away.`,
    { code: 'folder-taken' },
  );
}

/** What a person sees in a folder. */
async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).filter((name) => !name.startsWith('.') && !isLeftover(name)).toSorted();
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw fileProblem('list', directory, error);
  }
}

/** Ends an export: removes what the one before has left and this one has not, and records what there is. */
export type FinishExport = (content: Readonly<Record<string, unknown>>) => Promise<void>;

/**
 * Marks a folder as that of an export of a run, before its files are written: whenever that is interrupted, the next one
 * knows what is its own.
 *
 * @param directory an existing folder
 * @param names the files that are going to be written, paths in it
 * @throws UsageError as `checkExportFolders`, AtelierError where the folder cannot be written
 */
export async function beginExport(
  directory: string,
  origin: ExportOrigin,
  names: readonly string[],
): Promise<FinishExport> {
  const path = join(directory, recordName);
  const what = 'the record of the export';
  const record = await recordOf(directory, true);
  const before = [...(record?.files ?? []).map(({ name }) => name), ...(record?.writing ?? [])].filter(isWithin);
  await writeJsonAtomic(path, { ...origin, writing: [...new Set([...before, ...names])] }, what);
  return async (content) => {
    for (const name of before.filter((old) => !names.includes(old))) await removeFile(directory, name);
    await writeJsonAtomic(path, { ...origin, ...content }, what);
  };
}

/** A name in a record that somebody changed must not lead out of the folder. */
function isWithin(name: string): boolean {
  const path = normalize(name);
  return path !== '' && !/^([/\\]|\.\.?([/\\]|$)|[A-Za-z]:)/.test(path);
}

/** Removes a file, and its folder below the export's where it was the last there. */
async function removeFile(directory: string, name: string): Promise<void> {
  const path = join(directory, name);
  try {
    await rm(path, { force: true });
    if (dirname(name) !== '.') await rmdir(dirname(path));
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) throw fileProblem('remove', path, error);
  }
}
