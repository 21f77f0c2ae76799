import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, UsageError } from '../errors.ts';
import { fileProblem } from '../files/problems.ts';
import { call, said } from '../message.ts';

/** Where everything produced goes, below the current folder. */
export const runsDirectory = join('artifacts', 'runs');

/** The files of a run folder. */
export class RunFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get config(): string {
    return join(this.path, 'config.json');
  }
  /** Is there where the model is not of the catalogue. */
  get network(): string {
    return join(this.path, 'network.json');
  }
  get graphs(): string {
    return join(this.path, 'graphs');
  }
  get history(): string {
    return join(this.path, 'history.jsonl');
  }
  get log(): string {
    return join(this.path, 'log.ndjson');
  }
  get checkpoints(): string {
    return join(this.path, 'checkpoints');
  }
  /** Is there where the run diverged. */
  get divergence(): string {
    return join(this.path, 'diverged.json');
  }
  get profile(): string {
    return join(this.path, 'profile');
  }
  get figures(): string {
    return join(this.path, 'figures');
  }
  checkpoint(which: 'best' | 'last'): string {
    return join(this.checkpoints, `${which}.safetensors`);
  }
  /** Two checkpoints have two places: `evaluation/test` is of the best one, `evaluation/test-last` of the last. */
  evaluation(split: string, checkpoint: 'best' | 'last'): string {
    return join(this.path, 'evaluation', checkpoint === 'best' ? split : `${split}-${checkpoint}`);
  }
}

/** True where something is at the path. */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw fileProblem('look at', path, error);
  }
}

/** All run folders below `directory`, oldest name first; none where it does not exist. */
export async function listRuns(directory: string = runsDirectory): Promise<readonly RunFolder[]> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw fileProblem('list', directory, error);
  }
  const runs = names.sort().map((name) => new RunFolder(join(directory, name)));
  // What cannot be looked at (links in a circle, say) is listed: whoever reads it says so, and goes on with the others.
  const found = await Promise.all(runs.map((run) => exists(run.config).catch(() => true)));
  return runs.filter((_, i) => found[i]);
}

/** Throws UsageError, with the way out, where a path is no run folder. */
export async function requireRun(path: string): Promise<RunFolder> {
  const run = new RunFolder(path);
  if (await exists(run.config)) return run;
  const runs = (await listRuns()).map((other) => other.path);
  throw new UsageError(
    said`'${path}' is no run folder (it has no config.json). ${runs.length > 0 ? `There are: ${runs.join(', ')}.` : said`Train one first: ${call('train')}.`}`,
    { code: 'no-such-run' },
  );
}
