import type { Dirent, Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, extname, join, resolve, sep } from 'node:path';
import { UsageError } from '../../errors.ts';
import { fileProblem } from '../../files/problems.ts';
import { thousands } from '../../text/numbers.ts';
import { oneLine } from '../../text/printable.ts';
import type { SplitName } from '../dataset.ts';
import { byCodePoints, type Listing, listPictures, type NamedPicture, partNamed } from './listing.ts';

/** Names of files that are taken for pictures, by their ends. */
const pictureEnds = ['.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.webp', '.avif', '.gif', '.tif', '.tiff', '.svg'];

/** Whether a file is taken for a picture by its name. */
export function isPictureName(name: string): boolean {
  return pictureEnds.includes(extname(name).toLowerCase());
}

/** What is not looked at, by what it is: `hidden file|hidden files`, of one and of several. */
type LeftOut = Map<string, number>;

/**
 * The pictures of a folder, as torchvision's ImageFolder takes them: a folder for each class, with pictures in it at any
 * depth; or such folders below `train`, `val` (`valid`, `validation`) and `test`. Classes are numbered in the order of their
 * names. Links are followed. What is hidden and what has no picture's name is left out and counted.
 *
 * @throws UsageError where folders of parts and others are mixed; AtelierError where there are no two classes with pictures,
 *   or a folder cannot be read
 */
export async function listFolder(path: string): Promise<Listing> {
  const root = resolve(path);
  const leftOut: LeftOut = new Map();
  const named: NamedPicture[] = [];
  for (const { name, folder, part } of await partsOf(root, leftOut)) {
    const { folders } = await contentOf(folder, leftOut, { filesAre: 'not in the folder of a class' });
    for (const className of folders) {
      const before = named.length;
      await collect(
        join(folder, className),
        [name, className].filter(Boolean).join('/'),
        [await realFolder(folder)],
        leftOut,
        (file, at) => named.push({ name: file, path: at, className, part }),
      );
      if (named.length === before)
        count(leftOut, 'folder of a class without pictures|folders of classes without pictures');
    }
  }
  const lines = [...leftOut].map(([what, number]) => `${thousands(number)} ${what.split('|')[number === 1 ? 0 : 1]}`);
  return listPictures({ kind: 'folder', path: root, title: basename(root), leftOut: lines }, named);
}

/** A folder that holds folders of classes. */
interface Part {
  /** What stands before the names of its pictures. */
  readonly name: string;
  readonly folder: string;
  readonly part: SplitName | null;
}

/** `train`, `val` and `test` where these are the folders; else the folder itself. */
async function partsOf(root: string, leftOut: LeftOut): Promise<readonly Part[]> {
  const { folders } = await contentOf(root, new Map(), {});
  const parts = folders.flatMap((name) => {
    const part = partNamed(name);
    return part === undefined ? [] : [{ name, folder: join(root, name), part }];
  });
  // A class of trains is no part: two parts have to be there, or nothing else.
  const isDivided = parts.length > 1 || (parts.length === 1 && folders.length === 1);
  if (!isDivided) return [{ name: '', folder: root, part: null }];
  const others = folders.filter((name) => partNamed(name) === undefined);
  if (others.length > 0)
    throw new UsageError(
      `'${root}' has the folders ${parts.map(({ name }) => name).join(', ')}, and ${oneLine(others.slice(0, 3).join(', '))}${others.length > 3 ? ', …' : ''} beside them: are these parts or classes? ` +
        'Put classes into folders of their own below each part, or move the others away.',
      { code: 'data-unsuited' },
    );
  await contentOf(root, leftOut, { filesAre: 'not in the folder of a class' });
  return parts;
}

/** Walks down a folder; `take` is given each picture's name and path. */
async function collect(
  folder: string,
  name: string,
  above: readonly string[],
  leftOut: LeftOut,
  take: (name: string, path: string) => void,
): Promise<void> {
  const real = await realFolder(folder);
  if (above.some((outer) => outer === real || outer.startsWith(real === sep ? sep : `${real}${sep}`)))
    return count(leftOut, 'link to a folder that it lies in|links to a folder that they lie in');
  const { files, folders } = await contentOf(folder, leftOut, {});
  for (const file of files) {
    if (isPictureName(file)) take(`${name}/${file}`, join(folder, file));
    else count(leftOut, endOf(file));
  }
  for (const inner of folders) await collect(join(folder, inner), `${name}/${inner}`, [...above, real], leftOut, take);
}

function endOf(file: string): string {
  const end = extname(file).toLowerCase();
  return /^\.\w{1,8}$/.test(end) ? `${end} file|${end} files` : 'other file|other files';
}

async function realFolder(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw fileProblem('read the folder of pictures', path, error);
  }
}

/** Names in a folder, in one order on every machine; links stand for what they lead to. */
async function contentOf(
  folder: string,
  leftOut: LeftOut,
  { filesAre }: { readonly filesAre?: string },
): Promise<{ readonly files: readonly string[]; readonly folders: readonly string[] }> {
  let entries: readonly Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw fileProblem('read the folder of pictures', folder, error);
  }
  const [files, folders]: [string[], string[]] = [[], []];
  for (const entry of entries) {
    if (entry.name.startsWith('.')) {
      count(leftOut, entry.isDirectory() ? 'hidden folder|hidden folders' : 'hidden file|hidden files');
      continue;
    }
    const found = entry.isSymbolicLink() ? await followed(join(folder, entry.name)) : entry;
    if (found === undefined) count(leftOut, 'link that leads nowhere|links that lead nowhere');
    else if (found.isDirectory()) folders.push(entry.name);
    else if (!found.isFile()) count(leftOut, 'pipe, socket or device|pipes, sockets and devices');
    else if (filesAre === undefined) files.push(entry.name);
    else count(leftOut, `file ${filesAre}|files ${filesAre}`);
  }
  return { files: files.sort(byCodePoints), folders: folders.sort(byCodePoints) };
}

async function followed(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined);
}

function count(leftOut: LeftOut, what: string): void {
  leftOut.set(what, (leftOut.get(what) ?? 0) + 1);
}
