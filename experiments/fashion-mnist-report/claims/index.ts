import { publishedObstacle } from '../../../src/evaluation/comparison/against-published.ts';
import type { Claims } from '../../../src/evaluation/comparison/claim.ts';
import type { EvaluatedRun } from '../../../src/evaluation/comparison/evaluated-run.ts';
import type { PairComparison } from '../../../src/evaluation/comparison/pair.ts';
import { listed } from '../../../src/evaluation/comparison/words.ts';
import type { Recipe } from '../../../src/recipe/schema.ts';
import { published } from '../published.ts';
import { recipe1, recipe2 } from '../recipes.ts';
import { claimConfusions } from './confusions.ts';
import { claimBetterOverall, claimRecall, claimShapes } from './scores.ts';
import { claimDepth, claimPlateau, claimSeeds } from './training.ts';

/**
 * Checks the seven claims of the report. Those that compare the models are judged by one run of each, that of the recipe's own
 * seed where there is one; those about training by all of them.
 *
 * @param runs of the recipes, in their one order
 * @param compare the comparison of two of them, difference = second - first
 */
export function checkClaims(
  runs: readonly EvaluatedRun[],
  compare: (first: EvaluatedRun, second: EvaluatedRun) => PairComparison,
): Claims {
  const first = judgedRun(runs, 'm1', recipe1);
  const second = judgedRun(runs, 'm2', recipe2);
  const omitted = (why: string): Claims => ({ checks: [], basis: `The report's claims are left out: ${why}.` });
  if (first === undefined || second === undefined) {
    const models = [...new Set(runs.map(({ config }) => config.model))];
    return omitted(
      `they compare Model 1 (m1) with Model 2 (m2), and these are runs of ${models.length === 0 ? 'neither' : `${listed(models)} only`}`,
    );
  }
  const obstacle = publishedObstacle(runs, published);
  if (obstacle !== undefined) return omitted(obstacle);
  const pair = compare(first, second);
  const others = runs.length > 2 ? '; claims 5 and 6 by all runs' : '';
  return {
    checks: [
      claimBetterOverall(pair),
      claimRecall(pair),
      claimShapes(pair),
      claimConfusions(first, second),
      claimSeeds(runs),
      claimPlateau(runs),
      claimDepth(first, second, pair),
    ],
    basis: `Judged by ${first.label} and ${second.label}${others}. "Supported" is about these networks and these images.`,
  };
}

function judgedRun(runs: readonly EvaluatedRun[], model: string, { seed }: Recipe): EvaluatedRun | undefined {
  const own = runs.filter(({ config }) => config.model === model);
  return own.find(({ config }) => config.recipe.seed === seed) ?? own[0];
}
