import type { Exploration, ExploredGroup, ExploredImage } from '../../exploration/exploration.ts';
import { thousands } from '../../text/numbers.ts';
import { oneLine } from '../../text/printable.ts';

/** `1 image`, `12 images`. */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${thousands(count)} ${count === 1 ? one : several}`;
}

/** What an image is called: its file, or its place in the part of the data that holds it. */
export function imageName({ name, index }: ExploredImage): string {
  return name === undefined ? `#${index}` : oneLine(name);
}

/** What the images of a split are called. */
const splitImages = { train: 'training', validation: 'validation', test: 'test' } as const;

/** What was found of duplicates, a sentence each. */
export function duplicateSentences({ duplicates, splits }: Exploration): readonly string[] {
  const { exact, near, contradictions } = duplicates;
  const groups = (found: typeof exact) =>
    found.groups === 0 ? 'none' : `${counted(found.images, 'image')} in ${counted(found.groups, 'group')}`;
  return [
    `Images with the very same pixels: ${groups(exact)}.`,
    `Images that are nearly the same: ${groups(near)}.`,
    ...duplicates.between.map(({ of, within, exact: same, near: similar }) => {
      const images = `${thousands(splits[of] ?? 0)} ${splitImages[of]} images`;
      const others = `${splitImages[within]} images`;
      if (same + similar === 0) return `None of the ${images} has a twin among the ${others}.`;
      const verb = same + similar === 1 ? 'has' : 'have';
      return `${thousands(same + similar)} of the ${images} ${verb} a twin among the ${others} (${thousands(same)} the same, ${thousands(similar)} nearly).`;
    }),
    ...(contradictions === 0
      ? []
      : [
          `${counted(contradictions, 'group')} of duplicates ${contradictions === 1 ? 'has' : 'have'} different labels.`,
        ]),
  ];
}

/** What a reader must not overlook: images that are known from training make a model look better than it is. Null for none. */
export function leakage({ duplicates, splits }: Exploration): string | null {
  const leaks = duplicates.between.filter(({ within, exact, near }) => within === 'train' && exact + near > 0);
  if (leaks.length === 0) return null;
  const parts = leaks.map(({ of, exact, near }) => {
    const share = (100 * (exact + near)) / Math.max(1, splits[of] ?? 0);
    return `${thousands(exact + near)} of ${thousands(splits[of] ?? 0)} ${of} images (${share.toFixed(share < 1 ? 2 : 1)} %)`;
  });
  return `${parts.join(' and ')} have a twin among the training images: a model that has learned those looks better there than it is.`;
}

/** Between which splits a group lies, and whether its labels agree. */
export function groupNote({ exact, correlation, images }: ExploredGroup): string {
  const splits = [...new Set(images.map(({ split }) => split))].join(', ');
  const alike = exact ? 'the same pixels' : `correlation ${correlation.toFixed(4)}`;
  const labels = new Set(images.map(({ label }) => label)).size;
  return `${splits}; ${alike}${labels > 1 ? '; different labels' : ''}`;
}

/** What a plot shows. */
export function plotTitle({ name, layer }: Exploration['projections']['plots'][number]): string {
  switch (name) {
    case 'pixels-pca':
      return 'Principal components of the pixels';
    case 'pixels-umap':
      return 'UMAP of the pixels';
    case 'layer-umap':
      return `UMAP of what the run’s layer ${layer ?? ''} makes of the images`;
  }
}

/** How many images a plot shows. */
export function sampleText({ projections: { images, of, seed } }: Exploration): string {
  return images.length === of
    ? `all ${thousands(of)} images`
    : `${thousands(images.length)} of ${thousands(of)} images, drawn with seed ${seed}`;
}

/** How many images there are in all. */
export function explorationTotal({ splits }: Exploration): string {
  return thousands(splits.train + splits.validation + (splits.test ?? 0));
}
