import { UsageError } from '../../errors.ts';
import { joined, said, setting } from '../../message.ts';
import type { Recipe, ScheduleRecipe } from '../../recipe/schema.ts';
import { isValues, show } from '../../recipe/values.ts';
import type { RunLabels } from './labels.ts';
import type { RunConfig } from './run-config.ts';

/** What is compared before a run is resumed: its configuration without what says only when and from what it began. */
export type ResumeConfig = Omit<
  RunConfig,
  'schema' | 'git' | 'created' | 'initFrom' | 'initWeights' | 'initTensors' | keyof RunLabels
>;

/**
 * - refused: the run would no longer be the one that was begun;
 * - warned: it may go on, but not bit for bit as it would have;
 * - allowed: only how long or how safely it goes on changes.
 */
export type Verdict = 'refused' | 'warned' | 'allowed';

export interface Difference {
  /** The path in config.json, without `recipe` in front: `seed`, `optimizer.lr`, `limits.train`. */
  readonly key: string;
  readonly verdict: Verdict;
  /** `seed: 42 in the run, 7 requested`. */
  readonly text: string;
}

/** Keys and groups of keys that may differ where a run is resumed, beside `epochs`, which may grow. All others may not. */
export const mayDiffer: Readonly<Record<string, Exclude<Verdict, 'refused'>>> = {
  earlyStop: 'allowed',
  'limits.maxSteps': 'allowed',
  checkpointEvery: 'allowed',
  'device.requested': 'allowed',
  'data.name': 'allowed', // the fingerprint is what counts
  'data.title': 'allowed',
  'data.origin.path': 'allowed',
  'device.used': 'warned',
  threads: 'warned',
  engine: 'warned',
  target: 'warned',
  versions: 'warned',
};

/** Schedules whose whole curve depends on the number of epochs. */
const shapedByEpochs: readonly ScheduleRecipe['name'][] = ['cosine', 'one-cycle'];

/**
 * What differs between a run's configuration and the one with which it shall be resumed, key by key. `epochs` may grow
 * (with a warning where the schedule's curve depends on it), never shrink.
 */
export function describeDifferences(run: ResumeConfig, requested: ResumeConfig): readonly Difference[] {
  return differingPaths(comparable(run), comparable(requested), []).map(({ key, before, after }) => {
    const text = `${key}: ${show(before)} in the run, ${show(after)} requested`;
    if (key === 'epochs') return epochsDifference(text, run.recipe, requested.recipe);
    const verdict = Object.entries(mayDiffer).find(
      ([allowed]) => key === allowed || key.startsWith(`${allowed}.`),
    )?.[1];
    return { key, verdict: verdict ?? 'refused', text };
  });
}

/**
 * Refuses to resume a run with what would make it another run.
 *
 * @param folder the run folder, for the message
 * @returns warnings, one line each
 * @throws UsageError with a line for each refused difference
 */
export function checkResume(folder: string, run: ResumeConfig, requested: ResumeConfig): readonly string[] {
  const differences = describeDifferences(run, requested);
  const lines = (wanted: Verdict) => differences.filter(({ verdict }) => verdict === wanted).map(({ text }) => text);
  const refused = lines('refused');
  if (refused.length === 0) return lines('warned');
  const goOn = differences.some(({ key }) => key === 'data.fingerprint')
    ? said`Bring back the data set that it began with (${setting('data')}, ${setting('dataDirectory')})`
    : 'Leave these out';
  const advice = said`${goOn} to go on as it began, or start a new run (${setting('initFrom')} takes its parameters along).`;
  throw new UsageError(joined([`'${folder}' cannot be resumed as another run:`, ...refused, advice], '\n'), {
    code: 'not-the-same-run',
  });
}

/** The recipe's keys stand beside the others: none of them has the same name. */
function comparable({ recipe, ...config }: ResumeConfig): object {
  const { model, limits, checkpointEvery, threads, device, engine, target, data, versions } = config;
  return { ...recipe, model, limits, checkpointEvery, threads, device, engine, target, data, versions };
}

interface Differing {
  readonly key: string;
  readonly before: unknown;
  readonly after: unknown;
}

function differingPaths(before: unknown, after: unknown, path: readonly string[]): readonly Differing[] {
  if (isValues(before) && isValues(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => differingPaths(before[key], after[key], [...path, key]));
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  return [{ key: path.join('.'), before, after }];
}

function epochsDifference(text: string, run: Recipe, requested: Recipe): Difference {
  if (requested.epochs < run.epochs) return { key: 'epochs', verdict: 'refused', text: `${text}; it may only grow` };
  const { name } = run.schedule;
  if (!shapedByEpochs.includes(name)) return { key: 'epochs', verdict: 'allowed', text };
  return { key: 'epochs', verdict: 'warned', text: `${text}; the rest of schedule '${name}' takes another course` };
}
