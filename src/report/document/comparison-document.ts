import type { ApartGroup, Comparison, GroupComparison } from '../../evaluation/comparison/compare.ts';
import { spreadText } from '../../evaluation/comparison/seed-spread.ts';
import { publishedSentence, scoreTable } from '../../evaluation/comparison/tables.ts';
import { listed } from '../../evaluation/comparison/words.ts';
import { type Block, type Document, findings, type List, list, paragraph, type Section, table } from './document.ts';
import { departureWarnings, pairName, pairsOverview, pairTables, publishedTables } from './sections/comparison.ts';

/** A comparison by itself, for whoever asks for nothing else: all that can be held against each other, then what stands apart. */
export function comparisonDocument(comparison: Comparison): Document {
  const { apart, runs } = comparison;
  const groups = groupSections(comparison, '');
  return {
    title: null,
    runs: [...runs, ...apart.flatMap((group) => group.runs)].map(({ label }) => label),
    summary: overview(comparison),
    sections: [
      ...groups,
      ...apart.flatMap((group, index): readonly Section[] => [
        section(`apart-${index}`, `Apart: ${listed(group.runs.map(({ label }) => label))}`, ...apartBlocks(group)),
        ...groupSections(group, `apart-${index}-`),
      ]),
    ],
  };
}

/** Why a group stands apart, and its runs. */
function apartBlocks(group: ApartGroup): readonly Block[] {
  return [paragraph(`Not compared with the runs above: ${group.why}.`), ...overview(group)];
}

/** The runs of a group, and what must be known before anything of it is read. */
function overview(group: GroupComparison): readonly Block[] {
  const { split, checkpoint, count, runs, departures } = group;
  return [
    paragraph(`${count.toLocaleString('en')} ${split} images, ${checkpoint} checkpoints`),
    bare(runs.map(({ label, path }) => `${label}: ${path}`)),
    ...departureWarnings(departures),
    table(scoreTable(group), { label: 'Scores of all runs' }),
  ];
}

function section(id: string, title: string | null, ...blocks: readonly Block[]): Section {
  return { id, title, blocks };
}

/** @param prefix begins the sections' names */
function groupSections(group: GroupComparison, prefix: string): readonly Section[] {
  const { seedSpreads, published, publishedOmitted, claims, caveats } = group;
  return [
    ...pairSections(group),
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
    ...(group.runs.length < 2 ? [] : [section('reading', 'How to read this', list(caveats))]),
  ].map((one) => ({ ...one, id: `${prefix}${one.id}` }));
}

/** A single pair, or all where they were asked for, with all its tests; else each run beside the baseline in a row. */
function pairSections({ pairs, baseline }: GroupComparison): readonly Section[] {
  const details = (all: GroupComparison['pairs']) =>
    all.map((pair, index) => section(`pair-${index}`, pairName(pair), ...pairTables(pair), findings(pair.statements)));
  if (pairs.length < 2) return details(pairs);
  return [
    section('pairs', baseline === null ? 'All pairs' : `Against ${baseline.label}`, ...pairsOverview(pairs, baseline)),
    ...(baseline === null ? details(pairs) : []),
  ];
}

function bare(lines: readonly string[]): List {
  return { kind: 'list', items: lines.map((text) => ({ text })), bare: true };
}
