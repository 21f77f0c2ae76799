import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { packageRoot } from '../src/files/package-root.ts';
import { buildOnce, run } from './build.ts';
import { tiny } from './cli/settings.ts';
import { modelNames } from './models.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder with a run of each model, of one epoch of tiny sizes, by its name. To be read; who changes one copies it. */
    runs: string;
  }
}

/** Where the runs are, once there are any: projects that are tested at once share them. */
const variable = 'ATELIER_TEST_RUNS';

/**
 * Builds the program and its page, and trains each model for a second, once before the tests that need that.
 */
export function setup(project: TestProject): (() => void) | undefined {
  const present = process.env[variable];
  const runs = present ?? mkdtempSync(join(tmpdir(), 'atelier-runs-'));
  project.provide('runs', runs);
  if (present !== undefined) return undefined;
  process.env[variable] = runs;
  buildOnce('program', 'page');
  const entry = join(packageRoot(), 'dist', 'src', 'cli', 'main.js');
  for (const model of modelNames) run(runs, [entry, 'train', model, ...tiny, '--epochs', '1', '--run', model]);
  return () => rmSync(runs, { recursive: true, force: true });
}
