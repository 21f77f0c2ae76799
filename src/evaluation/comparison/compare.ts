import { AtelierError } from '../../errors.ts';
import type { Experiment } from '../../experiment.ts';
import type { Majority } from '../metrics.ts';
import { againstPublished, type PublishedComparison, publishedObstacle } from './against-published.ts';
import { appliedExperiment } from './applied-experiment.ts';
import type { Claims } from './claim.ts';
import { caveatsOf, type Statement, statementsOn } from './conclusions.ts';
import { bestEpoch, type EvaluatedRun } from './evaluated-run.ts';
import { type ComparisonOptions, comparePair, defaultResamples, type PairComparison } from './pair.ts';
import { type RunScores, runScores } from './run-scores.ts';
import { type SeedSpread, seedSpreads } from './seed-spread.ts';

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
}

/** Runs side by side: plain data. */
export interface Comparison {
  readonly split: string;
  readonly checkpoint: string;
  /** Images. */
  readonly count: number;
  readonly runs: readonly ComparedRun[];
  /** What always answering the most frequent class of these images comes to. */
  readonly majority: Majority;
  /** Every run with every later one. */
  readonly pairs: readonly (PairComparison & { readonly statements: readonly Statement[] })[];
  readonly seedSpreads: readonly SeedSpread[];
  /** Empty where nothing was published on these models, or `publishedOmitted` says why. */
  readonly published: readonly PublishedComparison[];
  readonly publishedOmitted: string | null;
  /** Null where no original report's claims are known. */
  readonly claims: Claims | null;
  readonly caveats: readonly string[];
  /** What the intervals and randomization tests were drawn with. */
  readonly resampling: { readonly seed: number; readonly resamples: number };
}

/**
 * Compares runs: their scores, each pair of them, and all with the numbers and claims of the experiment's original report.
 *
 * @param runs as `loadRuns` gives them
 * @param experiment what they may be runs of; one that is about other data or models is left out
 * @throws AtelierError where there are fewer than two, or they answered to different images
 */
export async function compareRuns(
  runs: readonly EvaluatedRun[],
  experiment: Experiment | null,
  options: ComparisonOptions = {},
): Promise<Comparison> {
  const applied = appliedExperiment(runs, experiment);
  const seedVariation = applied?.seedVariation;
  const resampling = { seed: options.seed ?? 0, resamples: options.resamples ?? defaultResamples };
  const [first] = runs;
  if (first === undefined || runs.length < 2) {
    throw new AtelierError(`internal: ${runs.length} runs to compare, expected at least two`);
  }
  const pairs = runs.flatMap((one, index) =>
    runs.slice(index + 1).map((other) => {
      const pair = comparePair(one, other, resampling);
      return { ...pair, statements: statementsOn(pair, { seedVariation }) };
    }),
  );
  const report = applied?.published;
  const obstacle = report && publishedObstacle(runs, report);
  const { split, checkpoint, count } = first.metrics;
  return {
    split,
    checkpoint,
    count,
    runs: runs.map(comparedRun),
    majority: first.metrics.majority,
    pairs,
    seedSpreads: seedSpreads(runs),
    published:
      report === undefined || obstacle !== undefined
        ? []
        : runs.flatMap((run) => againstPublished(run, runScores(run.metrics), report) ?? []),
    publishedOmitted: obstacle === undefined ? null : `The report's numbers are left out: ${obstacle}.`,
    claims: (await applied?.claims?.(runs, pairs)) ?? null,
    caveats: caveatsOf(runs, { pairs: pairs.length, resamples: resampling.resamples, seedVariation }),
    resampling,
  };
}

function comparedRun({ label, name, path, config, history, metrics }: EvaluatedRun): ComparedRun {
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
    ...scores,
  };
}
