import type { DatasetPart } from '../../data/dataset.ts';
import { imagePixels, imageSide } from '../../data/images.ts';
import { AtelierError } from '../../errors.ts';
import type { GreyImage } from '../../rendering/images.ts';

/** The data set half that a report's images are taken from. */
export type ImageSource = Pick<DatasetPart, 'images' | 'labels' | 'count' | 'classes'>;

/** An image of the data set with its place in the data set file. */
export interface ClassSample {
  readonly index: number;
  readonly image: GreyImage;
}

/**
 * One image by its position in the data set file.
 *
 * @throws AtelierError where there is none
 */
export function imageAt({ images, count }: ImageSource, index: number): GreyImage {
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw new AtelierError(
      `the predictions name image ${index}, but the data set has ${count.toLocaleString('en')} images: 0 to ${count - 1}. Evaluate the run again.`,
    );
  }
  return {
    width: imageSide,
    height: imageSide,
    pixels: images.subarray(index * imagePixels, (index + 1) * imagePixels),
  };
}

/** The first images of each class, in the order of the classes: plain samples, chosen by nobody. */
export function samplesByClass(source: ImageSource, perClass: number): readonly (readonly ClassSample[])[] {
  const indices: number[][] = source.classes.map(() => []);
  for (const [index, label] of source.labels.entries()) {
    const found = indices[label];
    if (found !== undefined && found.length < perClass) found.push(index);
  }
  return indices.map((found) => found.map((index) => ({ index, image: imageAt(source, index) })));
}
