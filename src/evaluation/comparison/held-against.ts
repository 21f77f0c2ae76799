import type { Experiment } from '../../experiment.ts';
import { againstPublished, type PublishedComparison, publishedObstacle } from './against-published.ts';
import type { Claims } from './claim.ts';
import { departuresOf } from './departures.ts';
import type { EvaluatedRun } from './evaluated-run.ts';
import type { PairComparison } from './pair.ts';
import { runScores } from './run-scores.ts';
import { listed } from './words.ts';

/** A run of an experiment's model that is not of its recipe. */
export interface Departure {
  readonly label: string;
  /** `epochs 3, not 12` */
  readonly differences: readonly string[];
}

/** What runs come to beside the original report. */
export interface HeldAgainst {
  readonly departures: readonly Departure[];
  readonly published: readonly PublishedComparison[];
  readonly publishedOmitted: string | null;
  readonly claims: Claims | null;
}

/** Holds runs of the experiment's own recipes against its original report; what is not of its recipe is left out, and named. */
export async function heldAgainst(
  runs: readonly EvaluatedRun[],
  experiment: Experiment | null,
  compare: (first: EvaluatedRun, second: EvaluatedRun) => PairComparison,
): Promise<HeldAgainst> {
  if (experiment === null) return { departures: [], published: [], publishedOmitted: null, claims: null };
  const differing = runs.map((run) => ({ run, differences: departuresOf(run, experiment) }));
  const own = differing.flatMap(({ run, differences }) => (differences.length === 0 ? [run] : []));
  const departures = differing.flatMap(({ run: { label }, differences }) =>
    differences.length === 0 ? [] : [{ label, differences }],
  );
  return {
    departures,
    ...publishedOf(own, runs, experiment, departures),
    claims: await claimsOf(own, experiment, compare, departures),
  };
}

function publishedOf(
  own: readonly EvaluatedRun[],
  runs: readonly EvaluatedRun[],
  { published: report }: Experiment,
  departures: readonly Departure[],
): Pick<HeldAgainst, 'published' | 'publishedOmitted'> {
  if (report === undefined) return { published: [], publishedOmitted: null };
  const obstacle = publishedObstacle(runs, report);
  const omitted = (why: string) => `The report's numbers are left out: ${why}.`;
  if (obstacle !== undefined) return { published: [], publishedOmitted: omitted(obstacle) };
  const published = own.flatMap((run) => againstPublished(run, runScores(run.metrics), report) ?? []);
  const none = published.length === 0 && departures.length > 0;
  return {
    published,
    publishedOmitted: none ? omitted(`they are of its own recipes, and ${differ(departures)}`) : null,
  };
}

async function claimsOf(
  own: readonly EvaluatedRun[],
  experiment: Experiment,
  compare: (first: EvaluatedRun, second: EvaluatedRun) => PairComparison,
  departures: readonly Departure[],
): Promise<Claims | null> {
  if (experiment.claims === undefined) return null;
  const claims = await experiment.claims(own, compare);
  if (departures.length === 0) return claims;
  if (claims.checks.length === 0)
    return {
      checks: [],
      basis: `The report's claims are left out: they are about networks of its own recipes, and ${differ(departures)}.`,
    };
  return { ...claims, basis: `${claims.basis} Left out: ${differ(departures)}.` };
}

/** `Model 1 differs from them (epochs 3, not 12); …` */
function differ(departures: readonly Departure[]): string {
  return departedAlike(departures)
    .map(({ labels, text }) => `${listed(labels)} ${labels.length === 1 ? 'differs' : 'differ'} from them (${text})`)
    .join('; ');
}

/** Runs that depart in the same ways, together. */
export function departedAlike(
  departures: readonly Departure[],
): readonly { readonly labels: readonly string[]; readonly text: string }[] {
  const alike = new Map<string, string[]>();
  for (const { label, differences } of departures) {
    const text = differences.join('; ');
    alike.set(text, [...(alike.get(text) ?? []), label]);
  }
  return [...alike].map(([text, labels]) => ({ labels, text }));
}
