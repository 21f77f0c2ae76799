import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../src/files/package-root.ts';

/** Builds the program once before the tests of its parts: the thread of an engine runs what was built. */
export function setup(): void {
  const root = packageRoot();
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts', 'build.js'), 'program'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the program cannot be built, so its parts cannot be tested:\n${stdout}${stderr}`);
}
