/** The report's tables as cells of text, for the Markdown and the page alike. */
import { intervalCell, type Table } from '../evaluation/comparison/tables.ts';
import { score } from '../evaluation/comparison/words.ts';
import { published } from '../evaluation/published.ts';
import type { Mistake } from './mistakes.ts';
import type { Report, ReportedRun } from './model.ts';

/** Tables 1 and 2 of the original. */
export function hyperParameterTable({ hyperParameters }: ReportedRun): Table {
  return { header: ['hyper-parameter', 'value'], rows: hyperParameters.map(({ name, value }) => [name, value]) };
}

/** Layers with output shapes, parameters and multiply-adds. */
export function layerTable({ summary }: ReportedRun): Table {
  return {
    header: ['layer', 'type', 'output', 'parameters', 'multiply-adds'],
    rows: summary.layers.map(({ name, description, outputShape, parameters, macs }) => [
      name,
      description,
      outputShape.join(' x '),
      parameters.toLocaleString('en'),
      macs.toLocaleString('en'),
    ]),
  };
}

/** Table 3 of the original; on the test images the original's numbers stand beside. */
export function scoresTable({ runs, dataset }: Report): Table {
  const beside = dataset.split === 'test';
  const measures = [
    { name: 'accuracy', key: 'accuracy' },
    { name: 'macro F1', key: 'macroF1' },
    { name: 'weighted F1', key: 'weightedF1' },
  ] as const;
  return {
    header: ['', ...runs.flatMap(({ label }) => [label, '95 % interval', ...(beside ? ['original report'] : [])])],
    rows: measures.map(({ name, key }) => [
      name,
      ...runs.flatMap(({ scores, model }) => [
        score(scores[key].value),
        intervalCell(scores[key]),
        ...(beside ? [score(published[model][key])] : []),
      ]),
    ]),
  };
}

/** Figures 4 and 5 of the original: its classification reports. */
export function classificationTable({ metrics }: ReportedRun): Table {
  const { classes, accuracy, macro, weighted, count } = metrics;
  const images = count.toLocaleString('en');
  return {
    header: ['class', 'precision', 'recall', 'F1', 'support'],
    rows: [
      ...classes.map(({ name, precision, recall, f1, support }) => [
        name,
        score(precision),
        score(recall),
        score(f1),
        support.toLocaleString('en'),
      ]),
      ['accuracy', '', '', score(accuracy), images],
      ['macro average', score(macro.precision), score(macro.recall), score(macro.f1), images],
      ['weighted average', score(weighted.precision), score(weighted.recall), score(weighted.f1), images],
    ],
  };
}

/** The most frequent confusions of a run, with its surest examples by their index. */
export function confusedTable({ confusedPairs }: ReportedRun): Table {
  return {
    header: ['true class', 'taken for', 'images', 'of the class', 'surest examples'],
    rows: confusedPairs.map(({ truth, predicted, count, share, examples }) => [
      truth,
      predicted,
      count.toLocaleString('en'),
      percent(share),
      examples
        .slice(0, 4)
        .map(({ index }) => index)
        .join(', '),
    ]),
  };
}

/** Wrong answers, the surest first. */
export function mistakeTable(mistakes: readonly Mistake[]): Table {
  return {
    header: ['image', 'true class', 'answer', 'confidence', 'of the true class'],
    rows: mistakes.map(({ index, truth, predicted, confidence, truthProbability }) => [
      String(index),
      truth,
      predicted,
      percent(confidence),
      percent(truthProbability),
    ]),
  };
}

/** A share in per cent with sensible digits: 12.3 %, 99.98 %, < 0.01 %. */
function percent(share: number): string {
  if (share > 0 && share < 1e-4) return '< 0.01 %';
  if (share < 1 && share > 0.9999) return '> 99.99 %';
  const digits = share > 0.99 || share < 0.01 ? 2 : 1;
  return `${(100 * share).toFixed(share === 0 || share === 1 ? 0 : digits)} %`;
}
