import { chartStyles } from './config.ts';
import type { ChartLayer } from './parts.ts';

/** NaN and infinity have no place in JSON; a line breaks at null. */
export const drawable = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** The horizontal axis of everything that is drawn by epoch. */
export function epochAxis([low, high]: readonly [number, number], title: string | null) {
  const domain: [number, number] = [low, high];
  return {
    field: 'epoch',
    type: 'quantitative',
    title,
    scale: { domain, nice: false, zero: false },
    axis: { tickMinStep: 1, format: 'd', grid: false },
  } as const;
}

/** A vertical line at an epoch. */
export function epochRule(epoch: number, strokeDash: number[]): ChartLayer {
  return {
    data: { values: [{ epoch }] },
    mark: { type: 'rule', style: chartStyles.guide, strokeDash, clip: true },
    encoding: { x: { field: 'epoch', type: 'quantitative' } },
  };
}
