import type { TopLevelSpec } from 'vega-lite';
import { AtelierError } from '../../errors.ts';
import { type Confusion, normaliseByTrueClass } from '../../evaluation/confusion.ts';
import { rampTurn } from '../theme.ts';
import { chartStyles } from './config.ts';
import type { ChartLayer } from './parts.ts';

export interface ConfusionOptions {
  readonly title: string;
  /** Images, or per cent of the true class's images. */
  readonly numbers: 'counts' | 'shares';
}

const cell = { width: 62, height: 40 } as const;
/** Longer class names stand at an angle below their column. Characters. */
const longestLevel = 11;

/**
 * A confusion matrix. What is right and what is wrong have a colour each, with its own scale, so that the mistakes show
 * beside a diagonal that is ten times larger; both colours follow the share of the true class, also below counts.
 *
 * @param confusion rows are true classes, columns predicted ones
 * @throws AtelierError where it is not square in the number of classes
 */
export function confusionChart(
  confusion: Confusion,
  classNames: readonly string[],
  { title, numbers }: ConfusionOptions,
): TopLevelSpec {
  const size = classNames.length;
  if (size === 0 || confusion.length !== size || confusion.some((row) => row.length !== size)) {
    throw new AtelierError(
      `internal: the confusion matrix of '${title}' has rows of ${confusion.map((row) => row.length).join(', ')}, expected ${size} x ${size}`,
    );
  }
  const level = classNames.every((name) => [...name].length <= longestLevel);
  const axis = { domain: false, ticks: false, labelPadding: 6, labelOverlap: false } as const;
  return {
    title: {
      text: title,
      subtitle: numbers === 'counts' ? 'number of images' : "per cent of the true class's images",
    },
    width: { step: cell.width },
    height: { step: cell.height },
    data: { values: cells(confusion, classNames, numbers) },
    encoding: {
      x: {
        field: 'predicted',
        type: 'nominal',
        title: 'predicted class',
        scale: { domain: [...classNames], paddingInner: 0.03 },
        axis: { ...axis, labelAngle: level ? 0 : -35 },
      },
      y: {
        field: 'truth',
        type: 'nominal',
        title: 'true class',
        scale: { domain: [...classNames], paddingInner: 0.05 },
        axis,
      },
    },
    layer: [
      squares('right', 'ramp'),
      squares('wrong', 'heatmap'),
      {
        transform: [{ filter: "datum.kind === 'right'" }],
        mark: { type: 'rect', filled: false, style: chartStyles.outline },
      },
      labels('datum.count === 0', chartStyles.aside),
      labels(`datum.count > 0 && datum.weight < ${rampTurn}`, chartStyles.onWeak),
      labels(`datum.count > 0 && datum.weight >= ${rampTurn}`, chartStyles.onStrong),
    ],
    resolve: { scale: { color: 'independent' } },
  };
}

function cells(confusion: Confusion, classNames: readonly string[], numbers: ConfusionOptions['numbers']) {
  const shares = normaliseByTrueClass(confusion);
  const worst = Math.max(0, ...shares.flatMap((row, truth) => row.filter((_, predicted) => predicted !== truth)));
  return shares.flatMap((row, truth) =>
    row.map((share, predicted) => {
      const right = truth === predicted;
      const count = confusion[truth]?.[predicted] ?? 0;
      return {
        truth: classNames[truth] ?? '',
        predicted: classNames[predicted] ?? '',
        kind: right ? 'right' : 'wrong',
        count,
        share,
        // The square root spreads the rare mistakes.
        weight: right ? share : Math.sqrt(worst === 0 ? 0 : share / worst),
        text: numbers === 'counts' ? String(count) : percent(share),
      };
    }),
  );
}

/** One decimal, but nothing at all is 0. */
function percent(share: number): string {
  return share === 0 ? '0' : (100 * share).toFixed(1);
}

function squares(kind: 'right' | 'wrong', range: 'ramp' | 'heatmap'): ChartLayer {
  return {
    transform: [{ filter: `datum.kind === '${kind}'` }],
    mark: { type: 'rect' },
    encoding: {
      color: {
        field: 'weight',
        type: 'quantitative',
        legend: null,
        scale: { domain: [0, 1], range, interpolate: 'rgb' },
      },
      tooltip: [
        { field: 'truth', title: 'true class' },
        { field: 'predicted', title: 'predicted' },
        { field: 'count', title: 'images' },
        { field: 'share', title: 'of the true class', format: '.2%' },
      ],
    },
  };
}

function labels(filter: string, style: string): ChartLayer {
  return { transform: [{ filter }], mark: { type: 'text', style }, encoding: { text: { field: 'text' } } };
}
