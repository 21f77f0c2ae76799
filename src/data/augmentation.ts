import { UsageError } from '../errors.ts';
import type { Stream } from '../random/streams.ts';
import { type ImageShape, imageSize } from './images.ts';

/** Random crop and horizontal flip of training images, torchvision's RandomCrop(size, padding) and RandomHorizontalFlip. */
export interface Augmentation {
  /** Black pixels added on each side before a window of the image's size is cut out. */
  readonly cropPadding: number;
  readonly flipProbability: number;
}

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
 * Writes image `index` of `source` (uint8 [n * channels * height * width]), cropped and perhaps flipped, to `target` from
 * `targetOffset` on. What the window holds beyond the image is 0, black before normalisation, as in torchvision where the
 * crop comes before ToTensor. Allocates nothing.
 */
export function augment(
  source: Uint8Array,
  index: number,
  target: Uint8Array,
  targetOffset: number,
  shape: ImageShape,
  draw: AugmentationDraw,
  cropPadding: number,
): void {
  const { channels, height, width } = shape;
  const size = imageSize(shape);
  const down = draw.top - cropPadding;
  const right = draw.left - cropPadding;
  target.fill(0, targetOffset, targetOffset + size);
  const firstRow = Math.max(0, -down);
  const endRow = Math.min(height, height - down);
  const firstColumn = Math.max(0, -right);
  const endColumn = Math.min(width, width - right);
  // In a flipped image the columns of the target run backwards.
  const step = draw.flip ? -1 : 1;
  const start = draw.flip ? width - 1 - firstColumn : firstColumn;
  for (let channel = 0; channel < channels; channel++) {
    const plane = channel * height * width;
    for (let row = firstRow; row < endRow; row++) {
      let from = index * size + plane + (row + down) * width + right + firstColumn;
      const end = from + endColumn - firstColumn;
      for (let to = targetOffset + plane + row * width + start; from < end; from++, to += step) {
        target[to] = source[from] ?? 0;
      }
    }
  }
}

/** Throws UsageError where the padding is not 0 to the image's shorter side, in pixels, or the probability not 0 to 1. */
export function checkAugmentation({ cropPadding, flipProbability }: Augmentation, { height, width }: ImageShape): void {
  const most = Math.min(height, width);
  if (!Number.isInteger(cropPadding) || cropPadding < 0 || cropPadding > most) {
    throw new UsageError(
      `augmentation: the crop's padding must be a whole number of pixels from 0 to ${most}, got ${cropPadding}`,
      { code: 'invalid-setting' },
    );
  }
  if (!(flipProbability >= 0 && flipProbability <= 1)) {
    throw new UsageError(`augmentation: the flip's probability must be from 0 to 1, got ${flipProbability}`, {
      code: 'invalid-setting',
    });
  }
}
