import { resolve } from 'node:path';
import { UsageError } from '../../errors.ts';
import { said, setting } from '../../message.ts';
import { bestEpoch } from '../../training/history.ts';
import type { EvaluatedRun } from './evaluated-run.ts';
import { score } from './words.ts';

/** The run that all others are held against. */
export interface Baseline {
  readonly label: string;
  /** How it came to be the one. */
  readonly reason: string;
}

/** The lowest validation loss of a run; undefined where none is known. */
export function validationLoss({ history }: Pick<EvaluatedRun, 'history'>): number | undefined {
  const loss = bestEpoch(history.filter(({ validation }) => Number.isFinite(validation.loss)))?.validation.loss;
  return loss;
}

/**
 * The run that is meant by a folder, a name or a label.
 *
 * @throws UsageError where there is none, or several
 */
export function namedBaseline(runs: readonly EvaluatedRun[], wanted: string): EvaluatedRun {
  const byPath = runs.filter(({ path }) => resolve(path) === resolve(wanted));
  const found = byPath.length > 0 ? byPath : runs.filter(({ name, label }) => wanted === name || wanted === label);
  const [one] = found;
  if (one !== undefined && found.length === 1) return one;
  const names = runs.map(({ name }) => name).join(', ');
  throw new UsageError(
    said`${setting('baseline')}: expected one of the runs that are compared (${names}), got '${wanted}'${found.length > 1 ? ', which several are called: give its folder' : ''}.`,
    { code: 'unknown-name' },
  );
}

/** The run of the lowest validation loss: it was not chosen by the images that it is judged on. */
export function defaultBaseline(runs: readonly [EvaluatedRun, ...(readonly EvaluatedRun[])]): {
  readonly run: EvaluatedRun;
  readonly reason: string;
} {
  const [first] = runs;
  const known = runs.flatMap((run) => {
    const loss = validationLoss(run);
    return loss === undefined ? [] : [{ run, loss }];
  });
  const [best] = known.toSorted((a, b) => a.loss - b.loss);
  if (best === undefined) return { run: first, reason: 'the first one, for no run has a history' };
  return { run: best.run, reason: `the lowest validation loss, ${score(best.loss)}` };
}
