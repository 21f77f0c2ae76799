import type { Comparison } from '../../evaluation/comparison/compare.ts';
import { spreadText } from '../../evaluation/comparison/seed-spread.ts';
import { publishedSentence, scoreTable } from '../../evaluation/comparison/tables.ts';
import { type Block, type Document, findings, type List, list, paragraph, type Section, table } from './document.ts';
import { pairName, pairTables, publishedTables } from './sections/comparison.ts';

/** A comparison by itself, for whoever asks for nothing else. */
export function comparisonDocument(comparison: Comparison): Document {
  const { split, checkpoint, count, runs, pairs, seedSpreads, published, publishedOmitted, claims, caveats } =
    comparison;
  const section = (id: string, title: string | null, ...blocks: readonly Block[]): Section => ({ id, title, blocks });
  return {
    title: null,
    runs: runs.map(({ label }) => label),
    summary: [
      paragraph(`${count.toLocaleString('en')} ${split} images, ${checkpoint} checkpoints`),
      bare(runs.map(({ label, path }) => `${label}: ${path}`)),
      table(scoreTable(comparison), { label: 'Scores of all runs' }),
    ],
    sections: [
      ...pairs.map((pair, index) =>
        section(`pair-${index}`, pairName(pair), ...pairTables(pair), findings(pair.statements)),
      ),
      ...(seedSpreads.length === 0 ? [] : [section('seeds', 'From seed to seed', bare(seedSpreads.map(spreadText)))]),
      ...published.map((one, index) =>
        section(
          `original-${index}`,
          `${one.label} against the report`,
          ...publishedTables(one),
          paragraph(publishedSentence(one)),
        ),
      ),
      ...(publishedOmitted === null ? [] : [section('original', null, paragraph(publishedOmitted))]),
      ...(claims === null
        ? []
        : [
            section('claims', claims.checks.length === 0 ? null : "The report's claims", paragraph(claims.basis), {
              kind: 'claims',
              checks: claims.checks,
            }),
          ]),
      section('reading', 'How to read this', list(caveats)),
    ],
  };
}

function bare(lines: readonly string[]): List {
  return { kind: 'list', items: lines.map((text) => ({ text })), bare: true };
}
