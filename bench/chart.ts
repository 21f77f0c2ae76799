import type { TopLevelSpec } from 'vega-lite';
import { chartStyles } from '../src/rendering/charts/config.ts';
import type { ChartView } from '../src/rendering/charts/parts.ts';
import type { Measure } from './catalogue.ts';
import { benchTitle } from './models.ts';
import type { MeasureResult, PeerResult } from './result.ts';

const titles: Readonly<Record<Measure, string>> = {
  step: 'training step, images a second',
  predict: 'prediction, images a second',
  epoch: 'epoch end to end, images a second',
  startup: 'start-up to the first step, seconds (less is better)',
};

/**
 * The measures of one model, one panel each: a dot a peer with its quartiles. Speeds lie on a logarithmic scale, because
 * the slowest peers are a thousand times slower. Undefined where nothing was measured.
 */
export function benchChart(
  model: string,
  results: readonly MeasureResult[],
  subtitle: string,
  width = 420,
): TopLevelSpec | undefined {
  const panels = results
    .filter((result) => result.model === model)
    .map(({ measure, peers }) => ({ measure, peers: peers.filter(({ spread }) => spread !== null) }))
    .filter(({ peers }) => peers.length > 0)
    .map(({ measure, peers }) => panel(measure, peers, width));
  if (panels.length === 0) return undefined;
  return { title: { text: `${benchTitle(model)}: speed`, subtitle }, spacing: 26, vconcat: panels };
}

function panel(measure: Measure, peers: readonly PeerResult[], width: number): ChartView {
  const values = peers.flatMap((peer) => dotOf(measure, peer));
  const y = {
    field: 'title',
    type: 'nominal',
    title: null,
    scale: { domain: values.map(({ title }) => title) },
    axis: { grid: true, ticks: false, domain: false, labelPadding: 8 },
  } as const;
  const x = {
    type: 'quantitative',
    title: titles[measure],
    scale: measure === 'startup' ? { zero: true } : { type: 'log' as const },
    axis: { format: '~g', grid: false, tickCount: 6 },
  } as const;
  return {
    width,
    height: { step: 24 },
    data: { values },
    layer: [
      {
        mark: { type: 'rule', style: chartStyles.link, strokeWidth: 4 },
        encoding: { y, x: { ...x, field: 'low' }, x2: { field: 'high' } },
      },
      {
        mark: { type: 'point', filled: true, size: 75, opacity: 1 },
        encoding: {
          y,
          x: { ...x, field: 'value' },
          color: { field: 'whose', type: 'nominal', scale: { domain: ['Atelier', 'peer'] }, legend: null },
        },
      },
      {
        mark: { type: 'text', style: chartStyles.note, align: 'left', dx: 8, dy: -9 },
        encoding: { y, x: { ...x, field: 'value' }, text: { field: 'label' } },
      },
    ],
  };
}

function dotOf(measure: Measure, { peer, title, spread, images, batchSize, ratio }: PeerResult) {
  if (spread === null) return [];
  const scaled = (ms: number) => (measure === 'startup' ? ms / 1000 : ((images ?? 1) / ms) * 1000);
  const value = scaled(spread.median);
  const number = value >= 100 ? value.toFixed(0) : value.toPrecision(2);
  return [
    {
      title: measure === 'startup' ? title : `${title}, batch ${batchSize}`,
      whose: peer.startsWith('atelier') ? 'Atelier' : 'peer',
      value,
      low: scaled(spread.upper),
      high: scaled(spread.lower),
      label: ratio === null ? number : `${number} (ratio ${ratio.spread.median.toPrecision(2)})`,
    },
  ];
}
