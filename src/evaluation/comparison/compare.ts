import { setImmediate as othersTurn } from 'node:timers/promises';
import { summarize } from '../../../graphs/models/summary.ts';
import type { Context } from '../../context.ts';
import { AtelierError } from '../../errors.ts';
import type { Experiment } from '../../experiment.ts';
import { bestEpoch } from '../../training/history.ts';
import type { WorkObserver } from '../../work-observer.ts';
import type { Majority } from '../metrics.ts';
import { modelOfRun } from '../model-of-run.ts';
import type { PublishedComparison } from './against-published.ts';
import { appliedExperiment } from './applied-experiment.ts';
import { type Baseline, defaultBaseline, namedBaseline } from './baseline.ts';
import type { Claims } from './claim.ts';
import { caveatsOf, type Statement, statementsOn } from './conclusions.ts';
import type { EvaluatedRun } from './evaluated-run.ts';
import { apartBecause, groupRuns, type RunGroup } from './groups.ts';
import { type Departure, heldAgainst } from './held-against.ts';
import { comparePair, defaultResamples, type PairComparison, type Resampling, SharedResamples } from './pair.ts';
import { type RunScores, runScores } from './run-scores.ts';
import { seedChance } from './seed-chance.ts';
import { type SeedSpread, seedSpreads } from './seed-spread.ts';

export interface ComparisonOptions extends Resampling {
  /** The run that all others are held against, by folder, name or label. Default: the one of the lowest validation loss. */
  readonly baseline?: string | undefined;
  /** Whether each run is held against each other one. Default: only against the baseline. */
  readonly allPairs?: boolean | undefined;
  /** The models that they are runs of; without, the numbers of parameters are left out. */
  readonly models?: Context['models'];
  /** Is told of the resamples that are drawn and of the pairs that are compared. */
  readonly observer?: WorkObserver | undefined;
}

/** One run of a comparison in a few numbers. */
export interface ComparedRun extends Omit<RunScores, 'classes'> {
  readonly label: string;
  readonly name: string;
  readonly path: string;
  readonly model: string;
  readonly seed: number;
  readonly epochs: number;
  /** Null without a history. */
  readonly bestEpoch: number | null;
  readonly loss: number;
  /** Null where the models are not known. */
  readonly parameters: number | null;
  /** Of training, all epochs together; null without a history. */
  readonly seconds: number | null;
}

export type StatedPair = PairComparison & { readonly statements: readonly Statement[] };

/** Runs side by side that answered to the same images: plain data. */
export interface GroupComparison {
  readonly data: string;
  readonly split: string;
  readonly checkpoint: string;
  /** Images. */
  readonly count: number;
  readonly runs: readonly ComparedRun[];
  /** What always answering the most frequent class of these images comes to. */
  readonly majority: Majority;
  /** What the pairs begin with; null with a single run, and where all pairs were asked for. */
  readonly baseline: Baseline | null;
  /** Every run with the baseline or with every later one. */
  readonly pairs: readonly StatedPair[];
  readonly seedSpreads: readonly SeedSpread[];
  /** Runs of the experiment's models that are not of its recipes. */
  readonly departures: readonly Departure[];
  /** Empty where nothing was published on these models, or `publishedOmitted` says why. */
  readonly published: readonly PublishedComparison[];
  readonly publishedOmitted: string | null;
  /** Null where no original report's claims are known. */
  readonly claims: Claims | null;
  readonly caveats: readonly string[];
  /** What the intervals and randomization tests were drawn with. */
  readonly resampling: { readonly seed: number; readonly resamples: number };
}

/** Runs of another subject, which none of the others can be held against. */
export interface ApartGroup extends GroupComparison {
  /** In what they differ. */
  readonly why: string;
}

/** The largest group of runs that can be compared, and all others. */
export interface Comparison extends GroupComparison {
  readonly apart: readonly ApartGroup[];
}

/**
 * Compares runs: their scores, each with the baseline, and all with the numbers and claims of the experiment's original
 * report. Runs that answered to other images, or are of other data, stand in groups of their own.
 *
 * @param runs as `loadRuns` gives them
 * @param experiment what they may be runs of; one that is about other data or models is left out
 * @throws AtelierError where there are fewer than two; UsageError where the baseline is none of them
 */
export async function compareRuns(
  runs: readonly EvaluatedRun[],
  experiment: Experiment | null,
  options: ComparisonOptions = {},
): Promise<Comparison> {
  const [main, ...others] = groupRuns(runs);
  if (main === undefined || runs.length < 2)
    throw new AtelierError(`internal: ${runs.length} runs to compare, expected at least two`);
  const wanted = options.baseline === undefined ? undefined : namedBaseline(runs, options.baseline);
  const subject = { experiment, options, wanted };
  const apart: ApartGroup[] = [];
  const compared = await compareGroup(main, subject);
  for (const group of others) apart.push({ ...(await compareGroup(group, subject)), why: apartBecause(group, main) });
  return { ...compared, apart };
}

interface Subject {
  readonly experiment: Experiment | null;
  readonly options: ComparisonOptions;
  /** The baseline that was asked for. */
  readonly wanted: EvaluatedRun | undefined;
}

/** Compares runs that are about the same. */
async function compareGroup(group: RunGroup, { experiment, options, wanted }: Subject): Promise<GroupComparison> {
  const [first] = group;
  const applied = appliedExperiment(group, experiment);
  const resampling = { seed: options.seed ?? 0, resamples: options.resamples ?? defaultResamples };
  const known = new Map<string, PairComparison>();
  const work = `comparing ${group.length} runs`;
  const shared = group.length < 2 ? undefined : await drawn(group, resampling, options.observer);
  const compared = (one: EvaluatedRun, other: EvaluatedRun): PairComparison => {
    const key = JSON.stringify([one.label, other.label]);
    const pair = known.get(key) ?? comparePair(one, other, resampling, seedChance(group, one, other), shared);
    known.set(key, pair);
    return pair;
  };
  const baseline = baselineOf(group, options.allPairs ?? false, wanted);
  const named = pairsOf(group, baseline?.run ?? null);
  const pairs: PairComparison[] = [];
  for (const pair of named) {
    options.observer?.progress?.({ work, done: pairs.length, total: named.length, unit: 'pairs' });
    pairs.push(compared(...pair));
    await othersTurn();
  }
  const spreads = seedSpreads(group);
  const { split, checkpoint, count, majority } = first.metrics;
  return {
    data: first.config.data.title,
    split,
    checkpoint,
    count,
    runs: await Promise.all(group.map((run) => comparedRun(run, options.models))),
    majority,
    baseline: baseline && { label: baseline.run.label, reason: baseline.reason },
    pairs: pairs.map((pair) => ({ ...pair, statements: statementsOn(pair) })),
    seedSpreads: spreads,
    ...(await heldAgainst(group, applied, compared)),
    caveats: caveatsOf(group, {
      pairs: pairs.length,
      resamples: resampling.resamples,
      seeds: spreads.length > 0,
      seedVariation: applied?.seedVariation,
    }),
    resampling,
  };
}

/** Images looked at between two turns of the event loop: a few milliseconds. */
const imagesATurn = 500_000;

/** The resamples that all pairs of a group share. Others have their turn meanwhile. */
async function drawn(
  group: RunGroup,
  resampling: Resampling,
  observer: WorkObserver | undefined,
): Promise<SharedResamples> {
  const shared = new SharedResamples(group, resampling);
  for (let { progress } = shared; progress.done < progress.total; { progress } = shared) {
    observer?.progress?.({ work: 'drawing resamples', ...progress, unit: '' });
    shared.draw(imagesATurn);
    await othersTurn();
  }
  return shared;
}

/** The run that the others of a group are held against; null where there is none to hold, or all pairs are wanted. */
function baselineOf(group: RunGroup, allPairs: boolean, wanted: EvaluatedRun | undefined) {
  if (group.length < 2 || allPairs) return null;
  if (wanted !== undefined && group.includes(wanted)) return { run: wanted, reason: 'as asked for' };
  // Two runs are one pair: the first is what the second is held against.
  if (group.length === 2) return { run: group[0], reason: 'the first of two' };
  return defaultBaseline(group);
}

/** Each run with the baseline; without one, with each later run. */
function pairsOf(group: RunGroup, baseline: EvaluatedRun | null): readonly (readonly [EvaluatedRun, EvaluatedRun])[] {
  if (baseline !== null) return group.flatMap((run) => (run === baseline ? [] : [[baseline, run] as const]));
  return group.flatMap((one, index) => group.slice(index + 1).map((other) => [one, other] as const));
}

async function comparedRun(run: EvaluatedRun, models: Context['models'] | undefined): Promise<ComparedRun> {
  const { label, name, path, config, history, metrics } = run;
  const { classes: _, ...scores } = runScores(metrics);
  return {
    label,
    name,
    path,
    model: config.model,
    seed: config.recipe.seed,
    epochs: history.length,
    bestEpoch: bestEpoch(history)?.epoch ?? null,
    loss: metrics.loss,
    parameters: models === undefined ? null : summarize(await modelOfRun(path, config, { models })).parameters,
    seconds: history.length === 0 ? null : history.reduce((total, { seconds }) => total + seconds, 0),
    ...scores,
  };
}
