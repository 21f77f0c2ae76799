/** What `preparePicture` does, of pixels that are decoded already: for browsers, where libvips is not. Imports nothing of Node's. */
import type { ImageShape } from '../../../graphs/models/model.ts';
import type { Rgba } from '../pictures-planes.ts';
import type { Preparation } from './origin.ts';

/** The part of a picture that becomes a part of the image, both along one axis. */
interface Axis {
  /** Pixels of the picture that are taken, from `first` on; may be parts of pixels. */
  readonly first: number;
  readonly taken: number;
  /** Pixels of the image that they become; the others are background. */
  readonly at: number;
  readonly made: number;
}

/**
 * An image of a picture: resized, cut or padded as the preparation says, on its background. Reduced and enlarged by the
 * triangle filter, as PIL's bilinear one is; libvips' differs from it by a level or two.
 *
 * @param invert the negative, on the background as it is
 * @returns uint8 [channels * height * width]
 */
export function prepareRgba(
  picture: Rgba,
  { channels, height, width }: ImageShape,
  { resize, background }: Preparation,
  invert: boolean,
): Uint8Array {
  const ground = [1, 3, 5].map((at) => Number.parseInt(background.slice(at, at + 2), 16));
  const scales = [width / picture.width, height / picture.height] as const;
  const scale = resize === 'crop' ? Math.max(...scales) : Math.min(...scales);
  const columns = weightsOf(axisOf(picture.width, width, resize === 'squash' ? scales[0] : scale), width);
  const rows = weightsOf(axisOf(picture.height, height, resize === 'squash' ? scales[1] : scale), height);
  const planes = [0, 1, 2].map((channel) => {
    const levels = levelsOf(picture, channel, ground[channel] ?? 0, invert);
    return resized(levels, picture, columns, rows, ground[channel] ?? 0);
  });
  return joined(planes, channels, width * height);
}

/** The channels one after the other, or their luma (ITU-R BT.601). */
function joined(
  [red = [], green = [], blue = []]: readonly (readonly number[])[],
  channels: number,
  area: number,
): Uint8Array {
  const image = new Uint8Array(channels * area);
  for (let at = 0; at < area; at += 1) {
    const [r, g, b] = [Math.round(red[at] ?? 0), Math.round(green[at] ?? 0), Math.round(blue[at] ?? 0)];
    if (channels === 1) image[at] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
    else {
      image[at] = r;
      image[area + at] = g;
      image[2 * area + at] = b;
    }
  }
  return image;
}

/** One channel on the background, float32 [height * width]. */
function levelsOf({ width, height, data }: Rgba, channel: number, ground: number, invert: boolean): Float32Array {
  const levels = new Float32Array(width * height);
  for (let at = 0; at < levels.length; at += 1) {
    const level = data[4 * at + channel] ?? 0;
    const opacity = (data[4 * at + 3] ?? 0) / 255;
    levels[at] = opacity * (invert ? 255 - level : level) + (1 - opacity) * ground;
  }
  return levels;
}

/** Of a side of the picture at a scale, and of the image: what is longer is cut, what is shorter is padded. */
function axisOf(side: number, target: number, scale: number): Axis {
  const made = Math.min(target, Math.round(side * scale));
  const taken = Math.min(side, target / scale);
  return { first: (side - taken) / 2, taken, at: Math.floor((target - made) / 2), made };
}

/** What each pixel of the image takes of those of the picture; nothing where it is background. */
type Weights = readonly { readonly first: number; readonly weights: readonly number[] }[];

function weightsOf({ first, taken, at, made }: Axis, target: number): Weights {
  const step = taken / made;
  const radius = Math.max(1, step);
  return Array.from({ length: target }, (_, i) => {
    if (i < at || i >= at + made) return { first: 0, weights: [] };
    const centre = first + (i - at + 0.5) * step;
    const from = Math.floor(centre - radius);
    const weights = Array.from({ length: Math.ceil(centre + radius) - from }, (__, j) =>
      Math.max(0, 1 - Math.abs(from + j + 0.5 - centre) / radius),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first: from, weights: weights.map((weight) => weight / sum) };
  });
}

/** First along the rows, then along the columns. What would lie beyond an edge is the edge again. */
function resized(
  levels: Float32Array,
  { width, height }: Pick<Rgba, 'width' | 'height'>,
  columns: Weights,
  rows: Weights,
  ground: number,
): readonly number[] {
  const narrow = new Float32Array(columns.length * height);
  for (let y = 0; y < height; y += 1)
    for (const [x, { first, weights }] of columns.entries()) {
      let sum = 0;
      for (let j = 0; j < weights.length; j += 1)
        sum += (weights[j] ?? 0) * (levels[y * width + Math.min(width - 1, Math.max(0, first + j))] ?? 0);
      narrow[y * columns.length + x] = sum;
    }
  return rows.flatMap(({ first, weights }) =>
    columns.map((column, x) => {
      if (weights.length === 0 || column.weights.length === 0) return ground;
      let sum = 0;
      for (let j = 0; j < weights.length; j += 1)
        sum += (weights[j] ?? 0) * (narrow[Math.min(height - 1, Math.max(0, first + j)) * columns.length + x] ?? 0);
      return sum;
    }),
  );
}
