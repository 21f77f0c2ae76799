import { UsageError } from '../../errors.ts';
import type { ClaimCheck } from '../../evaluation/comparison/claims/claim.ts';
import { type Comparison, compareRuns } from '../../evaluation/comparison/compare.ts';
import type { Statement } from '../../evaluation/comparison/conclusions.ts';
import { loadRuns } from '../../evaluation/comparison/evaluated-run.ts';
import { spreadText } from '../../evaluation/comparison/seed-spread.ts';
import {
  classTable,
  pairTable,
  publishedClassTable,
  publishedScoreTable,
  publishedSentence,
  scoreTable,
  type Table,
} from '../../evaluation/comparison/tables.ts';
import { capital } from '../../evaluation/comparison/words.ts';
import { threadsOf } from '../../training/environment.ts';
import type { Run } from '../command.ts';
import { formatTable } from '../output.ts';
import type { CompareOptions } from './compare.ts';

export const run: Run<CompareOptions> = async (
  { run: paths = [], split = 'test', checkpoint = 'best', dir, threads },
  { logger },
) => {
  if (paths.length < 2) {
    throw new UsageError(
      `compare: expected at least two run folders, got ${paths.length}. See: atelier compare --help`,
    );
  }
  const options = { split, checkpoint, dataDirectory: dir, threads: threadsOf(threads) };
  const comparison = compareRuns(await loadRuns(paths, options, logger));
  return { text: comparisonText(comparison), json: comparison };
};

/** The whole comparison for a terminal. */
function comparisonText(comparison: Comparison): string {
  const { split, checkpoint, count, runs, pairs, seedSpreads, published, publishedOmitted, claims, caveats } =
    comparison;
  const blocks = [
    `${count.toLocaleString('en')} ${split} images, ${checkpoint} checkpoints`,
    runs.map(({ label, path }) => `${label}: ${path}`).join('\n'),
    table(scoreTable(comparison)),
    ...pairs.flatMap((pair) => [
      heading(`${pair.second} less ${pair.first}`),
      table(pairTable(pair)),
      table(classTable(pair)),
      pair.statements.map(statementText).join('\n'),
    ]),
    ...(seedSpreads.length === 0 ? [] : [heading('From seed to seed'), seedSpreads.map(spreadText).join('\n')]),
    ...published.flatMap((one) => [
      heading(`${one.label} against the report`),
      table(publishedScoreTable(one)),
      table(publishedClassTable(one)),
      publishedSentence(one),
    ]),
    ...(publishedOmitted === null ? [] : [publishedOmitted]),
    ...(claims.checks.length === 0 ? [] : [heading("The report's claims")]),
    claims.basis,
    ...claims.checks.map(claimText),
    heading('How to read this'),
    caveats.map((caveat) => `- ${caveat}`).join('\n'),
  ];
  return blocks.join('\n\n');
}

function table({ header, rows }: Table): string {
  return formatTable(header, rows);
}

function heading(text: string): string {
  return `${text}\n${'='.repeat(text.length)}`;
}

function statementText({ finding, text }: Statement): string {
  return `${capital(finding)}: ${text}.`;
}

function claimText({ number, claim, verdict, parts, note }: ClaimCheck): string {
  const agreement = (agrees: boolean | null) => (agrees === null ? '' : agrees ? 'agrees: ' : 'disagrees: ');
  return [
    `${number}. ${claim}`,
    `   ${capital(verdict)}.`,
    ...parts.flatMap(({ statement, published, runs }) => [
      `   - ${capital(statement)}: ${runs.finding}.`,
      `       these runs: ${runs.text}`,
      `       the report: ${agreement(published.agrees)}${published.text}`,
    ]),
    ...(note === null ? [] : [`   ${note}`]),
  ].join('\n');
}
