import type { ClaimCheck } from '../evaluation/comparison/claims/claim.ts';
import { spreadText } from '../evaluation/comparison/seed-spread.ts';
import {
  classTable,
  pairTable,
  publishedClassTable,
  publishedScoreTable,
  publishedSentence,
} from '../evaluation/comparison/tables.ts';
import { capital } from '../evaluation/comparison/words.ts';
import type { ReportFigures } from './figures.ts';
import { bullets, escaped, markdownTable } from './markdown-parts.ts';
import type { Report } from './model.ts';

/** The runs against each other, against the original report and its claims; nothing with a single run. */
export function comparisonSections(
  { comparison }: Report,
  figures: ReportFigures,
  figure: (path: string | undefined, caption: string) => string,
): readonly string[] {
  if (comparison === null) return [];
  const { pairs, seedSpreads, published, publishedOmitted, claims, caveats } = comparison;
  const optional = (path: string | undefined, caption: string) => (path === undefined ? '' : figure(path, caption));
  const [firstPair] = pairs;
  return [
    '## Comparison',
    bullets(caveats.map(escaped)),
    optional(figures.scores, 'Accuracy and F1 of the runs'),
    optional(figures.classScores, 'Precision, recall and F1 of each class'),
    ...pairs.flatMap((pair) => [
      `### ${escaped(pair.second)} less ${escaped(pair.first)}`,
      markdownTable(pairTable(pair)),
      markdownTable(classTable(pair)),
      ...(pair === firstPair
        ? [
            optional(figures.recallDifferences, `Recall per class, ${pair.second} less ${pair.first}`),
            optional(figures.f1Differences, `F1 per class, ${pair.second} less ${pair.first}`),
          ]
        : []),
      'What these numbers say:',
      bullets(pair.statements.map(({ finding, text }) => `**${capital(finding)}**: ${escaped(text)}.`)),
    ]),
    ...(seedSpreads.length === 0
      ? []
      : ['### From seed to seed', bullets(seedSpreads.map((spread) => `${escaped(spreadText(spread))}.`))]),
    "## Against the original report's numbers",
    ...published.flatMap((one) => [
      `### ${escaped(one.label)}, this run and the report`,
      markdownTable(publishedScoreTable(one)),
      markdownTable(publishedClassTable(one)),
      escaped(publishedSentence(one)),
    ]),
    publishedOmitted === null ? '' : escaped(publishedOmitted),
    "## The original report's claims",
    escaped(claims.basis),
    ...claims.checks.map(claim),
  ];
}

function claim({ number, claim: text, verdict, parts, note }: ClaimCheck): string {
  const agreement = (agrees: boolean | null) => (agrees === null ? '' : agrees ? 'agrees, ' : 'disagrees, ');
  return [
    `### Claim ${number}: ${escaped(text)}`,
    `**${capital(verdict)}.**`,
    bullets(
      parts.map(({ statement, published, runs }) =>
        [
          `${escaped(capital(statement))}: **${runs.finding}**.`,
          `  - These runs: ${escaped(runs.text)}.`,
          `  - The report's own numbers: ${agreement(published.agrees)}${escaped(published.text)}.`,
        ].join('\n'),
      ),
    ),
    ...(note === null ? [] : [escaped(note)]),
  ].join('\n\n');
}
