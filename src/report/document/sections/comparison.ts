import type { PublishedComparison } from '../../../evaluation/comparison/against-published.ts';
import type { GroupComparison } from '../../../evaluation/comparison/compare.ts';
import { type Departure, departedAlike } from '../../../evaluation/comparison/held-against.ts';
import { spreadText } from '../../../evaluation/comparison/seed-spread.ts';
import {
  classTable,
  pairsTable,
  pairTable,
  publishedClassTable,
  publishedScoreTable,
  publishedSentence,
  scoreTable,
} from '../../../evaluation/comparison/tables.ts';
import { listed } from '../../../evaluation/comparison/words.ts';
import { comparisonCharts } from '../../drawing/charts.ts';
import {
  type Block,
  type Chart,
  type Figure,
  filesOf,
  findings,
  heading,
  list,
  only,
  paragraph,
  type Section,
  table,
} from '../document.ts';
import type { SectionContext } from '../sources.ts';

type Pair = GroupComparison['pairs'][number];

/** `Model 2 less Model 1` */
export function pairName({ first, second }: Pair): string {
  return `${second} less ${first}`;
}

/** The tests of a pair: over all classes, then class by class. */
export function pairTables(pair: Pair): readonly Block[] {
  const names = pairName(pair);
  return [
    table(pairTable(pair), { label: `Tests of ${names}` }),
    table(classTable(pair), { label: `Classes, ${names}` }),
  ];
}

/** All pairs in a table, a row each, and what they were held against. */
export function pairsOverview(pairs: readonly Pair[], baseline: GroupComparison['baseline']): readonly Block[] {
  const rows = table(pairsTable(pairs, baseline?.label ?? null), { label: 'Differences between runs' });
  if (baseline === null) return [rows];
  return [paragraph(`Each run is held against ${baseline.label}: ${baseline.reason}.`), rows];
}

/** What must be known of runs that are not of the original report's recipes. */
export function departureWarnings(departures: readonly Departure[]): readonly Block[] {
  return departedAlike(departures).map(({ labels, text }) => {
    const one = labels.length === 1;
    return {
      kind: 'warning',
      lead: `${listed(labels)} ${one ? 'is' : 'are'} not of the original report’s recipe:`,
      text: `${text}. ${one ? 'It says' : 'They say'} nothing about the report’s numbers and claims.`,
    };
  });
}

/** A run's numbers beside the original report's. */
export function publishedTables(one: PublishedComparison): readonly Block[] {
  const { label } = one;
  return [
    table(publishedScoreTable(one), { label: `${label} and the original report` }),
    table(publishedClassTable(one), { label: `Classes of ${label} and the original report` }),
  ];
}

/** The runs against each other; none with a single one. */
export function comparisonSection(context: SectionContext): readonly Section[] {
  const { comparison } = context.report;
  if (comparison === null) return [];
  const { pairs, baseline, seedSpreads, caveats } = comparison;
  if (comparison.runs.length < 2) return [];
  const [pair, ...others] = pairs;
  const meaning = 'What these numbers say';
  const reading = list(caveats);
  const drawn = pair === undefined ? [] : [pairFigures(context, pair)];
  return [
    {
      id: 'comparison',
      title: 'Comparison',
      blocks: [
        only('text', reading),
        ...(others.length === 0 ? [] : pairsOverview(pairs, baseline)),
        ...drawn.flatMap(({ ofPair, runs, differences }) => [
          only('page', heading(meaning), findings(ofPair.statements)),
          ...runs,
          only('page', { kind: 'side-by-side', blocks: differences }),
          heading(pairName(ofPair)),
          ...pairTables(ofPair),
          only('text', ...differences, paragraph(`${meaning}:`), findings(ofPair.statements)),
        ]),
        ...others.flatMap((other): readonly Block[] => [
          ...(baseline === null
            ? [
                only(
                  'text',
                  heading(pairName(other)),
                  ...pairTables(other),
                  paragraph(`${meaning}:`),
                  findings(other.statements),
                ),
              ]
            : []),
          { kind: 'fold', summary: pairName(other), blocks: [findings(other.statements), ...pairTables(other)] },
        ]),
        ...(seedSpreads.length === 0
          ? []
          : [heading('From seed to seed'), list(seedSpreads.map((spread) => `${spreadText(spread)}.`))]),
        only('page', heading('How to read this'), reading),
      ],
    },
  ];
}

interface PairFigures {
  readonly ofPair: Pair;
  readonly runs: readonly Figure[];
  readonly differences: readonly Figure[];
}

function pairFigures(context: SectionContext, pair: Pair): PairFigures {
  const { figures } = context.sources;
  const charts = comparisonCharts(context.report, pair);
  const names = pairName(pair);
  const figure = (text: Figure['caption']['text'], chart: Omit<Chart, 'kind'>, file: string | undefined): Figure => ({
    kind: 'figure',
    caption: { number: context.numbering.figure(), text },
    content: { kind: 'chart', ...chart },
    files: filesOf(file),
  });
  const scores = 'Accuracy and F1 of the runs';
  const intervals = 'with 95 % intervals';
  const runs = [
    figure(
      { text: scores, page: `${scores}, ${intervals}.` },
      {
        id: 'scores',
        spec: charts.scores,
        form: 'bars',
        alternative: `Accuracy and F1 of all runs ${intervals}; the numbers are in the table under Results`,
      },
      figures.scores,
    ),
    figure(
      'Precision, recall and F1 of each class',
      {
        id: 'class-scores',
        spec: charts.classScores,
        form: 'classes',
        alternative:
          'Precision, recall and F1 of each class, runs side by side; the numbers are in the classification reports',
      },
      figures.classScores,
    ),
  ];
  const differences = (measure: string, id: string, spec: Chart['spec'], file: string | undefined): Figure =>
    figure(
      {
        text: `${measure} per class, ${names}`,
        page: `${measure} of each class, ${names}, ${intervals}. Coloured where an interval leaves out zero.`,
      },
      {
        id,
        spec,
        form: 'bars',
        alternative: `${measure} of each class, ${names}, ${intervals}; the numbers are in the table below`,
      },
      file,
    );
  return {
    ofPair: pair,
    runs,
    differences: [
      differences('Recall', 'recall-differences', charts.recallDifferences, figures.recallDifferences),
      differences('F1', 'f1-differences', charts.f1Differences, figures.f1Differences),
    ],
  };
}

/** The runs against the original report's numbers; none where nothing was published. */
export function originalSection(context: SectionContext): readonly Section[] {
  const { comparison } = context.report;
  if (comparison === null) return [];
  const { published, publishedOmitted } = comparison;
  if (published.length === 0 && publishedOmitted === null) return [];
  const content = context.perRun((run) => {
    const one = published.find(({ label }) => label === run.label);
    if (one === undefined) return [only('page', paragraph(`There is nothing to hold ${run.label} against.`))];
    const sentence = paragraph(publishedSentence(one));
    return [
      only('text', heading(`${one.label}, this run and the report`)),
      only('page', sentence),
      ...publishedTables(one),
      only('text', sentence),
    ];
  });
  return [
    {
      id: 'original',
      title: { text: "Against the original report's numbers", page: 'Against the original' },
      blocks: publishedOmitted === null ? [content] : [paragraph(publishedOmitted)],
    },
  ];
}

/** The original report's claims; none where no claims are known. */
export function claimsSection({ report }: SectionContext): readonly Section[] {
  const claims = report.comparison?.claims ?? null;
  if (claims === null) return [];
  return [
    {
      id: 'claims',
      title: { text: "The original report's claims", page: 'The original’s claims' },
      blocks: [paragraph(claims.basis), { kind: 'claims', checks: claims.checks }],
    },
  ];
}

/** Runs that stand apart: each group's scores, its pairs, and where its figures are; those here are of one data set. */
export function apartSection({ report }: SectionContext): readonly Section[] {
  if (report.apart.length === 0) return [];
  return [
    {
      id: 'apart',
      title: 'Runs that stand apart',
      blocks: report.apart.flatMap((group): readonly Block[] => {
        const { runs, split, count, pairs, baseline, why, ownReport } = group;
        const [pair, ...others] = pairs;
        return [
          heading(`${listed(runs.map(({ label }) => label))}, on ${group.data}`),
          paragraph(
            `Not compared with the runs above: ${why}. Here are ${count.toLocaleString('en')} ${split} images.`,
          ),
          ...departureWarnings(group.departures),
          table(scoreTable(group), { label: `Scores on ${group.data}` }),
          ...(others.length > 0 ? pairsOverview(pairs, baseline) : []),
          ...(pair !== undefined && others.length === 0 ? [...pairTables(pair), findings(pair.statements)] : []),
          ...figuresElsewhere(runs.length, ownReport),
        ];
      }),
    },
  ];
}

/** The figures of a report are of one data set: where those of a group that stands apart are to be had. */
function figuresElsewhere(runs: number, ownReport: string | null): readonly Block[] {
  const [them, these] = runs === 1 ? ['it', 'this run'] : ['them', 'these runs'];
  const sentence = `There are no figures of ${them} here; a report of ${these} alone has them`;
  return ownReport === null
    ? [paragraph(`${sentence}.`)]
    : [paragraph(`${sentence}:`), { kind: 'code', language: '', lines: [ownReport] }];
}
