import { type ImageShape, imageAt, type LabelledImages } from './images.ts';

/** What an image looks like, for telling pictures that are unlike those that a model knows. */
export interface ImageLook {
  /** Whether its edge is light: what things in it stand on. */
  readonly isLight: boolean;
  /** Whether it has colours. */
  readonly isColoured: boolean;
}

/** What images look like: the shares of those with a light edge and of those with colours, 0 to 1. */
export interface Look {
  readonly light: number;
  readonly coloured: number;
}

/** Images that are looked at. */
const most = 1000;
/** Levels by which channels differ on the mean, where there is colour and not only a tint of the paper or the lamp. */
const leastColour = 12;
/** A share that is as good as none, or as all. */
const few = 0.1;

/** @param image uint8 [channels * height * width] */
export function lookOfImage(image: Uint8Array, { channels, height, width }: ImageShape): ImageLook {
  const area = height * width;
  let [edge, count, spread] = [0, 0, 0];
  for (let at = 0; at < area; at += 1) {
    let [least, highest, sum] = [255, 0, 0];
    for (let channel = 0; channel < channels; channel += 1) {
      const level = image[channel * area + at] ?? 0;
      least = Math.min(least, level);
      highest = Math.max(highest, level);
      sum += level;
    }
    spread += highest - least;
    const [x, y] = [at % width, Math.floor(at / width)];
    if (x > 0 && y > 0 && x < width - 1 && y < height - 1) continue;
    edge += sum / channels;
    count += 1;
  }
  return { isLight: edge / count > 127.5, isColoured: spread / area > leastColour };
}

/** The look of the first thousand of some images. */
export async function lookOfImages(images: LabelledImages, indices: Uint32Array): Promise<Look> {
  const some = indices.subarray(0, most);
  const pixels = await images.read(some);
  const looks = Array.from(some, (_, i) => lookOfImage(imageAt(pixels, images.shape, i), images.shape));
  const share = (holds: (look: ImageLook) => boolean) => looks.filter(holds).length / Math.max(1, looks.length);
  return { light: share(({ isLight }) => isLight), coloured: share(({ isColoured }) => isColoured) };
}

/** What an image has that hardly any of those have that a model knows; with the other ground its negative may be known. */
export function unlike(
  { isLight, isColoured }: ImageLook,
  { light, coloured }: Look,
): { readonly ground: 'light' | 'dark' | undefined; readonly colour: 'colours' | 'no colours' | undefined } {
  const isRare = (has: boolean, share: number) => (has ? share : 1 - share) < few;
  return {
    ground: isRare(isLight, light) ? (isLight ? 'light' : 'dark') : undefined,
    colour: isRare(isColoured, coloured) ? (isColoured ? 'colours' : 'no colours') : undefined,
  };
}
