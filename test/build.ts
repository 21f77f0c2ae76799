import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../src/files/package-root.ts';

type Part = 'program' | 'page';

/** What has been built, as projects that are tested at once are set up one after the other in one process. */
const done = new Set<string>(process.env['ATELIER_TEST_BUILT']?.split(' '));

/**
 * Builds parts of what the tests run, each once: what they test is what a person starts, and never an older build.
 *
 * @throws Error with what the tools say where they fail
 */
export function buildOnce(...parts: readonly Part[]): void {
  const missing = parts.filter((part) => !done.has(part));
  if (missing.length === 0) return;
  const root = packageRoot();
  run(root, [join(root, 'scripts', 'build.js'), ...missing]);
  for (const part of missing) done.add(part);
  process.env['ATELIER_TEST_BUILT'] = [...done].join(' ');
}

/** Runs a script to its end. Throws with what it says where it fails. */
export function run(cwd: string, args: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, { cwd, encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`the program cannot be tested: ${args.join(' ')}\n${error?.message ?? stdout + stderr}`);
}
