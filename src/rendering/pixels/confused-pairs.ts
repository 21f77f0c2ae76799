import { AtelierError } from '../../errors.ts';
import type { ConfusedPair } from '../../evaluation/confusion.ts';
import { percent } from '../../text/numbers.ts';
import type { Raster } from '../raster.ts';
import type { GalleryOptions } from './gallery.ts';
import { renderStrips } from './strips.ts';

/** A confused pair with some of the images that were confused. */
export interface ConfusedPairExamples extends ConfusedPair {
  readonly images: readonly Raster[];
}

/**
 * The pairs in the order given, one row each: classes and counts, then as many examples as fit the columns.
 *
 * @returns a PNG
 * @throws AtelierError where there is no pair or no image, or the images' sizes differ
 */
export async function renderConfusedPairs(
  pairs: readonly ConfusedPairExamples[],
  options: GalleryOptions = {},
): Promise<Buffer> {
  const { title = '' } = options;
  const what = title === '' ? 'the confused pairs' : `'${title}'`;
  if (pairs.length === 0)
    throw new AtelierError(`there is no pair to draw in ${what}, expected at least one.`, { code: 'nothing-to-do' });
  const strips = pairs.map(({ truth, predicted, count, share, images }) => ({
    images,
    lines: [
      { text: truth, color: 'ink' },
      { text: `→ ${predicted}`, color: 'wrong' },
      { text: `${count} images, ${percent(share)}`, color: 'muted' },
    ] as const,
  }));
  return renderStrips(strips, options);
}
