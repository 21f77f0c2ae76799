import { UsageError } from '../errors.ts';
import type { Stream } from '../random/streams.ts';
import { imagePixels, imageSide } from './images.ts';

/** Random crop and horizontal flip of training images, torchvision's RandomCrop(28, padding) and RandomHorizontalFlip. */
export interface Augmentation {
  /** Black pixels added on each side before a 28x28 window is cut out. */
  readonly cropPadding: number;
  readonly flipProbability: number;
}

/** SPEC.md's augmentation of Model 2. */
export const standardAugmentation: Augmentation = { cropPadding: 4, flipProbability: 0.5 };

/** What happens to one image: where the window lies, from 0 to 2 cropPadding (cropPadding is the middle), then the flip. */
export interface AugmentationDraw {
  top: number;
  left: number;
  flip: boolean;
}

const words = new Uint32Array(4);

/**
 * Draws for the image at `position` of the stream's epoch, into `draw`: a function of stream and position alone. Every
 * offset is as likely up to 2^-32 (32 bits scaled to 2 cropPadding + 1 values).
 */
export function drawAugmentation(
  draw: AugmentationDraw,
  { cropPadding, flipProbability }: Augmentation,
  stream: Stream,
  position: number,
): void {
  stream.fillAt(words, position);
  const places = 2 * cropPadding + 1;
  draw.top = Math.floor(((words[0] ?? 0) * places) / 2 ** 32);
  draw.left = Math.floor(((words[1] ?? 0) * places) / 2 ** 32);
  draw.flip = (words[2] ?? 0) < flipProbability * 2 ** 32;
}

/**
 * Writes image `index` of `source` (uint8 [n * 784]), cropped and perhaps flipped, to `target` from `targetOffset` on.
 * What the window holds beyond the image is 0, black before normalisation, as in torchvision where the crop comes
 * before ToTensor. Allocates nothing.
 */
export function augment(
  source: Uint8Array,
  index: number,
  target: Uint8Array,
  targetOffset: number,
  draw: AugmentationDraw,
  cropPadding: number,
): void {
  const down = draw.top - cropPadding;
  const right = draw.left - cropPadding;
  target.fill(0, targetOffset, targetOffset + imagePixels);
  const firstRow = Math.max(0, -down);
  const endRow = Math.min(imageSide, imageSide - down);
  const firstColumn = Math.max(0, -right);
  const endColumn = Math.min(imageSide, imageSide - right);
  // In a flipped image the columns of the target run backwards.
  const step = draw.flip ? -1 : 1;
  const start = draw.flip ? imageSide - 1 - firstColumn : firstColumn;
  for (let row = firstRow; row < endRow; row++) {
    let from = index * imagePixels + (row + down) * imageSide + right + firstColumn;
    const end = from + endColumn - firstColumn;
    for (let to = targetOffset + row * imageSide + start; from < end; from++, to += step) {
      target[to] = source[from] ?? 0;
    }
  }
}

/** Throws UsageError where the padding is not 0 to 28 pixels or the probability not 0 to 1. */
export function checkAugmentation({ cropPadding, flipProbability }: Augmentation): void {
  if (!Number.isInteger(cropPadding) || cropPadding < 0 || cropPadding > imageSide) {
    throw new UsageError(
      `augmentation: the crop's padding must be a whole number of pixels from 0 to ${imageSide}, got ${cropPadding}`,
    );
  }
  if (!(flipProbability >= 0 && flipProbability <= 1)) {
    throw new UsageError(`augmentation: the flip's probability must be from 0 to 1, got ${flipProbability}`);
  }
}
