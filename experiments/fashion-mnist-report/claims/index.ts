import { publishedObstacle } from '../../../src/evaluation/comparison/against-published.ts';
import type { Claims } from '../../../src/evaluation/comparison/claim.ts';
import type { EvaluatedRun } from '../../../src/evaluation/comparison/evaluated-run.ts';
import type { PairComparison } from '../../../src/evaluation/comparison/pair.ts';
import { listed } from '../../../src/evaluation/comparison/words.ts';
import { published } from '../published.ts';
import { claimConfusions } from './confusions.ts';
import { claimBetterOverall, claimRecall, claimShapes } from './scores.ts';
import { claimDepth, claimPlateau, claimSeeds } from './training.ts';

/**
 * Checks the seven claims of the report. Those that compare the models are judged by the first run of each;
 * those about training by all of them.
 *
 * @param runs Model 1's before Model 2's
 * @param pairs the comparison of each pair of them, difference = second - first
 */
export function checkClaims(runs: readonly EvaluatedRun[], pairs: readonly PairComparison[]): Claims {
  const first = runs.find(({ config }) => config.model === 'm1');
  const second = runs.find(({ config }) => config.model === 'm2');
  const pair = pairs.find((one) => one.first === first?.label && one.second === second?.label);
  const omitted = (why: string): Claims => ({ checks: [], basis: `The report's claims are left out: ${why}.` });
  if (first === undefined || second === undefined || pair === undefined) {
    const models = [...new Set(runs.map(({ config }) => config.model))];
    return omitted(`they compare Model 1 (m1) with Model 2 (m2), and these are runs of ${listed(models)} only`);
  }
  const obstacle = publishedObstacle(runs, published);
  if (obstacle !== undefined) return omitted(obstacle);
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
