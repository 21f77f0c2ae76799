import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';
import { onTestFinished } from 'vitest';
import { packageRoot } from '../src/files/package-root.ts';

/**
 * A module of the sources as one that Node runs, for tests of whole processes; removed after the test. It lies below the
 * package, in which some look for what was built.
 *
 * @param entry its path from the package's folder
 * @returns its address
 */
export async function bundledModule(entry: string): Promise<string> {
  const ignored = join(packageRoot(), 'artifacts');
  mkdirSync(ignored, { recursive: true });
  const outDir = mkdtempSync(join(ignored, 'test-'));
  onTestFinished(() => rmSync(outDir, { recursive: true, force: true }));
  await build({
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    build: {
      ssr: join(packageRoot(), ...entry.split('/')),
      outDir,
      rolldownOptions: { output: { entryFileNames: 'module.js' } },
    },
  });
  return pathToFileURL(join(outDir, 'module.js')).href;
}
