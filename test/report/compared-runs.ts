import { join } from 'node:path';
import type { EvaluatedRun } from '../../src/evaluation/comparison/evaluated-run.ts';
import { loadRuns } from '../../src/evaluation/comparison/load-runs.ts';
import { scratchFolder } from '../files/scratch.ts';
import { context } from '../models.ts';
import { type Answer, type FakeRun, writeFakeRun } from './fake-runs.ts';

const options = { split: 'test', checkpoint: 'best', threads: 1 } as const;

/** Evaluated runs of such answers, loaded as a comparison loads them. */
export async function runsOf(...fakes: readonly FakeRun[]): Promise<readonly EvaluatedRun[]> {
  const folder = scratchFolder();
  const paths = fakes.map((fake, index) => writeFakeRun(join(folder, `run${index}`), fake));
  return loadRuns(paths, options, context);
}

/** `count` images of each class, all right but for these. */
export function rightBut(
  count: number,
  ...wrong: readonly (readonly [truth: number, predicted: number, images: number])[]
) {
  const answers: Answer[] = [];
  for (let truth = 0; truth < 10; truth += 1) {
    const mistakes = wrong
      .filter(([of]) => of === truth)
      .flatMap(([, to, images]) => new Array<number>(images).fill(to));
    for (let image = 0; image < count; image += 1) answers.push([truth, mistakes[image] ?? truth]);
  }
  return answers;
}

/** Numbers of classes. */
export const [dress, coat, pullover, shirt, trouser] = [3, 4, 2, 6, 1];
export const { experiment } = context;

/** Few enough for a test. */
export const fast = { resamples: 400 };
