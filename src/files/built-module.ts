import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AtelierError } from '../errors.ts';
import { packageRoot } from './package-root.ts';

/**
 * A module of this program as it runs: built, or, where a tool runs the sources, its source. Whoever imports it gets the very
 * module that the program has, with the same classes.
 *
 * @param name its path from the package's folder, without extension
 * @throws AtelierError where it has not been built
 */
export function runningModule(name: string): URL {
  return import.meta.url.endsWith('.ts') ? pathToFileURL(join(packageRoot(), `${name}.ts`)) : builtModule(name);
}

/**
 * A module of this program as it was built. A thread is given a file and runs it as it is, and Node cannot run these
 * TypeScript sources; where they are run by a tool that translates them on the way, as the tests do, it runs what was built
 * from them. Who runs the tests builds first; see vitest.config.ts.
 *
 * @param name its path from the package's folder, without extension
 * @throws AtelierError where it has not been built
 */
export function builtModule(name: string): URL {
  const path = join(packageRoot(), 'dist', ...`${name}.js`.split('/'));
  if (existsSync(path)) return pathToFileURL(path);
  throw new AtelierError(`internal: '${path}' is missing: the program has not been built. Run: npm run build`);
}
