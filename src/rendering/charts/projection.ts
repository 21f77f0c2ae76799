import type { TopLevelSpec } from 'vega-lite';
import { legendOf, pointShapes } from './parts.ts';

/** An image as a point. */
export interface ProjectedImage {
  readonly x: number;
  readonly y: number;
  readonly class: string;
  readonly split: string;
  /** Its file, or its place. */
  readonly image: string;
}

export interface ProjectionOptions {
  readonly title: string;
  readonly subtitle: string;
  /** Null for axes that mean nothing. */
  readonly axes: readonly [x: string, y: string] | null;
}

/** Colours and shapes tell so many classes apart; of more, the others share one sign. */
const mostClasses = 28;

/** Images as points in a plane, told apart by class in colour and shape. */
export function projectionChart(
  images: readonly ProjectedImage[],
  { title, subtitle, axes }: ProjectionOptions,
): TopLevelSpec {
  const { domain, shown } = signs(images);
  const legend = { legend: { ...legendOf(domain), symbolOpacity: 1 } };
  const axis = (field: 'x' | 'y', name: string | undefined) => ({
    field,
    type: 'quantitative' as const,
    title: name ?? null,
    scale: { zero: false, nice: false, padding: 8 },
    axis: name === undefined ? { labels: false, ticks: false, domain: false, grid: false } : { tickCount: 5 },
  });
  return {
    title: { text: title, subtitle },
    width: 560,
    height: 440,
    data: { values: images.map((image) => ({ ...image, sign: shown(image.class) })) },
    mark: { type: 'point', filled: true, size: images.length > 1000 ? 16 : 36, opacity: 0.65 },
    encoding: {
      x: axis('x', axes?.[0]),
      y: axis('y', axes?.[1]),
      color: { field: 'sign', type: 'nominal', scale: { domain }, ...legend },
      shape: { field: 'sign', type: 'nominal', scale: { domain, range: [...pointShapes] }, ...legend },
      tooltip: [{ field: 'class' }, { field: 'split' }, { field: 'image' }],
    },
  };
}

/** What classes are called in the legend, those with most images first where there are too many; else in their order. */
function signs(images: readonly ProjectedImage[]): {
  readonly domain: string[];
  readonly shown: (name: string) => string;
} {
  const counts = new Map<string, number>();
  for (const image of images) counts.set(image.class, (counts.get(image.class) ?? 0) + 1);
  const names = [...counts.keys()];
  if (names.length <= mostClasses) return { domain: names, shown: (name) => name };
  const own = names.toSorted((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0)).slice(0, mostClasses - 1);
  const others = `${names.length - own.length} other classes`;
  const known = new Set(own);
  return { domain: [...own, others], shown: (name) => (known.has(name) ? name : others) };
}
