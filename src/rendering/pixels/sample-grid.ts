import type { Raster } from '../raster.ts';
import { type GalleryCell, type GalleryOptions, renderGallery, scaleFor } from './gallery.ts';

export interface Sample {
  readonly image: Raster;
  /** Usually its class. */
  readonly label: string;
}

/** Some images of a class. */
export interface ClassSamples {
  readonly name: string;
  readonly images: readonly Raster[];
}

/** Units that an image is large. */
const imageUnits = 84;
/** Classes beside each other, before further ones go below. */
const classesAcross = 16;

/**
 * Images of the data set with their classes, row by row.
 *
 * @returns a PNG
 * @throws AtelierError where there is no image, or the images' sizes differ
 */
export async function renderSampleGrid(samples: readonly Sample[], options: GalleryOptions = {}): Promise<Buffer> {
  return grid(samples.map(cellOf), { columns: 10, ...options });
}

/**
 * A column for each class, its name below each image; many classes go in bands of at most 16. A class with fewer images than
 * another leaves places free.
 *
 * @returns a PNG
 * @throws AtelierError where there is no image, or the images' sizes differ
 */
export async function renderClassSamples(
  classes: readonly ClassSamples[],
  options: Omit<GalleryOptions, 'columns'> = {},
): Promise<Buffer> {
  const bands = Math.ceil(classes.length / classesAcross);
  const columns = Math.ceil(classes.length / bands);
  const rows = Math.max(0, ...classes.map(({ images }) => images.length));
  const cells = Array.from({ length: bands * rows * columns }, (_, position) => {
    const [line, column] = [Math.floor(position / columns), position % columns];
    const found = classes[Math.floor(line / rows) * columns + column];
    const image = found?.images[line % rows];
    return found && image ? cellOf({ image, label: found.name }) : null;
  });
  return grid(cells, { columns, ...options });
}

function cellOf({ image, label }: Sample): GalleryCell {
  return { image, lines: [{ text: label, color: 'ink' }] };
}

function grid(cells: readonly (GalleryCell | null)[], options: GalleryOptions): Promise<Buffer> {
  const first = cells.find((cell) => cell !== null);
  return renderGallery(cells, { ...(first && { scale: scaleFor(first.image, imageUnits) }), ...options });
}
