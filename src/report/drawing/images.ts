import { imageAt } from '../../data/images.ts';
import { AtelierError } from '../../errors.ts';
import type { SplitImages } from '../../evaluation/trained-model-images.ts';
import type { Raster } from '../../rendering/raster.ts';

/** What a report's images are taken from: a part of the data set, with the names of its classes. */
export type ImageSource = Pick<SplitImages, 'images' | 'classes' | 'indices'>;

/** An image of the data set with its place in the data set file. */
export interface ClassSample {
  readonly index: number;
  readonly image: Raster;
}

/**
 * Some images by their positions in the data set file, in this order.
 *
 * @throws AtelierError where one does not exist, or the images cannot be read
 */
export async function imagesAt({ images }: ImageSource, indices: readonly number[]): Promise<readonly Raster[]> {
  const { count, shape } = images;
  const wrong = indices.find((index) => !Number.isInteger(index) || index < 0 || index >= count);
  if (wrong !== undefined) {
    throw new AtelierError(
      `the predictions name image ${wrong}, but the data set has ${count.toLocaleString('en')} images: 0 to ${count - 1}. Evaluate the run again.`,
      { code: 'file-damaged' },
    );
  }
  const pixels = await images.read(Uint32Array.from(indices));
  return indices.map((_, at) => ({ ...shape, pixels: imageAt(pixels, shape, at) }));
}

/** The first images of each class, in the order of the classes: plain samples, chosen by nobody. */
export async function samplesByClass(
  source: ImageSource,
  perClass: number,
): Promise<readonly (readonly ClassSample[])[]> {
  const indices = firstOfClasses(source, perClass);
  const pictures = await imagesAt(source, indices.flat());
  let at = 0;
  return indices.map((found) =>
    found.map((index) => {
      const image = pictures[at];
      at += 1;
      if (image === undefined) throw new AtelierError(`internal: image ${index} was not read`);
      return { index, image };
    }),
  );
}

function firstOfClasses({ images, indices: chosen, classes }: ImageSource, perClass: number): readonly number[][] {
  const indices: number[][] = classes.map(() => []);
  for (const index of chosen) {
    const found = indices[images.labels[index] ?? 0];
    if (found !== undefined && found.length < perClass) found.push(index);
  }
  return indices;
}
