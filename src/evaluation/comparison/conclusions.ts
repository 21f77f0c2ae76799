import type { Experiment } from '../../experiment.ts';
import { type Finding, untold } from './claim.ts';
import { type EvaluatedRun, incompleteness } from './evaluated-run.ts';
import {
  beyondImages,
  type ClassComparison,
  type CorrectedDifference,
  isReal,
  type PairComparison,
  type TestedDifference,
  withinSeeds,
} from './pair.ts';
import { capital, counted, listed, numberWord, points, pStatement, score } from './words.ts';

/** A sentence on what the numbers do or do not show. */
export interface Statement {
  readonly finding: Finding;
  readonly text: string;
}

/** What a pair's numbers support, what they speak against, and what they leave open. */
export function statementsOn(pair: PairComparison): readonly Statement[] {
  return [
    accuracyStatement(pair),
    macroStatement(pair),
    ...classStatements(pair, 'recall', 'recall'),
    ...classStatements(pair, 'f1', 'F1'),
    ...throughoutStatement(pair),
  ];
}

function accuracyStatement({ first, second, count, agreement, accuracy }: PairComparison): Statement {
  const figures =
    `${score(accuracy.first)} against ${score(accuracy.second)}, ${points(accuracy.difference)} points, 95 % interval ` +
    `${points(accuracy.low)} to ${points(accuracy.high)}; ${counted(agreement.onlyFirst, 'image')} right only in ${first}, ` +
    `${agreement.onlySecond} only in ${second}, McNemar ${pStatement(accuracy.pValue)}${seedText(accuracy)}`;
  if (!isReal(accuracy)) {
    return { finding: untold, text: `which of ${first} and ${second} is more accurate (${figures})` };
  }
  const [better, worse] = accuracy.difference > 0 ? [second, first] : [first, second];
  return {
    finding: 'supported',
    text: `${better} is more accurate than ${worse} on images like these ${count.toLocaleString('en')} (${figures})`,
  };
}

/** What is known about another seed, where it matters: the images tell the two apart. */
function seedText(difference: TestedDifference): string {
  if (difference.seedChance === null || !beyondImages(difference)) return '';
  const size = (100 * difference.seedChance).toFixed(2);
  return withinSeeds(difference)
    ? `; these images tell the two networks apart, but another seed changes up to ${size} points`
    : `; another seed changes up to ${size} points`;
}

function macroStatement({ first, second, macroF1 }: PairComparison): Statement {
  const figures = `${score(macroF1.first)} against ${score(macroF1.second)}, interval ${points(macroF1.low)} to ${points(macroF1.high)} points, randomization ${pStatement(macroF1.pValue)}${seedText(macroF1)}`;
  if (!isReal(macroF1)) {
    return { finding: untold, text: `which of ${first} and ${second} has the higher macro F1 (${figures})` };
  }
  const [better, worse] = macroF1.difference > 0 ? [second, first] : [first, second];
  return { finding: 'supported', text: `${better} has a higher macro F1 than ${worse} (${figures})` };
}

function classStatements(
  { first, second, classes }: PairComparison,
  measure: 'recall' | 'f1',
  name: string,
): readonly Statement[] {
  const of = (one: ClassComparison): CorrectedDifference => one[measure];
  const open = classes.filter((one) => !isReal(of(one)));
  const better = (run: string, sign: number): readonly Statement[] => {
    const found = classes.filter((one) => isReal(of(one)) && Math.sign(of(one).difference) === sign);
    if (found.length === 0) return [];
    const list = found.map((one) => `${one.name} (${points(of(one).difference)})`);
    return [{ finding: 'supported', text: `${run} has the higher ${name} in ${listed(list)}` }];
  };
  return [
    ...better(first, -1),
    ...better(second, 1),
    ...(open.length === 0
      ? []
      : [
          {
            finding: untold,
            text: `whose ${name} is higher in ${open.length === classes.length ? 'any class' : listed(open.map((one) => one.name))}`,
          } as const,
        ]),
  ];
}

/** Only where each model is really ahead somewhere: then neither is the better one in every class. */
function throughoutStatement({ first, second, classes }: PairComparison): readonly Statement[] {
  const signs = new Set(classes.filter(({ f1 }) => isReal(f1)).map(({ f1 }) => Math.sign(f1.difference)));
  if (!signs.has(1) || !signs.has(-1)) return [];
  return [{ finding: 'not supported', text: `that one of ${first} and ${second} is better in every class` }];
}

/** What the caveats are about. */
export interface CaveatSources {
  readonly pairs: number;
  readonly resamples: number;
  /** Whether some of the runs differ in their seeds only. */
  readonly seeds: boolean;
  /** What was measured elsewhere; undefined where nobody has. */
  readonly seedVariation: Experiment['seedVariation'];
}

/** How far the comparison reaches, in sentences. */
export function caveatsOf(
  runs: readonly EvaluatedRun[],
  { pairs, resamples, seeds, seedVariation }: CaveatSources,
): readonly string[] {
  const [first] = runs;
  const tests = numberWord(first?.metrics.classes.length ?? 0);
  const optimistic = {
    test: [],
    validation: [
      'The checkpoints were chosen by the loss on these validation images, so the scores are a little too high.',
    ],
    train: ['The networks were trained on these images: the scores say nothing about new ones.'],
  }[first?.metrics.split ?? 'test'];
  return [
    'Points are percentage points; a difference is the second run less the first. Their intervals are 95 % intervals from ' +
      `${counted(resamples, 'paired resample')} of the images. ` +
      'An interval that holds zero does not show that two runs are equal, only that these images cannot tell them apart.',
    `Intervals and p-values account for the choice of images, not for chance in training. ${seedCaveat(seeds, seedVariation)}`,
    `${capital(tests)} classes are ${tests} tests: p-values of classes are corrected by Holm, their intervals are not.`,
    ...(pairs > 1
      ? [`There are ${counted(pairs, 'pair')}, and no correction for that: about one pair in twenty differs by chance.`]
      : []),
    ...optimistic,
    ...runs.flatMap((run) => {
      const lacking = incompleteness(run);
      return lacking === undefined ? [] : [`${run.label} is not a whole run: ${lacking}.`];
    }),
  ];
}

/** What is known about chance in training: from these runs, from elsewhere, or nothing. */
function seedCaveat(seeds: boolean, elsewhere: CaveatSources['seedVariation']): string {
  if (seeds)
    return 'Of that, runs that differ in their seeds only tell: where a recipe has several, a difference counts only if it is more than another seed changes (95 %, Student).';
  const known =
    elsewhere === undefined
      ? ''
      : ` (${elsewhere.source}, it moves the accuracy by about ${(100 * elsewhere.value).toFixed(1)} points)`;
  return `No two of these runs differ in their seeds only, so what another seed changes is in none of these numbers${known}.`;
}
