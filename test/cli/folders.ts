import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { sha256 } from '../../soak/tree.ts';

export { sha256 } from '../../soak/tree.ts';

/** An empty folder for the tests of one file, removed after the last of them. */
export function workFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-cli-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A copy of a folder, its files' times included. */
export function copyFolder(from: string, to: string): string {
  cpSync(from, to, { recursive: true, preserveTimestamps: true });
  return to;
}

/** Every file below a folder with its sha256, and every folder: equal where nothing was touched. */
export function contentOf(folder: string): Readonly<Record<string, string>> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return [path, entry.isFile() ? sha256(path) : 'a folder'] as const;
  });
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
