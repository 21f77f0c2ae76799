import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../src/files/package-root.ts';

/** Runs a tool that `npm run build` consists of. Throws with what it says where it fails. */
export function build(tool: 'tsc' | 'vite', ...args: readonly string[]): void {
  const root = packageRoot();
  const path = join(root, 'node_modules', '.bin', tool);
  const { status, stdout, stderr, error } = spawnSync(path, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`${tool} cannot build the program, so it cannot be tested:\n${error?.message ?? stdout + stderr}`);
}
