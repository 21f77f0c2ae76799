import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

/** Every file below a folder with its sha256 but for the times that it tells, and every folder, by their paths in it. */
export type Tree = Readonly<Record<string, string>>;

/** sha256 of a file. */
export function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** ISO's, as files that tell when they were written have them. */
const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/g;
/** How long something took, in JSON. */
const duration = /"seconds": [\d.e+-]+/g;
const mayTellTheTime = /\.(json|md|html)$/;
/** ONNX Runtime writes the same model as other bytes each time: of these files the length stands for the content. */
const neverTheSame = /\.ort$/;

function timelessContent(path: string): string {
  if (neverTheSame.test(path)) return `${statSync(path).size} bytes`;
  if (!mayTellTheTime.test(path)) return sha256(path);
  let text = readFileSync(path, 'utf8').replaceAll(time, 'TIME').replaceAll(duration, '"seconds": 0');
  if (basename(path) === 'export.json') text = withoutHashes(text, dirname(path));
  return createHash('sha256').update(text).digest('hex');
}

/** What lists files with their hashes, without those of files that have these hashes and never the same bytes. */
function withoutHashes(list: string, folder: string): string {
  const unstable = readdirSync(folder).filter((name) => neverTheSame.test(name));
  return unstable.reduce((text, name) => text.replaceAll(sha256(join(folder, name)), 'ITS HASH'), list);
}

/** A folder that does not exist holds nothing. */
export function treeOf(folder: string): Tree {
  if (!existsSync(folder)) return {};
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return [relative(folder, path), entry.isFile() ? timelessContent(path) : 'a folder'] as const;
  });
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** What of one tree is not so in another, a sentence each. */
export function differences(found: Tree, expected: Tree): readonly string[] {
  const paths = [...new Set([...Object.keys(found), ...Object.keys(expected)])].sort();
  return paths.flatMap((path) => {
    if (found[path] === expected[path]) return [];
    if (found[path] === undefined) return [`'${path}' is missing`];
    return [expected[path] === undefined ? `'${path}' is left over` : `'${path}' has other content`];
  });
}

/** Temporary names of what is written aside, and locks: the next run removes them. */
const aside = /(\.\d+-\d+\.partial|\.lock(\.takeover)?)$/;

/** Whether a file is one that is written aside, or a lock. */
export function isAside(path: string): boolean {
  return aside.test(path);
}

/** Records of what is being written into a folder: while they are, they say that. */
const records = /(^|\/)(export|figures)\.json$/;

/** Files that are neither as they were before a command nor as they shall be after it, a sentence each. */
export function damage(found: Tree, before: Tree, after: Tree): readonly string[] {
  const lost = Object.keys(before).filter((path) => found[path] === undefined && after[path] !== undefined);
  const wrong = Object.keys(found).filter(
    (path) => ![before[path], after[path]].includes(found[path]) && !isAside(path) && !records.test(path),
  );
  return [...lost.map((path) => `'${path}' is lost`), ...wrong.map((path) => `'${path}' is neither old nor new`)];
}

/** Without what is left of runs that were being removed: they are gone, and the next removal deletes it. */
export function withoutRemoved(tree: Tree): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([path]) => !path.startsWith('.removed-')));
}
