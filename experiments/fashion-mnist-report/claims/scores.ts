import { publishedEstimates } from '../../../src/evaluation/comparison/against-published.ts';
import {
  allOf,
  type ClaimCheck,
  type ClaimPart,
  type Finding,
  findingOf,
  untold,
} from '../../../src/evaluation/comparison/claim.ts';
import { type Estimate, independentDifference, proportion } from '../../../src/evaluation/comparison/intervals.ts';
import {
  type ClassComparison,
  type CorrectedDifference,
  isReal,
  type PairComparison,
} from '../../../src/evaluation/comparison/pair.ts';
import { listed, numberWord, points, pStatement, score } from '../../../src/evaluation/comparison/words.ts';
import { sum } from '../../../src/evaluation/confusion.ts';
import type { PublishedClass } from '../../../src/evaluation/published.ts';
import { published } from '../published.ts';

type Measure = 'recall' | 'f1';
const measureNames = { recall: 'recall', f1: 'F1' } as const;

/** Claim 1: Model 1 is better overall and in every class. */
export function claimBetterOverall(pair: PairComparison): ClaimCheck {
  const parts = [overall(pair), everyClass(pair)];
  return {
    number: 1,
    claim: 'Model 1 is better overall (92.72 against 91.37) and "across all classes".',
    verdict: allOf(parts),
    parts,
    note: null,
  };
}

/** Claim 2: Model 2 improves the recall of Dress and Bag. */
export function claimRecall(pair: PairComparison): ClaimCheck {
  return classClaim(2, 'Model 2 improves the recall of Dress and Bag.', pair, 'recall', ['Dress', 'Bag']);
}

/** Claim 3: Model 2 is better on classes that are told by their shape. */
export function claimShapes(pair: PairComparison): ClaimCheck {
  const claim = 'Model 2 is better on shape-driven classes: Trouser, Sneaker and Bag.';
  return classClaim(3, claim, pair, 'f1', ['Trouser', 'Sneaker', 'Bag']);
}

function classClaim(
  number: number,
  claim: string,
  pair: PairComparison,
  measure: Measure,
  classes: readonly string[],
): ClaimCheck {
  const parts = classes.map((name): ClaimPart => {
    const compared = pair.classes.find((one) => one.name === name);
    const theirs = publishedPair(name);
    const estimates = theirs.map((one) => publishedEstimates(one)[measure]);
    return {
      statement: `Model 2 has the higher ${measureNames[measure]} on ${name}`,
      published: {
        agrees: theirs[1][measure] > theirs[0][measure],
        text: `${score(theirs[0][measure])} -> ${score(theirs[1][measure])}${publishedInterval(estimates)}`,
      },
      runs: compared
        ? {
            finding: findingOf(compared[measure].difference, 1, isReal(compared[measure])),
            text: differenceText(compared[measure], pair.classes.length),
          }
        : { finding: untold, text: 'no such class' },
    };
  });
  return { number, claim, verdict: allOf(parts), parts, note: null };
}

function overall({ accuracy, macroF1, classes }: PairComparison): ClaimPart {
  const { m1, m2 } = published.models;
  const images = sum(m1.classes.map(({ support }) => support));
  const counts = [m1, m2].map((model) => proportion(Math.round(model.accuracy * images), images));
  return {
    statement: 'Model 1 has the higher accuracy',
    published: {
      agrees: m1.accuracy > m2.accuracy,
      text: `${score(m1.accuracy)} -> ${score(m2.accuracy)}${publishedInterval(counts)}`,
    },
    runs: {
      finding: findingOf(accuracy.difference, -1, isReal(accuracy)),
      text: `accuracy ${differenceText(accuracy, classes.length)}; macro F1 ${differenceText(macroF1, classes.length)}`,
    },
  };
}

/** A single class where Model 2 is really ahead refutes it; to show it takes all of them. */
function everyClass({ classes }: PairComparison): ClaimPart {
  const ahead = classes.filter(({ f1 }) => f1.difference > 0);
  const reallyAhead = ahead.filter(({ f1 }) => isReal(f1));
  const behind = classes.filter(({ f1 }) => f1.difference < 0 && isReal(f1));
  const finding: Finding =
    reallyAhead.length > 0 ? 'not supported' : behind.length === classes.length ? 'supported' : untold;
  const exceptions = published.models.m1.classes
    .map(({ name }) => ({ name, pair: publishedPair(name) }))
    .filter(({ pair: [one, other] }) => other.f1 > one.f1);
  return {
    statement: 'Model 1 has the higher F1 in every class',
    published: {
      agrees: exceptions.length === 0,
      text: `Model 2 is ahead in ${listed(
        exceptions.map(({ name, pair: [one, other] }) => `${name} (${score(one.f1)} -> ${score(other.f1)})`),
      )}`,
    },
    runs: {
      finding,
      text: [
        `Model 1 is ahead beyond chance in ${classList(behind)}`,
        `Model 2 is ahead in ${classList(ahead)}, beyond chance in ${classList(reallyAhead)}`,
      ].join('; '),
    },
  };
}

function classList(classes: readonly ClassComparison[]): string {
  if (classes.length === 0) return 'no class';
  return listed(classes.map(({ name, f1 }) => `${name} (F1 ${score(f1.first)} -> ${score(f1.second)})`));
}

/** @param classes how many tests a corrected difference is one of */
function differenceText(difference: PairComparison['accuracy'] | CorrectedDifference, classes: number): string {
  const { first, second, low, high } = difference;
  const p =
    'adjustedPValue' in difference
      ? `${pStatement(difference.adjustedPValue)} corrected for ${numberWord(classes)} classes`
      : pStatement(difference.pValue);
  return `${score(first)} -> ${score(second)}, ${points(difference.difference)} points (95 % interval ${points(low)} to ${points(high)}, ${p})`;
}

function publishedInterval([first, second]: readonly Estimate[]): string {
  const { interval } = first && second ? independentDifference(first, second) : { interval: null };
  if (interval === null) return '';
  const decided = interval.low > 0 || interval.high < 0 ? '' : ', which holds zero';
  return ` (as independent samples, 95 % interval ${points(interval.low)} to ${points(interval.high)} points${decided})`;
}

function publishedPair(name: string): readonly [PublishedClass, PublishedClass] {
  const none = { name, precision: 0, recall: 0, f1: 0, support: 0 };
  const of = (classes: readonly PublishedClass[]) => classes.find((one) => one.name === name) ?? none;
  return [of(published.models.m1.classes), of(published.models.m2.classes)];
}
