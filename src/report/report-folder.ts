/** The folder of a report: which of its files reports have written, so that a new one leaves nothing of those before it. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AtelierError, hasCode, UsageError } from '../errors.ts';
import { checkWritable, ensureDirectory, writeFileAtomic } from '../files/atomic.ts';
import { readJson, readText, writeJsonAtomic } from '../files/json.ts';
import { fileProblem } from '../files/problems.ts';
import { byteLimits } from '../files/regular.ts';
import { said, setting } from '../message.ts';
import { exists } from '../training/run-folder.ts';

/** Where pictures go, below the report's folder. */
export const figuresFolder = 'figures';
/** Beside them: the names of those that reports have written. */
const listName = 'figures.json';
const listSchema = z.object({ figures: z.array(z.string()) });

/** The files of a report that people open. */
export function reportFiles(out: string): { readonly markdown: string; readonly page: string } {
  return { markdown: join(out, 'report.md'), page: join(out, 'report.html') };
}

/** Takes the pictures of one report. */
export interface FigureFolder {
  /** Writes a picture; returns its path below the report's folder, with `/`. */
  save(name: string, png: Uint8Array): Promise<string>;
  /** Once the report is whole: removes the pictures of earlier reports that it does not have, and returns their names. */
  finish(): Promise<readonly string[]>;
}

/**
 * Looks whether a report can be written into a folder, before any work.
 *
 * @throws UsageError where it holds a `report.md` or `report.html` of somebody's own; AtelierError where it cannot be written
 */
export async function checkReportFolder(out: string): Promise<void> {
  const wayOut = said`${setting('out')} puts the report elsewhere.`;
  for (const folder of [out, join(out, figuresFolder)]) await checkWritable(folder, wayOut);
  await figuresBefore(out);
}

/**
 * Opens the folder of a report's pictures, and creates it where it does not exist.
 *
 * @param out the report's folder
 * @throws UsageError, AtelierError as `checkReportFolder`
 */
export async function openFigureFolder(out: string): Promise<FigureFolder> {
  const before = await figuresBefore(out);
  const folder = join(out, figuresFolder);
  await ensureDirectory(folder);
  const written = new Set<string>();
  const listed = new Set<string>();
  const list = (figures: Iterable<string>) =>
    writeJsonAtomic(join(folder, listName), { figures: [...figures].toSorted() }, 'the list of figures');
  return {
    save: async (name, png) => {
      // On the list first: whenever a report is interrupted, the next one knows its pictures.
      if (!listed.has(name)) {
        for (const known of [...before, name]) listed.add(known);
        await list(listed);
      }
      written.add(name);
      await writeFileAtomic(join(folder, name), png, 'the figure');
      return `${figuresFolder}/${name}`;
    },
    finish: async () => {
      // On some systems names that differ in case only are those of one file.
      const kept = new Set([...written].map((name) => name.toLowerCase()));
      const stale = before.filter((name) => !kept.has(name.toLowerCase()));
      for (const name of stale) await remove(join(folder, name));
      await list(written);
      return stale;
    },
  };
}

async function remove(path: string): Promise<void> {
  try {
    await rm(path, { force: true });
  } catch (error) {
    throw fileProblem('remove', path, error);
  }
}

/** The pictures that earlier reports have written into the folder. */
async function figuresBefore(out: string): Promise<readonly string[]> {
  const path = join(out, figuresFolder, listName);
  if (await exists(path)) {
    const { figures } = await readJson(path, parseList);
    // Somebody may have changed the list: no name leads out of the folder.
    return figures.filter((name) => /^[^/\\]+\.png$/.test(name));
  }
  return figuresOfOlderVersion(out);
}

function parseList(value: unknown): z.infer<typeof listSchema> {
  const { success, data } = listSchema.safeParse(value);
  if (success) return data;
  throw new AtelierError(
    'it is not the list of a report’s figures. Remove it: figures of earlier reports stay where they are then.',
    { code: 'file-damaged' },
  );
}

/**
 * Older versions kept no list. Their reports show the pictures in report.md, of activation maps those of the first image:
 * those of the other images have the same names but for the image's number.
 *
 * @throws UsageError where there is a report that no version of this program wrote
 */
async function figuresOfOlderVersion(out: string): Promise<readonly string[]> {
  const { markdown, page } = reportFiles(out);
  const text = (await exists(markdown)) ? await readText(markdown, byteLimits.json) : '';
  const shown = [...text.matchAll(/\]\(<figures\/([^/\\>]+\.png)>\)$/gm)].map(([, name = '']) => name);
  const isOurs = /^!\[Fig\. 1\. [^\n]*\]\(<figures\/[^\n]*>\)$/m.test(text);
  if (!isOurs) {
    const foreign = (await exists(markdown)) ? markdown : await foreignPage(page);
    if (foreign === undefined) return [];
    throw new UsageError(
      said`'${foreign}' is no report of this program: it would be replaced. Name another folder with ${setting('out')}, or move it away.`,
      { code: 'folder-taken' },
    );
  }
  const series = new Set(shown.map(seriesOf).filter((one) => one !== undefined));
  const there = await namesIn(join(out, figuresFolder));
  return there.filter((name) => shown.includes(name) || series.has(seriesOf(name) ?? ''));
}

async function foreignPage(page: string): Promise<string | undefined> {
  if (!(await exists(page))) return undefined;
  return (await readText(page, byteLimits.lines)).includes('Made with Atelier') ? undefined : page;
}

/** What the names of the sheets of one layer have in common; undefined for other pictures. */
function seriesOf(name: string): string | undefined {
  return /^(.*-image-)\d{5}\.png$/.exec(name)?.[1];
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw fileProblem('list', folder, error);
  }
}
