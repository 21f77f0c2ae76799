import { percentAtLeast } from '../../text/numbers.ts';
import type { Raster } from '../raster.ts';
import { type GalleryOptions, renderGallery } from './gallery.ts';

/** An image that a model got wrong. */
export interface Mistake {
  readonly image: Raster;
  /** Its position in the data set file. */
  readonly index: number;
  readonly truth: string;
  readonly predicted: string;
  /** The probability of the predicted class. */
  readonly confidence: number;
}

/**
 * Mistakes in the order given: true class, predicted class, confidence and position of each.
 *
 * @returns a PNG
 * @throws AtelierError where there is no mistake, or the images' sizes differ
 */
export async function renderMistakes(mistakes: readonly Mistake[], options: GalleryOptions = {}): Promise<Buffer> {
  const cells = mistakes.map(({ image, index, truth, predicted, confidence }) => ({
    image,
    lines: [
      { text: truth, color: 'ink' as const },
      { text: `→ ${predicted}`, color: 'wrong' as const },
      { text: `${percentAtLeast(confidence)} · #${index}`, color: 'muted' as const },
    ],
  }));
  return renderGallery(cells, options);
}
