import { naturalOrder } from '../random/sampling.ts';
import type { LabelledImages } from './images.ts';

/** Mean and standard deviation of the pixels of each channel, scaled to [0,1]. */
export interface ChannelStatistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Images that are read at a time. */
const readTogether = 1024;

/**
 * The statistics of some images: of each channel the mean and the (biased) standard deviation over all images and pixels,
 * summed exactly, as whole numbers.
 *
 * @param indices positions of the images; all of them by default
 */
export async function channelStatistics(
  images: LabelledImages,
  indices: Uint32Array = naturalOrder(images.count),
): Promise<ChannelStatistics> {
  const { channels, height, width } = images.shape;
  const area = height * width;
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  for (let start = 0; start < indices.length; start += readTogether) {
    const pixels = await images.read(indices.subarray(start, start + readTogether));
    for (let at = 0, plane = 0; at < pixels.length; at += area, plane++) {
      let sum = 0;
      let square = 0;
      for (let i = at; i < at + area; i++) {
        const pixel = pixels[i] ?? 0;
        sum += pixel;
        square += pixel * pixel;
      }
      const channel = plane % channels;
      sums[channel] = (sums[channel] ?? 0) + sum;
      squares[channel] = (squares[channel] ?? 0) + square;
    }
  }
  const count = Math.max(1, indices.length * area);
  const mean = Array.from(sums, (sum) => sum / count / 255);
  const std = Array.from(squares, (square, channel) =>
    Math.sqrt(Math.max(0, square / count / 255 ** 2 - (mean[channel] ?? 0) ** 2)),
  );
  return { mean, std };
}
