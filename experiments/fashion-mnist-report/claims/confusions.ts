import { allOf, type ClaimCheck, type ClaimPart, findingOf } from '../../../src/evaluation/comparison/claim.ts';
import type { EvaluatedRun } from '../../../src/evaluation/comparison/evaluated-run.ts';
import { significance } from '../../../src/evaluation/comparison/pair.ts';
import { pStatement } from '../../../src/evaluation/comparison/words.ts';
import { holm, mcnemarExact } from '../../../src/evaluation/statistics.ts';
import { type PairedPredictions, pairUp } from '../../../src/evaluation/statistics-paired.ts';

/** How often two classifiers take one of two classes for the other, on the same images. */
export interface MutualConfusion {
  /** Images of the two classes. */
  readonly images: number;
  readonly first: number;
  readonly second: number;
  /** Images that only the first, or only the second, takes for the other class. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** McNemar's exact test. */
  readonly pValue: number;
}

/** Counts the images of classes `a` and `b` that are taken for the other of them. */
export function mutualConfusion(pair: PairedPredictions, a: number, b: number): MutualConfusion {
  const counts = { images: 0, first: 0, second: 0, onlyFirst: 0, onlySecond: 0 };
  for (const [image, label] of pair.labels.entries()) {
    if (label !== a && label !== b) continue;
    const other = label === a ? b : a;
    const [byFirst, bySecond] = [pair.first[image] === other, pair.second[image] === other];
    counts.images += 1;
    if (byFirst) counts.first += 1;
    if (bySecond) counts.second += 1;
    if (byFirst && !bySecond) counts.onlyFirst += 1;
    if (bySecond && !byFirst) counts.onlySecond += 1;
  }
  return { ...counts, pValue: mcnemarExact(counts.onlyFirst, counts.onlySecond) };
}

const statements = [
  { statement: 'Model 2 confuses Dress and Coat less often', classes: ['Dress', 'Coat'], claimed: -1 },
  { statement: 'Model 1 confuses Pullover and Shirt less often', classes: ['Pullover', 'Shirt'], claimed: 1 },
] as const;

/** Claim 4: which model takes which classes for each other. */
export function claimConfusions(first: EvaluatedRun, second: EvaluatedRun): ClaimCheck {
  const pair = pairUp(first.predictions, second.predictions);
  const confusions = statements.map(({ statement, classes, claimed }) => {
    const [a, b] = classes.map((name) => pair.classNames.indexOf(name));
    return { statement, classes, claimed, ...mutualConfusion(pair, a ?? -1, b ?? -1) };
  });
  const adjusted = holm(confusions.map(({ pValue }) => pValue));
  const parts = confusions.map((found, index): ClaimPart => {
    const p = adjusted[index] ?? 1;
    return {
      statement: found.statement,
      published: { agrees: null, text: 'its tables do not say which class was taken for which' },
      runs: {
        finding: findingOf(found.second - found.first, found.claimed, p < significance),
        text:
          `of ${found.images} images of ${found.classes.join(' and ')}, Model 1 takes ${found.first} for the other class, ` +
          `Model 2 ${found.second} (${found.onlyFirst} only Model 1, ${found.onlySecond} only Model 2; ` +
          `${pStatement(p)} corrected for two pairs)`,
      },
    };
  });
  return {
    number: 4,
    claim: 'Model 2 confuses Dress and Coat less; Model 1 separates Pullover and Shirt better.',
    verdict: allOf(parts),
    parts,
    note: null,
  };
}
