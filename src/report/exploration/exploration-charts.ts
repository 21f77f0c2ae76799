import type { Exploration } from '../../exploration/exploration.ts';
import { type ClassCount, classCountsChart } from '../../rendering/charts/class-counts.ts';
import { pictureSizesChart } from '../../rendering/charts/picture-sizes.ts';
import { projectionChart } from '../../rendering/charts/projection.ts';
import type { TopLevelSpec } from '../../rendering/charts/render.ts';
import { oneLine } from '../../text/printable.ts';
import { imageName, plotTitle, sampleText } from './words.ts';

/** Classes that have a bar. */
const mostBars = 60;
/** Dots of sizes. */
const mostSizes = 2000;

/** A projection with its name. */
export interface NamedPlot {
  readonly name: string;
  readonly title: string;
  readonly spec: TopLevelSpec;
}

/** Images of each class; of very many classes the first and last by their number of images. */
export function countsChart({ dataset, counts }: Exploration): TopLevelSpec {
  const all = dataset.classes.map((name, label): ClassCount => {
    const { train = 0, validation = 0, test = null } = counts[label] ?? {};
    const splits = [
      { split: 'train', count: train },
      { split: 'validation', count: validation },
      ...(test === null ? [] : [{ split: 'test', count: test }]),
    ];
    return { name: oneLine(name), splits };
  });
  if (all.length <= mostBars) return classCountsChart(all, { title: 'Images of each class' });
  const total = ({ splits }: ClassCount) => splits.reduce((sum, { count }) => sum + count, 0);
  const ordered = all.toSorted((a, b) => total(b) - total(a));
  const shown = [...ordered.slice(0, mostBars / 2), ...ordered.slice(-mostBars / 2)];
  return classCountsChart(shown, { title: `The ${mostBars / 2} largest and smallest of ${all.length} classes` });
}

/** The sizes of the picture files; undefined for images that are no files. */
export function sizesChart({ sizes }: Exploration): TopLevelSpec | undefined {
  return sizes ? pictureSizesChart(sizes.distinct.slice(0, mostSizes), { title: 'Sizes of the pictures' }) : undefined;
}

/** The projections there are. */
export function plots(exploration: Exploration): readonly NamedPlot[] {
  const { dataset, projections } = exploration;
  return projections.plots.map((plot) => {
    const points = plot.points.flatMap(([x, y], at) => {
      const image = projections.images[at];
      if (!image) return [];
      const name = oneLine(dataset.classes[image.label] ?? '');
      return [{ x, y, class: name, split: image.split, image: imageName(image) }];
    });
    // In the order of the classes, which the legend follows.
    const order = new Map(dataset.classes.map((name, label) => [oneLine(name), label]));
    const sorted = points.toSorted((a, b) => (order.get(a.class) ?? 0) - (order.get(b.class) ?? 0));
    const [first, second] = plot.shares ?? [];
    const axis = (number: number, share = 0) => `component ${number}, ${(100 * share).toFixed(1)} % of the variance`;
    const title = plotTitle(plot);
    return {
      name: plot.name,
      title,
      spec: projectionChart(sorted, {
        title,
        subtitle: sampleText(exploration),
        axes: plot.shares ? [axis(1, first), axis(2, second)] : null,
      }),
    };
  });
}

/** Those that say something of any run: of the pixels, not of what one run made of them. */
export function pixelPlots(exploration: Exploration): readonly NamedPlot[] {
  return plots(exploration).filter(({ name }) => name !== 'layer-umap');
}
