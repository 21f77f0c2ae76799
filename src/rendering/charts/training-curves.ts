import type { TopLevelSpec } from 'vega-lite';
import { AtelierError } from '../../errors.ts';
import { chartStyles } from './config.ts';
import { drawable, epochAxis, epochRule } from './epochs.ts';
import type { ChartLayer, ChartView } from './parts.ts';
import { formatRate, ratePanel } from './rate-panel.ts';

/** What the curves read of one line of `history.jsonl`. */
export interface CurvePoint {
  readonly epoch: number;
  readonly train: LossAndAccuracy;
  readonly validation: LossAndAccuracy;
  readonly lr: number;
}

interface LossAndAccuracy {
  readonly loss: number;
  readonly accuracy: number;
}

export interface TrainingCurvesOptions {
  readonly title: string;
  /** The epoch to mark, usually the one with the lowest validation loss. */
  readonly bestEpoch?: number;
  /** Of the plot without its axes, in pixels. Default 480. */
  readonly width?: number;
  /** Whether panels can be zoomed and dragged: only for a view in a browser, a drawing has no pointer. Default no. */
  readonly interactive?: boolean;
}

/**
 * Pixels that the label of a changed rate takes. Changes are marked one by one where all have that room: a rate that
 * changes every epoch is a curve.
 */
const labelRoom = 64;

/**
 * Loss, accuracy and learning rate per epoch, one above the other.
 *
 * @throws AtelierError where there is no epoch, or the best one is not among them
 */
export function trainingCurves(history: readonly CurvePoint[], options: TrainingCurvesOptions): TopLevelSpec {
  const { title, bestEpoch, width = 480, interactive = false } = options;
  const [first] = history;
  const last = history.at(-1);
  if (first === undefined || last === undefined) {
    throw new AtelierError(`there is no epoch in the history of '${title}', expected at least one. Train it first.`, {
      code: 'nothing-to-do',
    });
  }
  const best = history.find(({ epoch }) => epoch === bestEpoch);
  if (bestEpoch !== undefined && best === undefined) {
    throw new AtelierError(
      `the history of '${title}' has epochs ${first.epoch} to ${last.epoch}, but not the best one, ${bestEpoch}.`,
      { code: 'file-damaged' },
    );
  }
  const changes = history.filter(({ lr }, index) => index > 0 && lr !== history[index - 1]?.lr);
  const margin = Math.max(0.3, (last.epoch - first.epoch) / 60);
  const room = (labelRoom / width) * (last.epoch - first.epoch);
  const shared: Shared = {
    width,
    interactive,
    domain: [first.epoch - margin, last.epoch + margin],
    best,
    changes: changes.every(({ epoch }, index) => epoch - (changes[index - 1]?.epoch ?? -Infinity) >= room)
      ? changes
      : [],
  };
  const metrics = [panel('loss', shared, false), panel('accuracy', shared, changes.length === 0)];
  return {
    title: { text: title, subtitle: subtitle(best, changes.length, first.lr) },
    data: { values: history.flatMap(rows) },
    spacing: 30,
    vconcat:
      changes.length === 0
        ? metrics
        : [...metrics, ratePanel(history, { ...shared, changes: shared.changes.map(({ epoch }) => epoch) })],
    resolve: { legend: { color: 'shared' } },
  };
}

interface Shared {
  readonly width: number;
  readonly interactive: boolean;
  readonly domain: readonly [number, number];
  readonly best: CurvePoint | undefined;
  readonly changes: readonly CurvePoint[];
}

function rows({ epoch, train, validation }: CurvePoint) {
  return [
    { epoch, set: 'training', loss: drawable(train.loss), accuracy: drawable(train.accuracy) },
    { epoch, set: 'validation', loss: drawable(validation.loss), accuracy: drawable(validation.accuracy) },
  ];
}

function subtitle(best: CurvePoint | undefined, changes: number, lr: number): string[] {
  const rate = changes === 0 ? [`learning rate ${formatRate(lr)} throughout`] : [];
  if (best === undefined) return rate;
  const { loss, accuracy } = best.validation;
  const chosen = `best epoch ${best.epoch}: validation loss ${loss.toFixed(4)}, accuracy ${(accuracy * 100).toFixed(2)} %`;
  return [chosen, ...rate];
}

function panel(
  metric: 'loss' | 'accuracy',
  { width, interactive, domain, best, changes }: Shared,
  last: boolean,
): ChartView {
  const format = metric === 'accuracy' ? '~%' : '~g';
  return {
    width,
    height: 190,
    layer: [
      ...changes.map(({ epoch }) => epochRule(epoch, [1, 3])),
      ...(best === undefined ? [] : [epochRule(best.epoch, [6, 3]), bestLabel(best.epoch, domain)]),
      {
        ...(interactive && { params: [{ name: `zoom_${metric}`, select: 'interval', bind: 'scales' }] }),
        mark: { type: 'line', clip: interactive, point: { filled: true, size: 42 }, strokeWidth: 2 },
        encoding: {
          x: epochAxis(domain, last ? 'epoch' : null),
          y: {
            field: metric,
            type: 'quantitative',
            title: metric,
            scale: { zero: false, padding: 6 },
            axis: { format, tickCount: 6 },
          },
          color: { field: 'set', type: 'nominal', scale: { domain: ['training', 'validation'] } },
          shape: {
            field: 'set',
            type: 'nominal',
            scale: { domain: ['training', 'validation'], range: ['circle', 'diamond'] },
          },
          tooltip: [
            { field: 'epoch' },
            { field: 'set', title: 'images' },
            { field: 'loss', format: '.4f' },
            { field: 'accuracy', format: '.2%' },
          ],
        },
      },
    ],
  };
}

/** Stands above the panel, where no curve can cross it, on the side of the rule that has more room. */
function bestLabel(epoch: number, [low, high]: readonly [number, number]): ChartLayer {
  const late = epoch > (low + high) / 2;
  return {
    data: { values: [{ epoch }] },
    mark: {
      type: 'text',
      style: chartStyles.aside,
      align: late ? 'right' : 'left',
      baseline: 'bottom',
      dx: late ? 4 : -4,
      dy: -4,
    },
    encoding: {
      x: { field: 'epoch', type: 'quantitative' },
      y: { value: 0 },
      text: { value: `best: epoch ${epoch}` },
    },
  };
}
