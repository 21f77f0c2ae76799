import { chartStyles } from './config.ts';
import { drawable, epochAxis, epochRule } from './epochs.ts';
import type { ChartLayer, ChartView } from './parts.ts';

export interface RatePanelOptions {
  readonly width: number;
  readonly domain: readonly [number, number];
  /** The epochs whose rate is written out. */
  readonly changes: readonly number[];
}

/** The learning rate of each epoch: a step line, logarithmic where it spans more than a factor of 20. */
export function ratePanel(
  history: readonly { readonly epoch: number; readonly lr: number }[],
  { width, domain, changes }: RatePanelOptions,
): ChartView {
  const rates = history.map(({ lr }) => lr);
  const spread = Math.max(...rates) / Math.min(...rates);
  const log = spread >= 20 && Number.isFinite(spread);
  const x = epochAxis(domain, 'epoch');
  const y = {
    field: 'lr',
    type: 'quantitative',
    title: 'learning rate',
    scale: { type: log ? 'log' : 'linear', nice: !log },
    axis: { format: '~g', tickCount: 3, ...(log && { values: decades(rates) }) },
  } as const;
  const labels: ChartLayer = {
    transform: [{ filter: { field: 'epoch', oneOf: [...changes] } }],
    mark: { type: 'text', style: chartStyles.aside, baseline: 'bottom', dy: -4 },
    encoding: { x, y: { value: 0 }, text: { field: 'text' } },
  };
  return {
    width,
    height: 70,
    data: { values: history.map(({ epoch, lr }) => ({ epoch, lr: drawable(lr), text: formatRate(lr) })) },
    layer: [
      ...changes.map((epoch) => epochRule(epoch, [1, 3])),
      { mark: { type: 'line', interpolate: 'step', strokeWidth: 2, style: chartStyles.link }, encoding: { x, y } },
      {
        // Every epoch answers to the pointer; only the changes are written out.
        mark: { type: 'point', opacity: 0, size: 120 },
        encoding: { x, y, tooltip: [{ field: 'epoch' }, { field: 'text', title: 'learning rate' }] },
      },
      ...(changes.length === 0 ? [] : [labels]),
    ],
  };
}

/** The powers of ten from the lowest rate to the highest: Vega's own ticks between them would fill so low a panel. */
function decades(rates: readonly number[]): number[] {
  const low = Math.ceil(Math.log10(Math.min(...rates)));
  const high = Math.floor(Math.log10(Math.max(...rates)));
  return Array.from({ length: Math.max(0, high - low + 1) }, (_, index) => 10 ** (low + index));
}

/** Few digits, no rounding noise: 0.001, 0.00025, 7.8125e-6. */
export function formatRate(lr: number): string {
  const rounded = Number(lr.toPrecision(6));
  return rounded !== 0 && Math.abs(rounded) < 1e-4 ? rounded.toExponential() : String(rounded);
}
