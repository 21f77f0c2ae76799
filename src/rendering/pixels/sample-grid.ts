import type { GreyImage } from '../images.ts';
import { type GalleryOptions, renderGallery } from './gallery.ts';

export interface Sample {
  readonly image: GreyImage;
  /** Usually its class. */
  readonly label: string;
}

/**
 * Images of the data set with their classes.
 *
 * @returns a PNG
 * @throws AtelierError where there is no image, or the images' sizes differ
 */
export async function renderSampleGrid(samples: readonly Sample[], options: GalleryOptions = {}): Promise<Buffer> {
  const cells = samples.map(({ image, label }) => ({ image, lines: [{ text: label, color: 'ink' as const }] }));
  return renderGallery(cells, { columns: 10, scale: 3, ...options });
}
