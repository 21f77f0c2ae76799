import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../src/files/package-root.ts';

const entry = join(packageRoot(), 'dist', 'src', 'cli', 'main.js');

/** The call that a text names, and nothing after it. */
export function hintIn(text: string): string {
  const [, hint] = /(npx atelier [^\n`]*[^\n`.])/.exec(text) ?? [];
  if (hint === undefined) throw new Error(`no hint in: ${text}`);
  return hint;
}

/** Runs a hint as a person would paste it, with the program at hand. Throws where it fails. */
export function paste(hint: string, cwd: string): string {
  const script = `npx() { shift; '${process.execPath}' '${entry}' "$@"; }\n${hint}`;
  return execFileSync('bash', ['-c', script], { cwd, encoding: 'utf8', stdio: 'pipe' });
}
