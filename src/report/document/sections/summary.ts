import { majorityName } from '../../../evaluation/comparison/tables.ts';
import { listed, score } from '../../../evaluation/comparison/words.ts';
import type { Report, ReportedRun } from '../../model.ts';
import { type Block, type Cards, findings, type ListItem, only, paragraph } from '../document.ts';
import type { Wording } from '../wording.ts';
import { departureWarnings } from './comparison.ts';

/** What was trained, on what. A page counts many runs rather than naming them. */
export function reportTitle({ runs, dataset }: Report): Wording {
  const labels = runs.map(({ label }) => label);
  const models = [...new Set(runs.map(({ modelLabel }) => modelLabel))];
  const subject = labels.length <= 2 ? listed(labels) : `${labels.length} runs of ${listed(models)}`;
  return { text: `${labels.join(' and ')} on ${dataset.title}`, page: `${subject} on ${dataset.title}` };
}

/** The whole in a few lines: each run, then what the comparison comes to. */
export function summary(report: Report): readonly Block[] {
  const { runs, comparison } = report;
  const pairs = comparison?.pairs ?? [];
  // A page tells of one pair: of two models where there are two, else whatever comes first.
  const [one] = runs;
  const other = runs.find(({ model }) => model !== one?.model);
  const pair = pairs.find(({ first, second }) => first === one?.label && second === other?.label) ?? pairs[0];
  const lines = runs.map((run): ListItem => ({ text: runLine(report, run) }));
  const results = pairs.flatMap(({ statements: [first] }): readonly ListItem[] =>
    first === undefined ? [] : [{ lead: first.finding, text: `${first.text}.` }],
  );
  return [
    only('text', ...departed(report), { kind: 'list', items: [...lines, ...results] }),
    only(
      'page',
      { kind: 'paragraph', lead: true, text: lead(report) },
      ...departed(report),
      ...runs.flatMap((run) => incompleteWarning(run)),
      ...cards(report),
      ...(pair === undefined ? [] : [findings(pair.statements.slice(0, 1))]),
    ),
  ];
}

function runLine({ dataset }: Report, { label, scores, lacking }: ReportedRun): string {
  const { value, interval } = scores.accuracy;
  const range = interval === null ? '' : ` (95 % interval ${score(interval.low)} to ${score(interval.high)})`;
  const incomplete = lacking === null ? '' : `; not a whole run: ${lacking}`;
  return `${label}: ${score(value)} of the ${dataset.split} images right${range}, macro F1 ${score(scores.macroF1.value)}${incomplete}.`;
}

function lead({ runs, dataset, introduction }: Report): string {
  const images = `${dataset.count.toLocaleString('en')} ${dataset.split} images`;
  if (introduction === null)
    return `${runs.length === 1 ? 'A network' : 'Networks'} on ${images}${dataset.split === 'test' ? ' that no network was trained on' : ''}.`;
  const networks = runs.length === 1 ? 'A convolutional network' : 'Convolutional networks';
  const start = `${networks}, ${introduction.approach}`;
  return dataset.split === 'test' ? `${start}, on ${images} that no network was trained on.` : `${start}.`;
}

function departed({ runs }: Report): readonly Block[] {
  const departures = runs.filter((run) => run.departures.length > 0);
  return departureWarnings(departures.map(({ label, departures: differences }) => ({ label, differences })));
}

/** Of a run that is not of a published recipe either, that is said already. */
function incompleteWarning({ label, lacking, departures }: ReportedRun): readonly Block[] {
  if (lacking === null || departures.length > 0) return [];
  return [{ kind: 'warning', lead: `${label} is not a whole run:`, text: `${lacking}.` }];
}

/** With more runs than this, a card each would fill many screens. */
const mostCards = 6;
const cardsOfMany = 3;

/** A card for each run; of many, for the most accurate. */
function cards(report: Report): readonly Block[] {
  const places = [...report.runs.keys()];
  if (places.length <= mostCards) return [cardsOf(report, places)];
  const accuracy = (place: number) => report.runs[place]?.scores.accuracy.value ?? 0;
  const best = places.toSorted((a, b) => accuracy(b) - accuracy(a)).slice(0, cardsOfMany);
  return [
    paragraph(`The most accurate of ${places.length} runs; all are in the table under Results.`),
    cardsOf(report, best),
  ];
}

function cardsOf({ runs, dataset }: Report, places: readonly number[]): Cards {
  const percent = (share: number) => (100 * share).toFixed(2);
  const chosen = places.flatMap((run) => (runs[run] === undefined ? [] : [{ ...runs[run], run }]));
  return {
    kind: 'cards',
    cards: chosen.map(
      ({ label, modelLabel, title, name, scores, metrics, summary: network, bestEpoch, history, published, run }) => {
        const { value, interval } = scores.accuracy;
        const description = title.startsWith(`${modelLabel}, `) ? title.slice(modelLabel.length + 2) : title;
        const facts: readonly (readonly [string, string] | null)[] = [
          interval && ['95 % interval', `${percent(interval.low)} to ${percent(interval.high)} %`],
          published && ['original report', `${percent(published.accuracy)} %`],
          [majorityName(metrics.majority), `${percent(metrics.majority.accuracy)} %`],
          ['balanced accuracy', score(metrics.balancedAccuracy)],
          ['macro F1', score(scores.macroF1.value)],
          ['parameters', network.parameters.toLocaleString('en')],
          bestEpoch && ['best epoch', `${bestEpoch.epoch} of ${history.length}`],
          ['evaluated on', `${dataset.count.toLocaleString('en')} ${dataset.split} images`],
        ];
        return {
          run,
          title: label,
          subtitle: title === modelLabel ? name : `${description} · ${name}`,
          value: `${percent(value)} %`,
          unit: 'right',
          facts: facts.filter((fact) => fact !== null),
        };
      },
    ),
  };
}
