import { AtelierError } from '../../errors.ts';
import { againstPublished, type PublishedComparison, publishedObstacle } from './against-published.ts';
import { type Claims, checkClaims } from './claims/index.ts';
import { caveatsOf, type Statement, statementsOn } from './conclusions.ts';
import { bestEpoch, type EvaluatedRun } from './evaluated-run.ts';
import { type ComparisonOptions, comparePair, defaultResamples, type PairComparison } from './pair.ts';
import { type RunScores, runScores } from './scores.ts';
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
  /** Every run with every later one. */
  readonly pairs: readonly (PairComparison & { readonly statements: readonly Statement[] })[];
  readonly seedSpreads: readonly SeedSpread[];
  /** Empty where `publishedOmitted` says why. */
  readonly published: readonly PublishedComparison[];
  readonly publishedOmitted: string | null;
  readonly claims: Claims;
  readonly caveats: readonly string[];
  /** What the intervals and randomization tests were drawn with. */
  readonly resampling: { readonly seed: number; readonly resamples: number };
}

/**
 * Compares runs: their scores, each pair of them, with the report's numbers and with its claims.
 *
 * @param runs as `loadRuns` gives them: Model 1's before Model 2's
 * @throws AtelierError where there are fewer than two, or they answered to different images
 */
export function compareRuns(runs: readonly EvaluatedRun[], options: ComparisonOptions = {}): Comparison {
  const resampling = { seed: options.seed ?? 0, resamples: options.resamples ?? defaultResamples };
  const [first] = runs;
  if (first === undefined || runs.length < 2) {
    throw new AtelierError(`internal: ${runs.length} runs to compare, expected at least two`);
  }
  const pairs = runs.flatMap((one, index) =>
    runs.slice(index + 1).map((other) => {
      const pair = comparePair(one, other, resampling);
      return { ...pair, statements: statementsOn(pair) };
    }),
  );
  const obstacle = publishedObstacle(runs);
  const { split, checkpoint, count } = first.metrics;
  return {
    split,
    checkpoint,
    count,
    runs: runs.map(comparedRun),
    pairs,
    seedSpreads: seedSpreads(runs),
    published: obstacle === undefined ? runs.map((run) => againstPublished(run, runScores(run.metrics))) : [],
    publishedOmitted: obstacle === undefined ? null : `The report's numbers are left out: ${obstacle}.`,
    claims: checkClaims(runs, pairs),
    caveats: caveatsOf(runs, { pairs: pairs.length, resamples: resampling.resamples }),
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
