import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../src/files/package-root.ts';

/**
 * Builds the program once before the tests that run it as a process: what they test is what a person starts, and never an
 * older build. The build is incremental, so a fresh one costs a second.
 */
export function setup(): void {
  const root = packageRoot();
  const compiler = join(root, 'node_modules', '.bin', 'tsc');
  const { status, stdout, error } = spawnSync(compiler, ['-p', 'tsconfig.build.json'], { cwd: root, encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`the program does not compile, so it cannot be tested as a process:\n${error?.message ?? stdout}`);
}
